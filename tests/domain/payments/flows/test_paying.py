"""A borrower pays: claim, call, record, whatever the channel and the network do."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from domain.payments import flows
from domain.payments.errors import PaymentStillOpen
from domain.payments.models import AttemptState, OrderStatus, PaymentOrder
from domain.payments.ports import ChannelError, CloseResult, PaymentResult
from domain.payments.rules.asking import CRASHED_AFTER
from domain.payments.services import attempts
from domain.shared.db import Sessions
from tests.domain.payments.builders import ACTION, NOT_EXECUTED, NOT_FOUND, PROCESSING, UNKNOWN, FakeChannel, Hand, paid
from tests.domain.payments.flows.orders import booked, ordered, the_attempt


async def test_a_borrower_is_shown_what_to_pay_with(sessions: Sessions, hand: Hand, channel: FakeChannel) -> None:
    order = await ordered(sessions, hand)

    order = await flows.submit(sessions, hand.clock(), channel, order_id=order.id)

    attempt = await the_attempt(sessions, order)
    assert (order.status, attempt.state) == (OrderStatus.PROCESSING, AttemptState.ACTION_REQUIRED)
    assert attempt.action == {"kind": "redirect", "url": "https://pay.example/1"}


async def test_the_attempt_is_committed_before_the_channel_hears_of_it(
    sessions: Sessions, hand: Hand, channel: FakeChannel
) -> None:
    order = await ordered(sessions, hand)
    seen: list[str] = []

    async def look() -> PaymentResult:
        seen.append((await the_attempt(sessions, order)).state)
        return ACTION

    channel.creates = [look]
    await flows.submit(sessions, hand.clock(), channel, order_id=order.id)

    assert seen == ["SUBMITTING"]


async def test_a_repeat_calls_nothing(sessions: Sessions, hand: Hand, channel: FakeChannel) -> None:
    order = await ordered(sessions, hand)
    for _ in range(2):
        await flows.submit(sessions, hand.clock(), channel, order_id=order.id)

    assert channel.operations() == ["create"]


@pytest.mark.parametrize("nonsense", [RuntimeError("after the request left"), TimeoutError(), ValueError()])
async def test_an_exception_out_of_a_money_call_is_unknown(
    sessions: Sessions, hand: Hand, channel: FakeChannel, nonsense: Exception
) -> None:
    channel.creates = [nonsense]
    order = await flows.submit(sessions, hand.clock(), channel, order_id=(await ordered(sessions, hand)).id)

    attempt = await the_attempt(sessions, order)
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
    order = await flows.submit(sessions, hand.clock(), channel, order_id=(await ordered(sessions, hand)).id)

    assert (await the_attempt(sessions, order)).state is AttemptState.UNKNOWN


async def test_a_slow_channel_leaves_the_order_processing_without_an_action_and_is_asked_about(
    sessions: Sessions, hand: Hand, channel: FakeChannel
) -> None:
    channel.creates = [lambda: asyncio.sleep(30), ACTION]
    order = await ordered(sessions, hand)

    order = await flows.submit(sessions, hand.clock(), channel, order_id=order.id, limit=timedelta(milliseconds=50))

    attempt = await the_attempt(sessions, order)
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
    order = await flows.submit(sessions, hand.clock(), channel, order_id=(await ordered(sessions, hand)).id)
    attempt = await the_attempt(sessions, order)

    states = [await flows.ask(sessions, hand.clock(), channel, attempt_id=attempt.id) for _ in range(4)]

    assert states == ["UNKNOWN", "UNKNOWN", "SUCCEEDED", "SUCCEEDED"]
    assert channel.operations() == ["create", "query", "query", "query"]
    assert await booked(sessions, order) == 1000_00


async def test_what_was_surely_not_executed_is_made_again_under_the_same_number(
    sessions: Sessions, hand: Hand, channel: FakeChannel
) -> None:
    channel.creates, channel.queries = [NOT_EXECUTED, ACTION], [NOT_FOUND]
    order = await flows.submit(sessions, hand.clock(), channel, order_id=(await ordered(sessions, hand)).id)
    attempt = await the_attempt(sessions, order)
    assert attempt.state is AttemptState.SUBMITTING

    await flows.ask(sessions, hand.clock(), channel, attempt_id=attempt.id)

    assert (await the_attempt(sessions, order)).state is AttemptState.ACTION_REQUIRED
    assert len(set(channel.asked)) == 2


async def test_an_attempt_whose_process_died_is_asked_about_and_then_made_again(
    sessions: Sessions, hand: Hand, channel: FakeChannel
) -> None:
    order = await ordered(sessions, hand)
    async with sessions.begin() as session:
        attempt = (await attempts.claim(session, order_id=order.id, at=hand.at)).attempt
    assert attempt.ask_at == hand.at + CRASHED_AFTER

    channel.queries = [NOT_FOUND]
    await flows.ask(sessions, hand.clock(), channel, attempt_id=attempt.id)

    assert channel.operations() == ["query", "create"]
    assert (await the_attempt(sessions, order)).action is not None


async def test_one_that_died_after_the_borrower_paid_is_found_and_never_made_again(
    sessions: Sessions, hand: Hand, channel: FakeChannel
) -> None:
    order = await ordered(sessions, hand)
    async with sessions.begin() as session:
        attempt = (await attempts.claim(session, order_id=order.id, at=hand.at)).attempt

    channel.queries = [paid()]
    await flows.ask(sessions, hand.clock(), channel, attempt_id=attempt.id)

    assert channel.operations() == ["query"]
    assert await booked(sessions, order) == 1000_00


async def test_out_of_time_an_unknown_order_waits_until_not_found_is_final(
    sessions: Sessions, hand: Hand, channel: FakeChannel
) -> None:
    channel.queries = [NOT_FOUND]
    order = await flows.submit(sessions, hand.clock(), channel, order_id=(await ordered(sessions, hand)).id)
    attempt = await the_attempt(sessions, order)

    hand.at = order.expires_at
    assert await flows.ask(sessions, hand.clock(), channel, attempt_id=attempt.id) is AttemptState.ACTION_REQUIRED
    hand.at = order.final_at
    assert await flows.ask(sessions, hand.clock(), channel, attempt_id=attempt.id) is AttemptState.NOT_FOUND

    attempt = await the_attempt(sessions, order)
    assert (attempt.live, attempt.ask_at) == (False, None)
    assert "close" not in channel.operations()


async def test_out_of_time_an_order_the_channel_still_waits_for_is_closed_there(
    sessions: Sessions, hand: Hand, channel: FakeChannel
) -> None:
    channel.queries = [PROCESSING]
    order = await flows.submit(sessions, hand.clock(), channel, order_id=(await ordered(sessions, hand)).id)
    attempt = await the_attempt(sessions, order)

    hand.at = order.expires_at

    assert await flows.ask(sessions, hand.clock(), channel, attempt_id=attempt.id) is AttemptState.CLOSED


async def test_a_borrower_closes_what_he_does_not_want_to_pay(
    sessions: Sessions, hand: Hand, channel: FakeChannel
) -> None:
    order = await flows.submit(sessions, hand.clock(), channel, order_id=(await ordered(sessions, hand)).id)

    order = await flows.close(sessions, hand.clock(), channel, order_id=order.id)

    assert order.status is OrderStatus.CLOSED
    assert not (await the_attempt(sessions, order)).live


async def test_closing_what_is_paid_finds_the_payment(sessions: Sessions, hand: Hand, channel: FakeChannel) -> None:
    channel.closes, channel.queries = [CloseResult.ALREADY_PAID], [paid()]
    order = await flows.submit(sessions, hand.clock(), channel, order_id=(await ordered(sessions, hand)).id)

    order = await flows.close(sessions, hand.clock(), channel, order_id=order.id)

    assert order.status is OrderStatus.PAID
    assert await booked(sessions, order) == 1000_00


@pytest.mark.parametrize("closing", [CloseResult.NOT_FOUND, CloseResult.UNKNOWN, RuntimeError(), "CLOSED?"])
async def test_only_the_channels_word_closes(
    sessions: Sessions, hand: Hand, channel: FakeChannel, closing: CloseResult | Exception
) -> None:
    async def say() -> object:
        return closing

    channel.closes = [closing if isinstance(closing, Exception) else say]
    order = await flows.submit(sessions, hand.clock(), channel, order_id=(await ordered(sessions, hand)).id)

    with pytest.raises(PaymentStillOpen, match=order.number):
        await flows.close(sessions, hand.clock(), channel, order_id=order.id)
    assert (await the_attempt(sessions, order)).live


async def test_an_attempt_is_not_taken_to_a_channel_that_is_not_its_own(sessions: Sessions, hand: Hand) -> None:
    order = await ordered(sessions, hand)

    with pytest.raises(ValueError, match="is with fake, not other"):
        await flows.submit(sessions, hand.clock(), FakeChannel("other"), order_id=order.id)
    async with sessions() as session:
        assert (await session.get_one(PaymentOrder, order.id)).status is OrderStatus.CREATED
