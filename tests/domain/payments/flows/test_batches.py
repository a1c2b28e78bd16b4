"""Debits that go together: each is made at most once, told of one by one, and waits for nobody for ever."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from domain.payments import flows, queries
from domain.payments.flows import batching
from domain.payments.models import ChannelExchange, Mandate, PaymentAttempt, PaymentOrder, Unplaced, UnplacedReason
from domain.payments.ports import (
    BatchResult,
    ChannelError,
    CloseResult,
    ErrorCode,
    ErrorKind,
    Notification,
    NotificationKind,
    RawRequest,
)
from domain.payments.queries import batches as rows
from domain.payments.rules.asking import CALL_LIMIT, CRASHED_AFTER
from domain.payments.rules.batching import ITEM_AFTER, SETTLES, BatchState
from domain.payments.rules.states import AttemptState, OrderStatus
from domain.payments.services import mandates
from domain.shared import failpoints
from domain.shared.db import Sessions
from tests.domain.payments.batches import HOUR, Answer, Town, a_town, taken, telling, telling_all
from tests.domain.payments.builders import NOT_EXECUTED, NOT_FOUND, PROCESSING, UNKNOWN, notice, paid
from tests.domain.payments.mandates import refused

REFUSED_CONNECTION = ChannelError(ErrorKind.NOT_EXECUTED, ErrorCode.CONNECT_FAILED)
NO_SUCH_BATCH = ChannelError(ErrorKind.UNKNOWN, ErrorCode.OTHER, "no such batch")

_A = AttemptState
PAID, FAILED, CLOSED, UNDER_WAY, WAITING = (
    OrderStatus.PAID,
    OrderStatus.FAILED,
    OrderStatus.CLOSED,
    OrderStatus.PROCESSING,
    OrderStatus.CREATED,
)


class Killed(BaseException):
    """What a process is that dies: nobody catches it."""


@pytest.fixture
async def town(sessions: Sessions) -> Town:
    return await a_town(sessions)


# Together


async def test_what_waits_for_a_channel_goes_to_it_in_one_request(town: Town) -> None:
    first, second, third = await town.request()

    assert await town.withhold(second) is UNDER_WAY

    (sent,), batch = town.channel.sent, await town.batch()
    debits = [await town.attempt(each) for each in (first, second, third)]
    assert town.channel.operations() == ["batch"]
    assert [item.order_no for item in sent.items] == [attempt.order_no for attempt in debits]
    assert [(attempt.batch_no, attempt.batch_position) for attempt in debits] == [(sent.batch_no, n) for n in range(3)]
    assert {item.submitted_at for item in sent.items} == {sent.submitted_at} == {batch.submitted_at}
    assert (batch.state, batch.items, batch.total_fen) == (BatchState.SENT, 3, 3000_00)
    assert {(item.token, item.amount_fen, item.due_date) for item in sent.items} == {
        ("T-1", 1000_00, debits[0].submitted_at.date())
    }


async def test_its_number_has_the_day_and_the_count_in_it_and_letters_and_digits_only(town: Town) -> None:
    await town.withhold((await town.request())[0])

    number = town.channel.sent[0].batch_no
    assert (len(number), number.isalnum(), number[:10]) == (24, True, "BA20260302")
    assert int(number[10:16]) > 0


async def test_each_of_its_debits_ends_as_its_own_result_says(town: Town) -> None:
    town.channel.batches = [telling(paid(), refused(), PROCESSING, complete=False)]
    order_ids = await town.request()

    await town.withhold(order_ids[0])

    assert await town.statuses(order_ids) == [PAID, FAILED, UNDER_WAY]
    assert await town.booked() == [1000_00, 0, 0]
    assert len(await town.announced("payments.withholding_declined")) == 1
    assert len(await town.announced("payments.settled")) == 1


async def test_the_others_deliveries_find_it_done(town: Town) -> None:
    order_ids = await town.request()

    for _ in range(2):
        for each in order_ids:
            assert await town.withhold(each) is UNDER_WAY

    assert town.channel.operations() == ["batch"]


async def test_workers_that_gather_the_same_debits_send_each_once(town: Town) -> None:
    order_ids = await town.request()

    await asyncio.gather(*(town.withhold(each) for each in order_ids * 2))

    numbers = [item.order_no for batch in town.channel.sent for item in batch.items]
    assert (len(numbers), len(set(numbers)), town.debits()) == (3, 3, 0)
    assert await town.statuses(order_ids) == [UNDER_WAY] * 3


async def test_a_gathering_and_a_debit_alone_at_the_same_time_make_each_debit_once(town: Town) -> None:
    for _ in range(4):
        town.hand.move(timedelta(hours=9))
        town.channel.batches, town.channel.debits = [telling_all(paid())], [paid()]
        order_ids = await town.request()
        alone = Town(town.sessions, town.code, town.borrowers)
        alone.hand, alone.channel = town.hand, town.channel
        object.__setattr__(alone.offer.capabilities, "batch_autodebit", 0)

        await asyncio.gather(town.withhold(order_ids[0]), alone.withhold(order_ids[1]), town.withhold(order_ids[2]))

        numbers = [item.order_no for batch in town.channel.sent for item in batch.items]
        numbers += [debit.order_no for debit in town.channel.debited]
        assert len(numbers) == len(set(numbers))
        assert await town.statuses(order_ids) == [PAID] * 3
    assert await town.booked() == [4 * 1000_00] * 3


async def test_fewer_than_the_least_go_alone(sessions: Sessions) -> None:
    town = await a_town(sessions, borrowers=1)
    (order_id,) = await town.request()

    await town.withhold(order_id)

    assert (town.channel.operations(), await town.batches()) == (["debit"], [])


async def test_a_channel_that_takes_no_batches_is_sent_none(town: Town) -> None:
    object.__setattr__(town.offer.capabilities, "batch_autodebit", 0)
    for each in await town.request():
        await town.withhold(each)
    assert town.channel.operations() == ["debit"] * 3


async def test_no_more_go_together_than_the_channel_takes(town: Town) -> None:
    object.__setattr__(town.offer.capabilities, "batch_autodebit", 2)
    for each in await town.request():
        await town.withhold(each)
    assert town.channel.operations() == ["batch", "debit"]


async def test_who_finds_another_at_it_waits_and_then_takes_what_he_left(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batching, "_PAUSE_SECONDS", 0.01)
    order_ids = await town.request()
    async with town.sessions.begin() as session:
        assert await rows.may_gather(session, town.code)
        waiting = asyncio.create_task(town.withhold(order_ids[0]))
        await asyncio.sleep(0.05)
        assert town.channel.sent == []

    assert await waiting is UNDER_WAY
    assert [len(batch.items) for batch in town.channel.sent] == [3]


async def test_who_waits_too_long_for_another_is_debited_alone(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batching, "_TRIES", 2)
    monkeypatch.setattr(batching, "_PAUSE_SECONDS", 0.01)
    order_ids = await town.request()
    async with town.sessions.begin() as session:
        assert await rows.may_gather(session, town.code)
        assert await town.withhold(order_ids[0]) is UNDER_WAY

    assert town.channel.operations() == ["debit"]


# Who is left out


async def test_whoever_may_not_be_debited_now_is_left_out_and_the_others_go(town: Town) -> None:
    order_ids = await town.request()
    town.unwanted = {order_ids[1]}

    for each in order_ids:
        await town.withhold(each)

    assert [len(batch.items) for batch in town.channel.sent] == [2]
    assert (await town.statuses(order_ids), town.debits()) == ([UNDER_WAY, CLOSED, UNDER_WAY], 0)


async def test_a_mandate_that_was_revoked_is_left_out(town: Town) -> None:
    order_ids = await town.request()
    async with town.sessions.begin() as session:
        mandate = await session.get_one(Mandate, town.borrowers[0].mandate_id)
        await mandates.revoke_of_card(session, card_id=mandate.bank_card_id, at=town.hand.at)

    await town.withhold(order_ids[2])

    assert await town.statuses(order_ids) == [WAITING, UNDER_WAY, UNDER_WAY]


async def test_an_open_page_is_closed_first_and_its_loan_is_debited_alone(town: Town) -> None:
    order_ids = await town.request()
    page = await town.open_page(town.borrowers[1].debt)
    town.channel.debits = [paid()]

    for each in order_ids:
        await town.withhold(each)

    assert [len(batch.items) for batch in town.channel.sent] == [2]
    assert (town.page.operations(), await town.statuses([page])) == (["create", "close"], [CLOSED])
    assert await town.statuses(order_ids) == [UNDER_WAY, PAID, UNDER_WAY]


async def test_a_page_that_was_paid_meanwhile_is_found_and_nobody_is_debited_for_it(town: Town) -> None:
    order_ids = await town.request()
    await town.open_page(town.borrowers[1].debt)
    town.page.closes, town.page.queries = [CloseResult.ALREADY_PAID], [paid()]

    for each in order_ids:
        await town.withhold(each)

    assert ([len(batch.items) for batch in town.channel.sent], town.debits()) == ([2], 0)
    assert (await town.statuses(order_ids), await town.booked()) == ([UNDER_WAY, CLOSED, UNDER_WAY], [0, 1000_00, 0])


async def test_one_whose_mandate_cannot_be_opened_keeps_nobody_from_his_debit(town: Town) -> None:
    order_ids = await town.request()
    async with town.sessions.begin() as session:
        (await session.get_one(Mandate, town.borrowers[0].mandate_id)).token_sealed = b"broken"

    assert await town.withhold(order_ids[1]) is UNDER_WAY

    assert (town.debits(), await town.batches()) == (1, [])
    assert await town.statuses(order_ids) == [WAITING, UNDER_WAY, WAITING]


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
    assert (await town.states(), batch.state) == ([_A.UNKNOWN] * 3, BatchState.UNKNOWN)
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

    assert await town.states() == [_A.SUCCEEDED, _A.UNKNOWN, _A.UNKNOWN]
    assert await town.booked() == [1000_00, 0, 0]


async def test_one_that_the_answer_does_not_name_is_unknown_until_somebody_says_more(town: Town) -> None:
    town.channel.batches = [telling(paid(), None, paid())]
    order_ids = await town.request()
    await town.withhold(order_ids[0])
    assert await town.states() == [_A.SUCCEEDED, _A.UNKNOWN, _A.SUCCEEDED]

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
    assert (await town.due(), attempt.state) == (([attempt.id], []), _A.PROCESSING)
    assert [await town.ask_alone(order_ids[1]) for _ in range(2)] == [_A.PROCESSING, _A.SUCCEEDED]
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
    assert (late.state, late.late, await town.booked()) == (_A.SUCCEEDED, True, [1000_00, 0, 0])


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
    assert (batch.state, await town.states(), town.channel.sent) == (BatchState.SUBMITTING, [_A.SUBMITTING] * 3, [])

    assert await town.due() == ([], [])
    town.hand.move(CALL_LIMIT + CRASHED_AFTER)
    assert await town.due() == ([], [batch.id])
    town.channel.batch_queries = [telling(NOT_FOUND, NOT_FOUND, NOT_FOUND, error=NO_SUCH_BATCH)]
    assert await town.ask(batch) == BatchState.UNKNOWN
    assert await town.states() == [_A.SUBMITTING] * 3

    town.hand.move(CALL_LIMIT + SETTLES)
    assert await town.ask(batch) == BatchState.DONE
    assert (await town.states(), await town.statuses(order_ids)) == ([_A.NOT_FOUND] * 3, [CLOSED] * 3)
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


# What was surely not sent


async def test_a_batch_that_was_surely_not_sent_is_sent_again_as_it_was(town: Town) -> None:
    town.channel.batches = [BatchResult(error=REFUSED_CONNECTION), telling(paid(), paid(), paid())]
    town.channel.batch_queries = [BatchResult(error=REFUSED_CONNECTION)]
    order_ids = await town.request()
    await town.withhold(order_ids[0])
    batch = await town.batch()
    assert (batch.state, await town.states()) == (BatchState.UNSENT, [_A.SUBMITTING] * 3)
    for each in order_ids:
        assert await town.withhold(each) is UNDER_WAY
    assert (await town.attempt(order_ids[0])).unsent is False

    town.hand.move(timedelta(minutes=1))
    assert await town.due() == ([], [batch.id])
    assert await town.ask(batch) == BatchState.DONE

    first, second = town.channel.sent
    assert (first, town.debits(), await town.booked()) == (second, 0, [1000_00] * 3)


async def test_two_that_take_up_an_unsent_batch_send_it_once(town: Town) -> None:
    town.channel.batches = [BatchResult(error=REFUSED_CONNECTION), taken()]
    town.channel.batch_queries = [BatchResult(error=REFUSED_CONNECTION)]
    await town.withhold((await town.request())[0])
    batch = await town.batch()

    await asyncio.gather(*(town.ask(batch) for _ in range(3)))

    assert len(town.channel.sent) == 2
    assert (await town.batch()).state is BatchState.SENT


async def test_when_one_of_an_unsent_batch_may_not_go_any_more_the_others_go_alone(town: Town) -> None:
    town.channel.batches = [telling(NOT_EXECUTED, NOT_EXECUTED, NOT_EXECUTED, error=REFUSED_CONNECTION)]
    town.channel.batch_queries = [BatchResult(error=REFUSED_CONNECTION)]
    order_ids = await town.request()
    await town.withhold(order_ids[0])
    town.unwanted, town.channel.debits, town.channel.queries = {order_ids[1]}, [paid()], [NOT_FOUND]
    before = [(await town.attempt(each)).order_no for each in order_ids]

    assert await town.ask(await town.batch()) == BatchState.NOT_SENT

    requested = (await town.announced("payments.withholding_requested"))[-3:]
    assert {each["order_id"] for each in requested} == {str(each) for each in order_ids}
    for each in order_ids * 2:
        await town.withhold(each)
    assert [debit.order_no for debit in town.channel.debited] == [before[0], before[2]]
    assert (await town.booked(), len(town.channel.sent)) == ([1000_00, 0, 1000_00], 1)
    town.hand.move(CALL_LIMIT + SETTLES)
    assert await town.ask_alone(order_ids[1]) is _A.NOT_FOUND


async def test_what_is_not_sent_in_its_time_is_given_up_and_asked_about_to_its_end(town: Town) -> None:
    town.channel.batches = [BatchResult(error=REFUSED_CONNECTION)]
    town.channel.batch_queries = [BatchResult(error=REFUSED_CONNECTION)]
    town.channel.queries = [NOT_FOUND]
    order_ids = await town.request()
    await town.withhold(order_ids[0])

    town.hand.move(timedelta(hours=8))
    assert await town.ask(await town.batch()) == BatchState.NOT_SENT

    for each in order_ids:
        await town.withhold(each)
        assert await town.ask_alone(each) is _A.NOT_FOUND
    assert (town.debits(), len(town.channel.sent)) == (0, 1)


async def test_a_query_that_finds_it_after_all_keeps_it_from_being_sent_again(town: Town) -> None:
    town.channel.batches = [BatchResult(error=REFUSED_CONNECTION)]
    await town.withhold((await town.request())[0])
    town.channel.batch_queries = [telling(PROCESSING, None, None)]

    assert await town.ask(await town.batch()) == BatchState.SENT
    assert len(town.channel.sent) == 1


async def test_a_refusal_of_one_is_no_proof_that_the_batch_was_not_sent(town: Town) -> None:
    town.channel.batches = [telling(UNKNOWN, NOT_EXECUTED, NOT_EXECUTED, error=REFUSED_CONNECTION)]
    await town.withhold((await town.request())[0])
    assert (await town.batch()).state is BatchState.UNKNOWN


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
    assert (batch.ask_at > town.hand.at, await town.states()) == (True, [_A.PROCESSING] * 3)


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

    assert (await town.states(), await town.due()) == ([_A.SUCCEEDED, _A.PROCESSING, _A.PROCESSING], ([], [batch.id]))


# What can be looked up


async def test_what_was_said_about_a_batch_was_said_about_each_of_its_debits(town: Town) -> None:
    order_ids = await town.request()
    await town.withhold(order_ids[0])
    batch = await town.batch()
    async with town.sessions.begin() as session:
        session.add(
            ChannelExchange(
                channel=town.code,
                batch_id=batch.id,
                operation="debit_batch",
                request={},
                outcome="ANSWERED",
                duration_ms=1,
                at=town.hand.at,
            )
        )

    async with town.sessions() as session:
        for each in order_ids:
            attempt = await town.attempt(each)
            ((exchange, _),) = await queries.exchanges_about(session, [attempt.id], limit=9)
            assert exchange.operation == "debit_batch"


async def test_an_order_of_another_run_is_never_in_two_batches(town: Town) -> None:
    await town.withhold((await town.request())[0])
    town.hand.move(timedelta(hours=7))
    again = await town.request()

    for each in again:
        await town.withhold(each)

    assert len(town.channel.sent) == 1
    async with town.sessions() as session:
        live = select(PaymentAttempt).join(PaymentOrder, PaymentOrder.id == PaymentAttempt.order_id)
        loans = [each.debt.loan_id for each in town.borrowers]
        assert len((await session.scalars(live.where(PaymentAttempt.loan_id.in_(loans)))).all()) == 3
