"""A borrower pays: claim, call, record, whatever the channel and the network do."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from domain.payments import flows, queries
from domain.payments.errors import AnotherPaymentLive, PaymentStillOpen, WishAlreadyPaid
from domain.payments.models import AttemptState, OrderStatus, PaymentAttempt, PaymentOrder
from domain.payments.ports import ChannelError, CloseResult, PaymentResult
from domain.payments.rules.asking import CRASHED_AFTER
from domain.payments.services import attempts
from domain.shared.db import Sessions
from tests.domain.payments.builders import (
    ACTION,
    CLOSED,
    DECLINED,
    NOT_EXECUTED,
    NOT_FOUND,
    PROCESSING,
    UNKNOWN,
    Debt,
    FakeChannel,
    Hand,
    a_loan,
    an_order,
    attempt_of,
    paid,
    received_fen,
)


async def _ordered(sessions: Sessions, hand: Hand, debt: Debt | None = None) -> PaymentOrder:
    async with sessions.begin() as session:
        return await an_order(session, debt, at=hand.at)


async def _attempt(sessions: Sessions, order: PaymentOrder) -> PaymentAttempt:
    async with sessions() as session:
        return await attempt_of(session, order)


async def _debt(sessions: Sessions) -> Debt:
    async with sessions.begin() as session:
        return await a_loan(session)


async def _booked(sessions: Sessions, order: PaymentOrder) -> int:
    async with sessions() as session:
        return await received_fen(session, order.loan_id)


async def test_a_borrower_is_shown_what_to_pay_with(sessions: Sessions, hand: Hand, channel: FakeChannel) -> None:
    order = await _ordered(sessions, hand)

    order = await flows.submit(sessions, hand.clock(), channel, order_id=order.id)

    attempt = await _attempt(sessions, order)
    assert (order.status, attempt.state) == (OrderStatus.PROCESSING, AttemptState.ACTION_REQUIRED)
    assert attempt.action == {"kind": "redirect", "url": "https://pay.example/1"}


async def test_the_attempt_is_committed_before_the_channel_hears_of_it(
    sessions: Sessions, hand: Hand, channel: FakeChannel
) -> None:
    order = await _ordered(sessions, hand)
    seen: list[str] = []

    async def look() -> PaymentResult:
        seen.append((await _attempt(sessions, order)).state)
        return ACTION

    channel.creates = [look]
    await flows.submit(sessions, hand.clock(), channel, order_id=order.id)

    assert seen == ["SUBMITTING"]


async def test_a_repeat_calls_nothing(sessions: Sessions, hand: Hand, channel: FakeChannel) -> None:
    order = await _ordered(sessions, hand)
    for _ in range(2):
        await flows.submit(sessions, hand.clock(), channel, order_id=order.id)

    assert channel.operations() == ["create"]


@pytest.mark.parametrize("nonsense", [RuntimeError("after the request left"), TimeoutError(), ValueError()])
async def test_an_exception_out_of_a_money_call_is_unknown(
    sessions: Sessions, hand: Hand, channel: FakeChannel, nonsense: Exception
) -> None:
    channel.creates = [nonsense]
    order = await flows.submit(sessions, hand.clock(), channel, order_id=(await _ordered(sessions, hand)).id)

    attempt = await _attempt(sessions, order)
    assert (order.status, attempt.state, attempt.live) == (OrderStatus.PROCESSING, AttemptState.UNKNOWN, True)
    assert attempt.ask_at == hand.at + timedelta(seconds=5)


NONSENSE: list[Any] = [
    None,
    "SUCCEEDED",
    paid(10**18),
    paid(amount_fen=cast("Any", 1000.0)),
    replace(paid(), state=cast("Any", "SUCCEEDED")),
    replace(paid(), state=cast("Any", None)),
    replace(paid(), error=cast("Any", "no money")),
    replace(paid(), error=ChannelError(cast("Any", "DECLINED"), cast("Any", "OTHER"))),
]


@pytest.mark.parametrize("answer", NONSENSE)
async def test_an_answer_that_is_none_is_unknown(
    sessions: Sessions, hand: Hand, channel: FakeChannel, answer: object
) -> None:
    async def say() -> object:
        return answer

    channel.creates = [say]
    order = await flows.submit(sessions, hand.clock(), channel, order_id=(await _ordered(sessions, hand)).id)

    assert (await _attempt(sessions, order)).state is AttemptState.UNKNOWN


async def test_a_slow_channel_leaves_the_order_processing_without_an_action_and_is_asked_about(
    sessions: Sessions, hand: Hand, channel: FakeChannel
) -> None:
    channel.creates = [lambda: asyncio.sleep(30), ACTION]
    order = await _ordered(sessions, hand)

    order = await flows.submit(sessions, hand.clock(), channel, order_id=order.id, limit=timedelta(milliseconds=50))

    attempt = await _attempt(sessions, order)
    assert (order.status, attempt.state, attempt.action) == (OrderStatus.PROCESSING, AttemptState.UNKNOWN, None)
    channel.queries = [NOT_FOUND]
    assert await flows.ask(sessions, hand.clock(), channel, attempt_id=attempt.id) is AttemptState.ACTION_REQUIRED
    assert channel.asked == [
        ("create", attempt.order_no),
        ("query", attempt.order_no),
        ("create", attempt.order_no),
    ]


async def test_unknown_is_then_found_paid_by_query(sessions: Sessions, hand: Hand, channel: FakeChannel) -> None:
    channel.creates, channel.queries = [TimeoutError()], [UNKNOWN, RuntimeError(), paid()]
    order = await flows.submit(sessions, hand.clock(), channel, order_id=(await _ordered(sessions, hand)).id)
    attempt = await _attempt(sessions, order)

    states = [await flows.ask(sessions, hand.clock(), channel, attempt_id=attempt.id) for _ in range(4)]

    assert states == ["UNKNOWN", "UNKNOWN", "SUCCEEDED", "SUCCEEDED"]
    assert channel.operations() == ["create", "query", "query", "query"]
    assert await _booked(sessions, order) == 1000_00


async def test_what_was_surely_not_executed_is_made_again_under_the_same_number(
    sessions: Sessions, hand: Hand, channel: FakeChannel
) -> None:
    channel.creates, channel.queries = [NOT_EXECUTED, ACTION], [NOT_FOUND]
    order = await flows.submit(sessions, hand.clock(), channel, order_id=(await _ordered(sessions, hand)).id)
    attempt = await _attempt(sessions, order)
    assert attempt.state is AttemptState.SUBMITTING

    await flows.ask(sessions, hand.clock(), channel, attempt_id=attempt.id)

    assert (await _attempt(sessions, order)).state is AttemptState.ACTION_REQUIRED
    assert len(set(channel.asked)) == 2


async def test_an_attempt_whose_process_died_is_asked_about_and_then_made_again(
    sessions: Sessions, hand: Hand, channel: FakeChannel
) -> None:
    order = await _ordered(sessions, hand)
    async with sessions.begin() as session:
        attempt = (await attempts.claim(session, order_id=order.id, at=hand.at)).attempt
    assert attempt.ask_at == hand.at + CRASHED_AFTER

    channel.queries = [NOT_FOUND]
    await flows.ask(sessions, hand.clock(), channel, attempt_id=attempt.id)

    assert channel.operations() == ["query", "create"]
    assert (await _attempt(sessions, order)).action is not None


async def test_one_that_died_after_the_borrower_paid_is_found_and_never_made_again(
    sessions: Sessions, hand: Hand, channel: FakeChannel
) -> None:
    order = await _ordered(sessions, hand)
    async with sessions.begin() as session:
        attempt = (await attempts.claim(session, order_id=order.id, at=hand.at)).attempt

    channel.queries = [paid()]
    await flows.ask(sessions, hand.clock(), channel, attempt_id=attempt.id)

    assert channel.operations() == ["query"]
    assert await _booked(sessions, order) == 1000_00


async def test_out_of_time_an_unknown_order_waits_until_not_found_is_final(
    sessions: Sessions, hand: Hand, channel: FakeChannel
) -> None:
    channel.queries = [NOT_FOUND]
    order = await flows.submit(sessions, hand.clock(), channel, order_id=(await _ordered(sessions, hand)).id)
    attempt = await _attempt(sessions, order)

    hand.at = order.expires_at
    assert await flows.ask(sessions, hand.clock(), channel, attempt_id=attempt.id) is AttemptState.ACTION_REQUIRED
    hand.at = order.final_at
    assert await flows.ask(sessions, hand.clock(), channel, attempt_id=attempt.id) is AttemptState.NOT_FOUND

    attempt = await _attempt(sessions, order)
    assert (attempt.live, attempt.ask_at) == (False, None)
    assert "close" not in channel.operations()


async def test_out_of_time_an_order_the_channel_still_waits_for_is_closed_there(
    sessions: Sessions, hand: Hand, channel: FakeChannel
) -> None:
    channel.queries = [PROCESSING]
    order = await flows.submit(sessions, hand.clock(), channel, order_id=(await _ordered(sessions, hand)).id)
    attempt = await _attempt(sessions, order)

    hand.at = order.expires_at

    assert await flows.ask(sessions, hand.clock(), channel, attempt_id=attempt.id) is AttemptState.CLOSED


async def test_a_borrower_closes_what_he_does_not_want_to_pay(
    sessions: Sessions, hand: Hand, channel: FakeChannel
) -> None:
    order = await flows.submit(sessions, hand.clock(), channel, order_id=(await _ordered(sessions, hand)).id)

    order = await flows.close(sessions, hand.clock(), channel, order_id=order.id)

    assert order.status is OrderStatus.CLOSED
    assert not (await _attempt(sessions, order)).live


async def test_closing_what_is_paid_finds_the_payment(sessions: Sessions, hand: Hand, channel: FakeChannel) -> None:
    channel.closes, channel.queries = [CloseResult.ALREADY_PAID], [paid()]
    order = await flows.submit(sessions, hand.clock(), channel, order_id=(await _ordered(sessions, hand)).id)

    order = await flows.close(sessions, hand.clock(), channel, order_id=order.id)

    assert order.status is OrderStatus.PAID
    assert await _booked(sessions, order) == 1000_00


@pytest.mark.parametrize("closing", [CloseResult.NOT_FOUND, CloseResult.UNKNOWN, RuntimeError(), "CLOSED?"])
async def test_only_the_channels_word_closes(
    sessions: Sessions, hand: Hand, channel: FakeChannel, closing: CloseResult | Exception
) -> None:
    async def say() -> object:
        return closing

    channel.closes = [closing if isinstance(closing, Exception) else say]
    order = await flows.submit(sessions, hand.clock(), channel, order_id=(await _ordered(sessions, hand)).id)

    with pytest.raises(PaymentStillOpen, match=order.number):
        await flows.close(sessions, hand.clock(), channel, order_id=order.id)
    assert (await _attempt(sessions, order)).live


async def test_a_new_page_closes_the_old_one_first(sessions: Sessions, hand: Hand, channel: FakeChannel) -> None:
    debt = await _debt(sessions)
    old = await flows.submit(sessions, hand.clock(), channel, order_id=(await _ordered(sessions, hand, debt)).id)
    new = await _ordered(sessions, hand, debt)

    new = await flows.start(sessions, hand.clock(), {"fake": channel}, order_id=new.id)

    assert channel.operations() == ["create", "close", "create"]
    assert (new.status, new.wish_id) == (OrderStatus.PROCESSING, old.id)
    assert (await _attempt(sessions, old)).state is AttemptState.CLOSED


async def test_an_unopened_page_is_superseded_and_what_it_brings_after_all_is_double(
    sessions: Sessions, hand: Hand, channel: FakeChannel
) -> None:
    channel.closes = [CloseResult.NOT_FOUND]
    debt = await _debt(sessions)
    old = await flows.submit(sessions, hand.clock(), channel, order_id=(await _ordered(sessions, hand, debt)).id)
    new = await flows.start(
        sessions, hand.clock(), {"fake": channel}, order_id=(await _ordered(sessions, hand, debt)).id
    )
    superseded, current = await _attempt(sessions, old), await _attempt(sessions, new)
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
    debt = await _debt(sessions)
    old = await flows.submit(sessions, hand.clock(), channel, order_id=(await _ordered(sessions, hand, debt)).id)
    await flows.start(sessions, hand.clock(), {"fake": channel}, order_id=(await _ordered(sessions, hand, debt)).id)

    channel.queries = [PROCESSING]
    attempt = await _attempt(sessions, old)

    assert await flows.ask(sessions, hand.clock(), channel, attempt_id=attempt.id) is AttemptState.CLOSED


async def test_no_new_page_when_the_old_one_has_just_been_paid(
    sessions: Sessions, hand: Hand, channel: FakeChannel
) -> None:
    channel.closes, channel.queries = [CloseResult.ALREADY_PAID], [paid()]
    debt = await _debt(sessions)
    old = await flows.submit(sessions, hand.clock(), channel, order_id=(await _ordered(sessions, hand, debt)).id)
    new = await _ordered(sessions, hand, debt)

    with pytest.raises(WishAlreadyPaid, match=old.number):
        await flows.start(sessions, hand.clock(), {"fake": channel}, order_id=new.id)

    assert await _booked(sessions, old) == 1000_00
    async with sessions() as session:
        assert (await session.get_one(PaymentOrder, new.id)).status is OrderStatus.CLOSED


async def test_no_new_page_while_the_borrower_is_paying_by_the_old(
    sessions: Sessions, hand: Hand, channel: FakeChannel
) -> None:
    channel.creates, channel.closes, channel.queries = [PROCESSING], [CloseResult.UNKNOWN], [PROCESSING]
    debt = await _debt(sessions)
    old = await flows.submit(sessions, hand.clock(), channel, order_id=(await _ordered(sessions, hand, debt)).id)

    with pytest.raises(AnotherPaymentLive, match=old.number):
        await flows.start(sessions, hand.clock(), {"fake": channel}, order_id=(await _ordered(sessions, hand, debt)).id)


async def test_no_new_page_while_the_old_one_is_just_being_made(
    sessions: Sessions, hand: Hand, channel: FakeChannel
) -> None:
    debt = await _debt(sessions)
    old = await _ordered(sessions, hand, debt)
    async with sessions.begin() as session:
        await attempts.claim(session, order_id=old.id, at=hand.at)
    new = await _ordered(sessions, hand, debt)

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
    debt = await _debt(sessions)
    old = await flows.submit(sessions, hand.clock(), channel, order_id=(await _ordered(sessions, hand, debt)).id)
    debit = await _ordered(sessions, hand, debt)

    with pytest.raises(AnotherPaymentLive):
        await flows.replace_open(sessions, hand.clock(), {"fake": channel}, order_id=debit.id, automatic=True)
    hand.at = old.final_at
    await flows.replace_open(sessions, hand.clock(), {"fake": channel}, order_id=debit.id, automatic=True)

    assert (await _attempt(sessions, old)).state is AttemptState.NOT_FOUND


async def test_a_repeated_start_of_an_order_that_has_ended_disturbs_no_other(
    sessions: Sessions, hand: Hand, channel: FakeChannel
) -> None:
    debt = await _debt(sessions)
    channel.creates = [DECLINED, ACTION]
    ended = await flows.start(
        sessions, hand.clock(), {"fake": channel}, order_id=(await _ordered(sessions, hand, debt)).id
    )
    current = await flows.start(
        sessions, hand.clock(), {"fake": channel}, order_id=(await _ordered(sessions, hand, debt)).id
    )

    again = await flows.start(sessions, hand.clock(), {"fake": channel}, order_id=ended.id)

    assert again.status is OrderStatus.FAILED
    assert (await _attempt(sessions, current)).live
    assert channel.operations() == ["create", "create"]


async def test_a_payment_at_a_channel_that_is_no_longer_there_can_be_superseded(
    sessions: Sessions, hand: Hand, channel: FakeChannel
) -> None:
    debt = await _debt(sessions)
    old = await flows.submit(sessions, hand.clock(), channel, order_id=(await _ordered(sessions, hand, debt)).id)

    await flows.replace_open(sessions, hand.clock(), {}, order_id=(await _ordered(sessions, hand, debt)).id)

    assert (await _attempt(sessions, old)).superseded_at == hand.at


async def test_of_many_who_pay_for_one_loan_at_once_one_gets_through(
    sessions: Sessions, hand: Hand, channel: FakeChannel
) -> None:
    debt = await _debt(sessions)
    wanted = [await _ordered(sessions, hand, debt) for _ in range(5)]
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
    debt = await _debt(sessions)
    for answer in (CLOSED, DECLINED, paid()):
        channel.creates = [answer]
        await flows.submit(sessions, hand.clock(), channel, order_id=(await _ordered(sessions, hand, debt)).id)

    assert channel.operations() == ["create"] * 3


async def test_an_attempt_is_not_taken_to_a_channel_that_is_not_its_own(sessions: Sessions, hand: Hand) -> None:
    order = await _ordered(sessions, hand)

    with pytest.raises(ValueError, match="is with fake, not other"):
        await flows.submit(sessions, hand.clock(), FakeChannel("other"), order_id=order.id)
    async with sessions() as session:
        assert (await session.get_one(PaymentOrder, order.id)).status is OrderStatus.CREATED


async def _after(seconds: float, result: PaymentResult) -> PaymentResult:
    await asyncio.sleep(seconds)
    return result
