"""What may be asked of a channel, before it hears of it."""

from dataclasses import replace

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments.errors import AmountOutsideChannel, CurrencyNotOffered, ProductNotOffered
from domain.payments.models import OrderStatus
from domain.payments.ports import Product
from domain.payments.services import orders
from tests.domain.payments.builders import HOUR, NOW, Offer, a_loan, an_order


async def test_an_order_says_what_until_when_and_from_when_silence_is_final(session: AsyncSession) -> None:
    order = await an_order(session)

    assert order.number.startswith("PO20260302")
    assert order.status is OrderStatus.CREATED
    assert order.final_at == order.expires_at + Offer().capabilities.query_final_after
    assert order.wish_id == order.id


@pytest.mark.parametrize("product", ["app", "no such thing", "other"])
async def test_a_product_the_channel_does_not_offer_is_refused_with_those_it_does(
    session: AsyncSession, product: str
) -> None:
    with pytest.raises(ProductNotOffered, match="it offers page, qr"):
        await an_order(session, product=product)


@pytest.mark.parametrize("amount_fen", [0, -1, 50_000_01])
async def test_a_sum_outside_the_channels_limits_is_refused(session: AsyncSession, amount_fen: int) -> None:
    with pytest.raises(AmountOutsideChannel, match=r"takes from 0\.01 to 50000\.00 yuan"):
        await an_order(session, amount_fen=amount_fen)


async def test_a_channel_that_does_not_take_yuan_is_refused(session: AsyncSession) -> None:
    can = replace(Offer().capabilities, currencies=frozenset({"USD"}), products=frozenset({Product.PAGE}))

    with pytest.raises(CurrencyNotOffered):
        await an_order(session, offer=Offer(capabilities=can))


async def test_only_an_order_that_was_never_begun_is_abandoned(session: AsyncSession) -> None:
    order = await an_order(session, await a_loan(session))

    assert (await orders.abandon(session, order_id=order.id, at=NOW)).status is OrderStatus.CLOSED
    assert (await orders.abandon(session, order_id=order.id, at=NOW + HOUR)).closed_at == NOW
