"""A borrower pays anew: the older page makes way, and of many payments for one loan one is live."""

import asyncio

import pytest

from domain.payments import flows, queries
from domain.payments.errors import AnotherPaymentLive, WishAlreadyPaid
from domain.payments.models import AttemptState, OrderStatus, PaymentOrder
from domain.payments.ports import CloseResult, PaymentResult
from domain.payments.rules.asking import CRASHED_AFTER
from domain.payments.services import attempts
from domain.shared.db import Sessions
from tests.domain.payments.builders import (
    ACTION,
    CLOSED,
    DECLINED,
    PROCESSING,
    Debt,
    FakeChannel,
    Hand,
    a_loan,
    paid,
    received_fen,
)
from tests.domain.payments.flows.orders import booked, ordered, the_attempt


async def a_debt(sessions: Sessions) -> Debt:
    async with sessions.begin() as session:
        return await a_loan(session)


async def test_a_new_page_closes_the_old_one_first(sessions: Sessions, hand: Hand, channel: FakeChannel) -> None:
    debt = await a_debt(sessions)
    old = await flows.submit(sessions, hand.clock(), channel, order_id=(await ordered(sessions, hand, debt)).id)
    new = await ordered(sessions, hand, debt)

    new = await flows.start(sessions, hand.clock(), {"fake": channel}, order_id=new.id)

    assert channel.operations() == ["create", "close", "create"]
    assert (new.status, new.wish_id) == (OrderStatus.PROCESSING, old.id)
    assert (await the_attempt(sessions, old)).state is AttemptState.CLOSED


async def test_an_unopened_page_is_superseded_and_what_it_brings_after_all_is_double(
    sessions: Sessions, hand: Hand, channel: FakeChannel
) -> None:
    channel.closes = [CloseResult.NOT_FOUND]
    debt = await a_debt(sessions)
    old = await flows.submit(sessions, hand.clock(), channel, order_id=(await ordered(sessions, hand, debt)).id)
    new = await flows.start(
        sessions, hand.clock(), {"fake": channel}, order_id=(await ordered(sessions, hand, debt)).id
    )
    superseded, current = await the_attempt(sessions, old), await the_attempt(sessions, new)
    assert (superseded.state, superseded.live) == (AttemptState.ACTION_REQUIRED, False)
    assert superseded.ask_at is not None
    assert current.live

    channel.queries = [paid()]
    for attempt in (current, superseded):
        await flows.ask(sessions, hand.clock(), channel, attempt_id=attempt.id)

    async with sessions() as session:
        (work,) = await queries.unplaced(session, limit=10)
        assert (work.reason, work.attempt_id) == ("DOUBLE", superseded.id)
        assert await received_fen(session, debt.loan_id) == 2000_00


async def test_a_superseded_page_that_was_opened_is_closed_when_it_is_asked_about(
    sessions: Sessions, hand: Hand, channel: FakeChannel
) -> None:
    channel.closes = [CloseResult.NOT_FOUND, CloseResult.CLOSED]
    debt = await a_debt(sessions)
    old = await flows.submit(sessions, hand.clock(), channel, order_id=(await ordered(sessions, hand, debt)).id)
    await flows.start(sessions, hand.clock(), {"fake": channel}, order_id=(await ordered(sessions, hand, debt)).id)

    channel.queries = [PROCESSING]
    attempt = await the_attempt(sessions, old)

    assert await flows.ask(sessions, hand.clock(), channel, attempt_id=attempt.id) is AttemptState.CLOSED


async def test_no_new_page_when_the_old_one_has_just_been_paid(
    sessions: Sessions, hand: Hand, channel: FakeChannel
) -> None:
    channel.closes, channel.queries = [CloseResult.ALREADY_PAID], [paid()]
    debt = await a_debt(sessions)
    old = await flows.submit(sessions, hand.clock(), channel, order_id=(await ordered(sessions, hand, debt)).id)
    new = await ordered(sessions, hand, debt)

    with pytest.raises(WishAlreadyPaid, match=old.number):
        await flows.start(sessions, hand.clock(), {"fake": channel}, order_id=new.id)

    assert await booked(sessions, old) == 1000_00
    async with sessions() as session:
        assert (await session.get_one(PaymentOrder, new.id)).status is OrderStatus.CLOSED


async def test_no_new_page_while_the_borrower_is_paying_by_the_old(
    sessions: Sessions, hand: Hand, channel: FakeChannel
) -> None:
    channel.creates, channel.closes, channel.queries = [PROCESSING], [CloseResult.UNKNOWN], [PROCESSING]
    debt = await a_debt(sessions)
    old = await flows.submit(sessions, hand.clock(), channel, order_id=(await ordered(sessions, hand, debt)).id)

    with pytest.raises(AnotherPaymentLive, match=old.number):
        await flows.start(sessions, hand.clock(), {"fake": channel}, order_id=(await ordered(sessions, hand, debt)).id)


async def test_no_new_page_while_the_old_one_is_just_being_made(
    sessions: Sessions, hand: Hand, channel: FakeChannel
) -> None:
    debt = await a_debt(sessions)
    old = await ordered(sessions, hand, debt)
    async with sessions.begin() as session:
        await attempts.claim(session, order_id=old.id, at=hand.at)
    new = await ordered(sessions, hand, debt)

    with pytest.raises(AnotherPaymentLive, match=old.number):
        await flows.replace_open(sessions, hand.clock(), {"fake": channel}, order_id=new.id)
    assert channel.operations() == []

    hand.move(CRASHED_AFTER)
    await flows.replace_open(sessions, hand.clock(), {"fake": channel}, order_id=new.id)
    assert channel.operations() == ["close"]


async def test_an_automatic_debit_is_blocked_by_a_page_that_cannot_be_closed(
    sessions: Sessions, hand: Hand, channel: FakeChannel
) -> None:
    channel.closes = [CloseResult.NOT_FOUND]
    debt = await a_debt(sessions)
    old = await flows.submit(sessions, hand.clock(), channel, order_id=(await ordered(sessions, hand, debt)).id)
    debit = await ordered(sessions, hand, debt)

    with pytest.raises(AnotherPaymentLive):
        await flows.replace_open(sessions, hand.clock(), {"fake": channel}, order_id=debit.id, automatic=True)
    hand.at = old.final_at
    await flows.replace_open(sessions, hand.clock(), {"fake": channel}, order_id=debit.id, automatic=True)

    assert (await the_attempt(sessions, old)).state is AttemptState.NOT_FOUND


async def test_a_repeated_start_of_an_order_that_has_ended_disturbs_no_other(
    sessions: Sessions, hand: Hand, channel: FakeChannel
) -> None:
    debt = await a_debt(sessions)
    channel.creates = [DECLINED, ACTION]
    ended = await flows.start(
        sessions, hand.clock(), {"fake": channel}, order_id=(await ordered(sessions, hand, debt)).id
    )
    current = await flows.start(
        sessions, hand.clock(), {"fake": channel}, order_id=(await ordered(sessions, hand, debt)).id
    )

    again = await flows.start(sessions, hand.clock(), {"fake": channel}, order_id=ended.id)

    assert again.status is OrderStatus.FAILED
    assert (await the_attempt(sessions, current)).live
    assert channel.operations() == ["create", "create"]


async def test_a_payment_at_a_channel_that_is_no_longer_there_can_be_superseded(
    sessions: Sessions, hand: Hand, channel: FakeChannel
) -> None:
    debt = await a_debt(sessions)
    old = await flows.submit(sessions, hand.clock(), channel, order_id=(await ordered(sessions, hand, debt)).id)

    await flows.replace_open(sessions, hand.clock(), {}, order_id=(await ordered(sessions, hand, debt)).id)

    assert (await the_attempt(sessions, old)).superseded_at == hand.at


async def test_of_many_who_pay_for_one_loan_at_once_one_gets_through(
    sessions: Sessions, hand: Hand, channel: FakeChannel
) -> None:
    debt = await a_debt(sessions)
    wanted = [await ordered(sessions, hand, debt) for _ in range(5)]
    channel.creates = [lambda: _after(0.2, ACTION)]

    outcomes = await asyncio.gather(
        *(flows.submit(sessions, hand.clock(), channel, order_id=order.id) for order in wanted),
        return_exceptions=True,
    )

    assert sum(isinstance(outcome, PaymentOrder) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, AnotherPaymentLive) for outcome in outcomes) == 4
    assert channel.operations() == ["create"]


async def test_a_loan_whose_attempt_is_final_is_free_again(
    sessions: Sessions, hand: Hand, channel: FakeChannel
) -> None:
    debt = await a_debt(sessions)
    for answer in (CLOSED, DECLINED, paid()):
        channel.creates = [answer]
        await flows.submit(sessions, hand.clock(), channel, order_id=(await ordered(sessions, hand, debt)).id)

    assert channel.operations() == ["create"] * 3


async def _after(seconds: float, result: PaymentResult) -> PaymentResult:
    await asyncio.sleep(seconds)
    return result
