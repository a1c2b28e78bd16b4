"""Payment orders: a sum for a loan that its borrower wants to pay, or that is debited, by one channel until a moment."""

from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments import queries
from domain.payments.errors import AmountOutsideChannel, BadReturnUrl, CurrencyNotOffered, ProductNotOffered
from domain.payments.events import WithholdingRequested
from domain.payments.models import Mandate, PaymentOrder
from domain.payments.ports import Capabilities, Product
from domain.payments.rules.states import WITHHOLDING, OrderStatus, PaymentIntent, PaymentMethod
from domain.payments.services import telling
from domain.shared import outbox
from domain.shared.days import business_day
from domain.shared.ids import new_id
from domain.shared.money import CURRENCY, yuan
from domain.shared.numbers import next_number
from domain.shared.web import LONGEST, is_web_address


class ChannelOffer(Protocol):
    """What is known of a channel before it is called; a ChannelSpec is one."""

    @property
    def code(self) -> str: ...

    @property
    def capabilities(self) -> Capabilities: ...


async def create(
    session: AsyncSession,
    *,
    borrower_id: UUID,
    loan_id: UUID,
    intent: PaymentIntent,
    amount_fen: int,
    channel: ChannelOffer,
    product: str,
    subject: str,
    at: datetime,
    expires_at: datetime,
    quoted_until: datetime | None = None,
    return_url: str | None = None,
    choice: dict[str, Any] | None = None,
) -> PaymentOrder:
    """Write down what a borrower wants to pay. Nothing is said to the channel yet.

    `choice` is how we came to the channel; None where he named it.
    Raises ProductNotOffered, AmountOutsideChannel, CurrencyNotOffered, BadReturnUrl.
    """
    can = channel.capabilities
    way = _way(channel, product)
    if CURRENCY not in can.currencies:
        raise CurrencyNotOffered(channel=channel.code, currency=CURRENCY, fields=("channel",))
    if not can.min_fen <= amount_fen <= can.max_fen:
        raise AmountOutsideChannel(
            channel=channel.code,
            least=yuan(can.min_fen),
            most=yuan(can.max_fen),
            amount=yuan(amount_fen),
            fields=("amount",),
        )
    order_id = new_id()
    order = PaymentOrder(
        id=order_id,
        number=await next_number(session, "PO", business_day(at)),
        borrower_id=borrower_id,
        loan_id=loan_id,
        intent=intent,
        amount_fen=amount_fen,
        currency=CURRENCY,
        channel=channel.code,
        product=way.value,
        subject=subject,
        return_url=_web_address(return_url),
        quoted_until=quoted_until,
        expires_at=expires_at,
        final_at=expires_at + can.query_final_after,
        wish_id=order_id,
        choice=choice,
        created_at=at,
    )
    session.add(order)
    await session.flush()
    return order


async def create_instead(
    session: AsyncSession, order: PaymentOrder, *, channel: ChannelOffer, choice: dict[str, Any], at: datetime
) -> PaymentOrder:
    """The same wish by another channel, after the one we had chosen came to nothing. `order` is locked by its loan.

    There is one instead of each order: a second one raises IntegrityError.
    """
    made = await create(
        session,
        borrower_id=order.borrower_id,
        loan_id=order.loan_id,
        intent=order.intent,
        amount_fen=order.amount_fen,
        channel=channel,
        product=order.product,
        subject=order.subject,
        at=at,
        expires_at=order.expires_at,
        quoted_until=order.quoted_until,
        return_url=order.return_url,
        choice=choice,
    )
    await take_place_of(session, made, order)
    made.instead_of_id = order.id
    await session.flush()
    return made


async def create_withholding(
    session: AsyncSession,
    *,
    mandate: Mandate,
    loan_id: UUID,
    amount_fen: int,
    due_on: date,
    subject: str,
    once_key: str,
    at: datetime,
    expires_at: datetime,
    choice: dict[str, Any] | None = None,
    instead_of: PaymentOrder | None = None,
) -> PaymentOrder:
    """Write down what we want to debit under a mandate, once per `once_key`; it may be begun until `expires_at`.

    `instead_of` is the same wish under another mandate that came to nothing.
    Raises ValueError for more than the mandate allows, IntegrityError for a second one.
    """
    if amount_fen > mandate.cap_fen:
        raise ValueError(f"{amount_fen} fen is more than mandate {mandate.number} allows")
    order_id = new_id()
    order = PaymentOrder(
        id=order_id,
        number=await next_number(session, "PO", business_day(at)),
        borrower_id=mandate.borrower_id,
        loan_id=loan_id,
        intent=PaymentIntent.INSTALLMENT,
        method=PaymentMethod.WITHHOLDING,
        mandate_id=mandate.id,
        due_on=due_on,
        once_key=once_key,
        amount_fen=amount_fen,
        currency=CURRENCY,
        channel=mandate.channel,
        product=WITHHOLDING,
        subject=subject,
        expires_at=expires_at,
        final_at=expires_at,
        wish_id=instead_of.wish_id if instead_of else order_id,
        instead_of_id=instead_of.id if instead_of else None,
        choice=choice,
        created_at=at,
    )
    session.add(order)
    outbox.publish(session, WithholdingRequested(order_id))
    await session.flush()
    return order


async def abandon(session: AsyncSession, *, order_id: UUID, at: datetime) -> PaymentOrder:
    """Close an order for which no attempt was begun; any other is left as it is."""
    order = await queries.lock_order(session, order_id)
    if order.status is OrderStatus.CREATED:
        order.move_to(OrderStatus.CLOSED, at)
        telling.of_order(session, order, None, at=at)
        await session.flush()
    return order


async def take_place_of(session: AsyncSession, order: PaymentOrder, earlier: PaymentOrder) -> None:
    """Say that `order` is the same wish as `earlier`. Both locked by their loan."""
    order.wish_id = earlier.wish_id
    await session.flush()


def _web_address(text: str | None) -> str | None:
    """Channels send a browser there, so it is nothing but a page. Raises BadReturnUrl."""
    if text is not None and not is_web_address(text):
        raise BadReturnUrl(longest=LONGEST)
    return text


def _way(channel: ChannelOffer, product: str) -> Product:
    way = Product(product)
    if way is Product.OTHER or way not in channel.capabilities.products:
        offered = ", ".join(sorted(channel.capabilities.products)) or "-"
        raise ProductNotOffered(channel=channel.code, product=product, offered=offered, fields=("product",))
    return way
