"""A debit is never made while the borrower's own payment may move money, nor the other way about."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from domain.payments import flows
from domain.payments.errors import AnotherPaymentLive
from domain.payments.models import PaymentAttempt
from domain.payments.ports import Capabilities, CloseResult, Product
from domain.payments.rules.asking import CRASHED_AFTER
from domain.payments.rules.states import AttemptState, OrderStatus
from tests.domain.payments.builders import ACTION, NOT_EXECUTED, NOT_FOUND, PROCESSING, UNKNOWN, Offer, an_order, paid
from tests.domain.payments.flows.withholding.debited import World
from tests.domain.payments.mandates import refused


async def test_his_open_page_is_closed_first(world: World) -> None:
    page, order_id = await world.open_page(), await world.request()

    assert await world.withhold(order_id) is OrderStatus.PROCESSING

    assert world.page.operations() == ["create", "close"]
    assert (await world.attempt(page)).state is AttemptState.CLOSED


async def test_a_page_that_has_just_been_paid_stops_the_debit(world: World) -> None:
    await world.open_page()
    world.page.closes, world.page.queries = [CloseResult.ALREADY_PAID], [paid()]

    assert await world.withhold(await world.request()) is OrderStatus.CLOSED
    assert (world.debits(), await world.booked()) == (0, 1000_00)


@pytest.mark.parametrize("closing", [CloseResult.UNKNOWN, CloseResult.NOT_FOUND, TimeoutError()], ids=range(3))
@pytest.mark.parametrize("state", [UNKNOWN, PROCESSING, ACTION, NOT_FOUND], ids=lambda told: told.state)
async def test_while_anything_may_move_money_there_is_no_debit(world: World, closing: Any, state: Any) -> None:
    await world.open_page()
    world.page.closes, world.page.queries = [closing], [state]

    assert await world.withhold(await world.request()) is OrderStatus.CLOSED
    assert world.debits() == 0


async def test_an_unopened_page_is_waited_for_until_it_cannot_be_paid(world: World) -> None:
    page = await world.open_page()
    world.page.closes = [CloseResult.NOT_FOUND]
    assert await world.withhold(await world.request()) is OrderStatus.CLOSED

    world.hand.at = (await world.order(page)).final_at
    assert await world.withhold(await world.request()) is OrderStatus.PROCESSING


async def test_a_page_he_left_for_another_blocks_too(world: World) -> None:
    world.page.closes = [CloseResult.NOT_FOUND, CloseResult.NOT_FOUND, CloseResult.CLOSED, CloseResult.UNKNOWN]
    world.page.queries = [NOT_FOUND]
    await world.open_page()
    await world.open_page()  # the first one could not be closed and gave up its place

    assert await world.withhold(await world.request()) is OrderStatus.CLOSED
    assert world.debits() == 0


async def test_he_may_not_begin_to_pay_while_he_is_debited(world: World) -> None:
    world.channel.debits, world.channel.queries = [UNKNOWN], [PROCESSING]
    debit = await world.request()
    await world.withhold(debit)

    with pytest.raises(AnotherPaymentLive):
        await world.open_page()
    assert (await world.attempt(debit)).state is AttemptState.PROCESSING


async def test_what_nobody_knows_of_gives_him_its_place_and_is_never_sent_again(world: World) -> None:
    world.channel.debits, world.channel.queries = [NOT_EXECUTED], [NOT_FOUND]
    debit = await world.request()
    await world.withhold(debit)
    world.hand.move(CRASHED_AFTER)
    page = await world.open_page()
    assert (await world.attempt(page)).live

    await world.ask(debit)
    await world.withhold(debit)

    assert (world.debits(), await world.announced("payments.withholding_requested")) == (1, 1)


async def test_of_a_borrower_who_pays_and_a_debit_at_the_same_moment_one_gets_the_place(world: World) -> None:
    """Whoever is second finds the other: never two attempts by which money may move that we began side by side."""

    async def slowly() -> Any:
        await asyncio.sleep(0.1)
        return ACTION

    world.page.creates = [slowly]
    for _ in range(4):
        world.hand.move(timedelta(minutes=1))
        debit = await world.request()
        async with world.sessions.begin() as session:
            offer = Offer("pages", Capabilities(products=frozenset({Product.PAGE}), close=True))
            page = await an_order(session, world.debt, offer=offer, at=world.hand.at)

        await asyncio.gather(world.withhold(debit), world.pay_by_page(page.id), return_exceptions=True)

        async with world.sessions() as session:
            live = select(PaymentAttempt).where(PaymentAttempt.loan_id == world.debt.loan_id, PaymentAttempt.live)
            assert len((await session.scalars(live)).all()) == 1
        world.channel.queries = world.page.queries = [refused()]
        for order_id in (debit, page.id):
            if await world.attempts(order_id):
                attempt = await world.attempt(order_id)
                channel = world.channel if attempt.channel == "fake" else world.page
                await flows.ask(world.sessions, world.hand.clock(), channel, attempt_id=attempt.id)


async def test_a_result_that_asks_for_something_is_asked_about_and_moves_nothing(world: World) -> None:
    world.channel.debits = [ACTION]
    order_id = await world.request()

    assert await world.withhold(order_id) is OrderStatus.PROCESSING
    attempt = await world.attempt(order_id)
    assert (attempt.state, attempt.ask_at is None, await world.booked()) == (AttemptState.ACTION_REQUIRED, False, 0)
