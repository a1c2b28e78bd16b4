"""What nobody knows of a batch is asked about, also where a process died, and never repeated."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from domain.payments import flows
from domain.payments.models import Unplaced, UnplacedReason
from domain.payments.ports import (
    BatchResult,
    ChannelError,
    ErrorCode,
    ErrorKind,
    Notification,
    NotificationKind,
    RawRequest,
)
from domain.payments.rules.asking import CALL_LIMIT, CRASHED_AFTER
from domain.payments.rules.batching import ITEM_AFTER, SETTLES, BatchState
from domain.payments.rules.states import OrderStatus
from domain.shared import failpoints
from tests.domain.payments.batches import HOUR, Answer, Town, telling
from tests.domain.payments.builders import NOT_FOUND, PROCESSING, notice, paid
from tests.domain.payments.flows.batches.words import CLOSED, FAILED, PAID, A
from tests.domain.payments.mandates import refused

NO_SUCH_BATCH = ChannelError(ErrorKind.UNKNOWN, ErrorCode.OTHER, "no such batch")


class Killed(BaseException):
    """What a process is that dies: nobody catches it."""


# What nobody knows


@pytest.mark.parametrize(
    "trouble",
    [TimeoutError(), RuntimeError(), lambda _: None, lambda _: BatchResult(items=7), lambda _: {"items": {}}],  # type: ignore[arg-type]
    ids=["late", "broken", "nothing", "no items", "a dict"],
)
async def test_nonsense_is_unknown_for_all_of_it_and_it_is_not_sent_again(town: Town, trouble: Answer) -> None:
    town.channel.batches = [trouble]
    order_ids = await town.request()

    await town.withhold(order_ids[0])
    for each in order_ids:
        await town.withhold(each)

    batch = await town.batch()
    assert (await town.states(), batch.state) == ([A.UNKNOWN] * 3, BatchState.UNKNOWN)
    town.channel.batch_queries = [telling(paid(), paid(), refused(), complete=True)]
    town.hand.move(timedelta(minutes=1))
    assert await town.ask(batch) == BatchState.DONE
    assert (await town.statuses(order_ids), await town.booked()) == ([PAID, PAID, FAILED], [1000_00, 1000_00, 0])
    assert (len(town.channel.sent), town.debits()) == (1, 0)


async def test_a_result_that_is_none_is_unknown_and_the_others_count(town: Town) -> None:
    def answer(asked: Any) -> BatchResult:
        first, second, third = (item.order_no for item in asked.items)
        odd: Any = {first: paid(), second: "SUCCEEDED", third: paid(-1), "nobodys": paid()}
        return BatchResult(odd)

    town.channel.batches = [answer]
    await town.withhold((await town.request())[0])

    assert await town.states() == [A.SUCCEEDED, A.UNKNOWN, A.UNKNOWN]
    assert await town.booked() == [1000_00, 0, 0]


async def test_one_that_the_answer_does_not_name_is_unknown_until_somebody_says_more(town: Town) -> None:
    town.channel.batches = [telling(paid(), None, paid())]
    order_ids = await town.request()
    await town.withhold(order_ids[0])
    assert await town.states() == [A.SUCCEEDED, A.UNKNOWN, A.SUCCEEDED]

    town.channel.batch_queries = [telling(paid(), paid(), paid())]
    town.hand.move(HOUR)

    assert await town.ask(await town.batch()) == BatchState.DONE
    assert await town.booked() == [1000_00] * 3


async def test_one_that_a_complete_batch_does_not_name_is_asked_about_alone(town: Town) -> None:
    order_ids = await town.request()
    await town.withhold(order_ids[0])
    town.channel.batch_queries = [telling(paid(), None, paid(), complete=True)]
    town.channel.queries = [NOT_FOUND, paid()]
    town.hand.move(HOUR)

    assert await town.ask(await town.batch()) == BatchState.DONE
    attempt = await town.attempt(order_ids[1])
    assert (await town.due(), attempt.state) == (([attempt.id], []), A.PROCESSING)
    assert [await town.ask_alone(order_ids[1]) for _ in range(2)] == [A.PROCESSING, A.SUCCEEDED]
    assert await town.booked() == [1000_00] * 3


async def test_another_sum_than_was_asked_is_asked_about_then_put_aside_and_the_others_are_applied(town: Town) -> None:
    town.channel.batches = [telling(paid(), paid(999_99), paid())]
    order_ids = await town.request()

    await town.withhold(order_ids[0])
    assert await town.statuses(order_ids) == [PAID, OrderStatus.PROCESSING, PAID]
    town.channel.queries = [paid(999_99)]
    await town.ask_alone(order_ids[1])

    assert await town.statuses(order_ids) == [PAID, OrderStatus.MISMATCH, PAID]
    async with town.sessions() as session:
        wrong = (await town.attempt(order_ids[1])).id
        (aside,) = await session.scalars(select(Unplaced).where(Unplaced.attempt_id == wrong))
        assert (aside.reason, aside.amount_fen) == (UnplacedReason.WRONG_AMOUNT, 999_99)


async def test_money_that_comes_after_a_refusal_is_a_late_success(town: Town) -> None:
    town.channel.batches = [telling(refused(), PROCESSING, PROCESSING)]
    order_ids = await town.request()
    await town.withhold(order_ids[0])
    town.channel.batch_queries = [telling(paid(), PROCESSING, PROCESSING)]

    await town.ask(await town.batch())

    late = await town.attempt(order_ids[0])
    assert (late.state, late.late, await town.booked()) == (A.SUCCEEDED, True, [1000_00, 0, 0])


# A process that dies


@pytest.fixture
def deadly(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def die(_pid: int, _signal: int) -> None:
        raise Killed

    monkeypatch.setattr(failpoints.os, "kill", die)
    failpoints.arm(["payments.after_batch_claim"], tmp_path)


@pytest.mark.usefixtures("deadly")
async def test_one_killed_between_claim_and_call_is_asked_about_and_not_repeated(town: Town) -> None:
    order_ids = await town.request()
    with pytest.raises(Killed):
        await town.withhold(order_ids[0])
    for each in order_ids:
        await town.withhold(each)
    batch = await town.batch()
    assert (batch.state, await town.states(), town.channel.sent) == (BatchState.SUBMITTING, [A.SUBMITTING] * 3, [])

    assert await town.due() == ([], [])
    town.hand.move(CALL_LIMIT + CRASHED_AFTER)
    assert await town.due() == ([], [batch.id])
    town.channel.batch_queries = [telling(NOT_FOUND, NOT_FOUND, NOT_FOUND, error=NO_SUCH_BATCH)]
    assert await town.ask(batch) == BatchState.UNKNOWN
    assert await town.states() == [A.SUBMITTING] * 3

    town.hand.move(CALL_LIMIT + SETTLES)
    assert await town.ask(batch) == BatchState.DONE
    assert (await town.states(), await town.statuses(order_ids)) == ([A.NOT_FOUND] * 3, [CLOSED] * 3)
    assert (town.channel.sent, town.debits(), await town.booked()) == ([], 0, [0, 0, 0])


@pytest.mark.usefixtures("deadly")
async def test_one_killed_after_the_channel_took_it_is_found_by_what_was_committed_before(town: Town) -> None:
    order_ids = await town.request()
    with pytest.raises(Killed):
        await town.withhold(order_ids[0])
    batch = await town.batch()
    town.channel.batch_queries = [telling(paid(), paid(), paid(), complete=True)]

    assert await town.ask(batch) == BatchState.DONE

    (ref,) = town.channel.refs
    assert (ref.batch_no, ref.submitted_at) == (batch.batch_no, batch.submitted_at)
    assert [(item.batch_no, item.batch_position) for item in ref.items] == [(batch.batch_no, n) for n in range(3)]
    assert (await town.booked(), town.channel.sent) == ([1000_00] * 3, [])


# Asking


async def test_what_is_in_a_batch_is_asked_about_with_it_and_alone_only_if_nobody_asked(town: Town) -> None:
    order_ids = await town.request()
    await town.withhold(order_ids[0])
    batch = await town.batch()
    town.hand.move(HOUR - timedelta(seconds=1))
    assert await town.due() == ([], [])

    town.hand.move(timedelta(seconds=1))
    assert await town.due() == ([], [batch.id])
    assert await town.due() == ([], [])

    town.hand.move(ITEM_AFTER)
    alone, _ = await town.due()
    assert set(alone) == {(await town.attempt(each)).id for each in order_ids}


async def test_a_batch_of_which_all_is_known_already_is_not_asked_about(town: Town) -> None:
    order_ids = await town.request()
    await town.withhold(order_ids[0])
    town.channel.queries = [paid()]
    for each in order_ids:
        await town.ask_alone(each)

    assert await town.ask(await town.batch()) == BatchState.DONE
    assert town.channel.refs == []
    assert (await town.batch()).ask_at is None


async def test_a_query_that_says_nothing_changes_nothing_and_is_repeated_later(town: Town) -> None:
    await town.withhold((await town.request())[0])
    town.channel.batch_queries = [TimeoutError()]

    assert await town.ask(await town.batch()) == BatchState.SENT

    batch = await town.batch()
    assert batch.ask_at is not None
    assert (batch.ask_at > town.hand.at, await town.states()) == (True, [A.PROCESSING] * 3)


async def test_asking_many_at_a_time_books_each_once(town: Town) -> None:
    await town.withhold((await town.request())[0])
    town.channel.batch_queries = [telling(paid(), paid(), paid(), complete=True)]

    batch = await town.batch()
    await asyncio.gather(*(town.ask(batch) for _ in range(4)))

    assert await town.booked() == [1000_00] * 3


async def test_a_notice_that_it_is_finished_lets_it_be_asked_about_at_once(town: Town) -> None:
    order_ids = await town.request()
    await town.withhold(order_ids[0])
    batch = await town.batch()
    first = await town.attempt(order_ids[0])
    told = Notification(NotificationKind.BATCH, "B1", batch_no=batch.batch_no, results={first.order_no: paid()})

    async def parse(_raw: RawRequest) -> Notification:
        return told

    town.channel.parse_notification = parse  # type: ignore[method-assign]
    raw = notice("batch", at=town.hand.at)
    assert (await flows.receive_notice(town.sessions, town.hand.clock(), town.channel, raw)).body == b"ACCEPTED"

    assert (await town.states(), await town.due()) == ([A.SUCCEEDED, A.PROCESSING, A.PROCESSING], ([], [batch.id]))
