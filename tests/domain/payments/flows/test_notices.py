"""The way of a notice: kept, proven, applied once, answered; whatever happens in between."""

import asyncio
from dataclasses import replace
from typing import Any, cast

import pytest
from sqlalchemy import func, select, update

from domain.payments import flows, queries
from domain.payments.flows import notices as notices_flow
from domain.payments.models import AttemptState, OrderStatus, PaymentAttempt, PaymentOrder
from domain.payments.ports import CloseResult, HttpAnswer, NotificationKind, PaymentState, RawRequest
from domain.payments.services import attempts
from domain.payments.services.attempts import Source
from domain.shared import inbox
from domain.shared.db import Sessions
from domain.shared.inbox import InboxRow, InboxState
from domain.shared.outbox import OutboxRow
from tests.domain.payments.builders import (
    HOUR,
    FakeChannel,
    Hand,
    a_loan,
    an_order,
    attempt_of,
    notice,
    paid,
    received_fen,
)


@pytest.fixture
async def attempt(sessions: Sessions, hand: Hand, channel: FakeChannel) -> PaymentAttempt:
    async with sessions.begin() as session:
        order = await an_order(session, at=hand.at)
    await flows.submit(sessions, hand.clock(), channel, order_id=order.id)
    async with sessions() as session:
        return await attempt_of(session, order)


async def _told(sessions: Sessions, hand: Hand, channel: FakeChannel, raw: RawRequest) -> str:
    return (await flows.receive_notice(sessions, hand.clock(), channel, raw)).body.decode()


async def _kept(sessions: Sessions) -> list[tuple[InboxState, str | None, int]]:
    async with sessions() as session:
        rows = await session.scalars(select(InboxRow).order_by(InboxRow.id))
        return [(row.state, row.outcome, row.copies) for row in rows]


async def _settled(sessions: Sessions) -> int:
    async with sessions() as session:
        return await session.scalar(select(func.count()).where(OutboxRow.topic == "payments.settled")) or 0


async def _booked(sessions: Sessions, attempt: PaymentAttempt) -> int:
    async with sessions() as session:
        return await received_fen(session, attempt.loan_id)


async def test_three_notices_of_one_payment_are_booked_once(
    sessions: Sessions, hand: Hand, channel: FakeChannel, attempt: PaymentAttempt
) -> None:
    same, other = notice(attempt.order_no), notice(attempt.order_no, nonce=2)

    answers = [await _told(sessions, hand, channel, raw) for raw in (same, same, other)]

    assert answers == ["ACCEPTED", "DUPLICATE", "ACCEPTED"]
    assert await _booked(sessions, attempt) == 1000_00
    assert await _settled(sessions) == 1
    assert await _kept(sessions) == [(InboxState.APPLIED, "ACCEPTED", 2), (InboxState.APPLIED, "ACCEPTED", 1)]


async def test_a_notice_and_a_query_at_the_same_moment_book_once(
    sessions: Sessions, hand: Hand, channel: FakeChannel, attempt: PaymentAttempt
) -> None:
    channel.queries = [paid()]

    await asyncio.gather(
        *(_told(sessions, hand, channel, notice(attempt.order_no, nonce=n)) for n in range(4)),
        *(_told(sessions, hand, channel, notice(attempt.order_no)) for _ in range(2)),
        *(flows.ask(sessions, hand.clock(), channel, attempt_id=attempt.id) for _ in range(4)),
    )

    assert await _booked(sessions, attempt) == 1000_00
    assert await _settled(sessions) == 1
    async with sessions() as session:
        changes = await queries.changes_of(session, attempt.id)
    assert [change.after for change in changes] == ["ACTION_REQUIRED", "SUCCEEDED"]


async def test_a_notice_that_a_crash_left_is_applied_later_and_its_repeat_is_then_a_duplicate(
    sessions: Sessions, hand: Hand, channel: FakeChannel, attempt: PaymentAttempt
) -> None:
    raw = notice(attempt.order_no)
    async with sessions.begin() as session:
        await inbox.keep(session, source="payments/fake", raw=raw)
    assert await flows.reapply_inbox(sessions, hand.clock(), {"fake": channel}) == 0  # its receiver may still be at it

    hand.move(HOUR)
    assert await flows.reapply_inbox(sessions, hand.clock(), {"fake": channel}) == 1
    assert await flows.reapply_inbox(sessions, hand.clock(), {"fake": channel}) == 0

    assert await _told(sessions, hand, channel, raw) == "DUPLICATE"
    assert await _booked(sessions, attempt) == 1000_00


async def test_money_without_a_time_of_its_own_came_by_when_we_were_told_however_late_that_is_read(
    sessions: Sessions, hand: Hand, channel: FakeChannel, attempt: PaymentAttempt
) -> None:
    raw, told_at = notice(attempt.order_no), hand.move(HOUR)
    async with sessions.begin() as session:
        await inbox.keep(session, source="payments/fake", raw=replace(raw, received_at=told_at))
    hand.move(48 * HOUR)
    await flows.reapply_inbox(sessions, hand.clock(), {"fake": channel})

    async with sessions() as session:
        found = await session.get_one(PaymentAttempt, attempt.id)
    assert (found.state, found.paid_at) == (AttemptState.SUCCEEDED, told_at)


async def test_a_repeat_of_what_a_crash_left_is_not_a_duplicate(
    sessions: Sessions, hand: Hand, channel: FakeChannel, attempt: PaymentAttempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    class PowerCut(BaseException):
        pass

    def cut(name: str) -> None:
        raise PowerCut(name)

    with monkeypatch.context() as patch:
        patch.setattr(notices_flow, "failpoint", cut)
        with pytest.raises(PowerCut, match=r"payments\.after_inbox"):
            await _told(sessions, hand, channel, notice(attempt.order_no))
    assert await _kept(sessions) == [(InboxState.RECEIVED, None, 1)]
    assert await _booked(sessions, attempt) == 0

    assert await _told(sessions, hand, channel, notice(attempt.order_no)) == "ACCEPTED"
    assert await _booked(sessions, attempt) == 1000_00


async def test_a_forged_notice_is_kept_refused_and_moves_nothing(
    sessions: Sessions, hand: Hand, channel: FakeChannel, attempt: PaymentAttempt
) -> None:
    assert await _told(sessions, hand, channel, notice(attempt.order_no, sign="forged")) == "BAD_SIGNATURE"

    assert await _kept(sessions) == [(InboxState.REFUSED, "BAD_SIGNATURE", 1)]
    assert await _booked(sessions, attempt) == 0


async def test_a_tampered_copy_after_a_good_one_is_refused_and_harms_nothing(
    sessions: Sessions, hand: Hand, channel: FakeChannel, attempt: PaymentAttempt
) -> None:
    good = notice(attempt.order_no)
    tampered = RawRequest(
        good.method,
        good.path,
        "",
        good.headers,
        good.body.replace(b'"fen": 100000', b'"fen": 999999'),
        good.received_at,
    )

    answers = [await _told(sessions, hand, channel, raw) for raw in (good, tampered, good)]

    assert answers == ["ACCEPTED", "BAD_SIGNATURE", "DUPLICATE"]
    assert await _booked(sessions, attempt) == 1000_00
    assert [state for state, _, _ in await _kept(sessions)] == [InboxState.APPLIED, InboxState.REFUSED]


async def test_a_wrong_sum_is_taken_in_and_lies_in_suspense_once_the_channel_says_it_again(
    sessions: Sessions, hand: Hand, channel: FakeChannel, attempt: PaymentAttempt
) -> None:
    answers = [await _told(sessions, hand, channel, notice(attempt.order_no, fen=1)) for _ in range(2)]
    assert answers == ["ACCEPTED", "DUPLICATE"]
    assert await _booked(sessions, attempt) == 0

    channel.queries = [paid(1)]
    await flows.ask(sessions, hand.clock(), channel, attempt_id=attempt.id)

    assert await _booked(sessions, attempt) == 1
    assert await _settled(sessions) == 0
    async with sessions() as session:
        assert (await session.get_one(PaymentOrder, attempt.order_id)).status is OrderStatus.MISMATCH
        assert [work.reason for work in await queries.unplaced(session, limit=10)] == ["WRONG_AMOUNT"]


async def test_a_number_we_do_not_know_is_received_into_suspense_once_for_a_person(
    sessions: Sessions, hand: Hand, channel: FakeChannel
) -> None:
    async with sessions() as session:
        before_fen = await received_fen(session, None)

    answers = [await _told(sessions, hand, channel, notice("PO20200101000001", nonce=n)) for n in (1, 2)]

    assert answers == ["REJECTED", "REJECTED"]
    async with sessions() as session:
        (work,) = await queries.unplaced(session, limit=10)
        assert (work.reason, work.order_no, work.amount_fen) == ("UNKNOWN_ORDER", "PO20200101000001", 1000_00)
        assert await received_fen(session, None) == before_fen + 1000_00


async def test_an_unpaid_notice_of_a_number_we_do_not_know_is_only_rejected(
    sessions: Sessions, hand: Hand, channel: FakeChannel
) -> None:
    raw = notice("PO20200101000001", state=PaymentState.CLOSED, fen=None)

    assert await _told(sessions, hand, channel, raw) == "REJECTED"
    async with sessions() as session:
        assert not await queries.unplaced(session, limit=10)


async def test_a_notice_for_another_merchant_is_kept_for_a_person(
    sessions: Sessions, hand: Hand, channel: FakeChannel, attempt: PaymentAttempt
) -> None:
    raw = notice(attempt.order_no, state=PaymentState.UNKNOWN, error="FOREIGN_MERCHANT")

    assert await _told(sessions, hand, channel, raw) == "REJECTED"
    assert await _kept(sessions) == [(InboxState.REFUSED, "FOREIGN_MERCHANT", 1)]


async def test_a_refund_notice_is_never_a_payment_but_makes_us_ask(
    sessions: Sessions, hand: Hand, channel: FakeChannel, attempt: PaymentAttempt
) -> None:
    raw = notice(attempt.order_no, kind=NotificationKind.REFUND)

    assert await _told(sessions, hand, channel, raw) == "ACCEPTED"

    assert await _booked(sessions, attempt) == 0
    async with sessions() as session:
        assert (await session.get_one(PaymentAttempt, attempt.id)).ask_at == hand.at


async def test_a_refund_notice_of_a_paid_attempt_changes_nothing(
    sessions: Sessions, hand: Hand, channel: FakeChannel, attempt: PaymentAttempt
) -> None:
    await _told(sessions, hand, channel, notice(attempt.order_no))
    await _told(sessions, hand, channel, notice(attempt.order_no, kind=NotificationKind.REFUND))

    assert await _booked(sessions, attempt) == 1000_00
    async with sessions() as session:
        again = await session.get_one(PaymentAttempt, attempt.id)
        assert (again.state, again.ask_at) == (AttemptState.SUCCEEDED, None)


async def test_a_probe_is_answered_as_unproven(sessions: Sessions, hand: Hand, channel: FakeChannel) -> None:
    raw = notice("-", kind=NotificationKind.PROBE)

    assert await _told(sessions, hand, channel, raw) == "BAD_SIGNATURE"
    assert await _kept(sessions) == [(InboxState.REFUSED, "PROBE", 1)]


async def test_our_own_fault_asks_for_the_notice_again_and_leaves_it_to_be_applied(
    sessions: Sessions, hand: Hand, channel: FakeChannel, attempt: PaymentAttempt
) -> None:
    class BrokenClock:
        async def now(self, session: object) -> None:
            raise ConnectionError

    answer = await flows.receive_notice(sessions, BrokenClock(), channel, notice(attempt.order_no))  # type: ignore[arg-type]  # a fault

    assert answer.body == b"RETRY"
    assert await _kept(sessions) == [(InboxState.RECEIVED, None, 1)]
    assert await _told(sessions, hand, channel, notice(attempt.order_no)) == "ACCEPTED"


async def test_a_notice_that_cannot_be_kept_is_asked_for_again(hand: Hand, channel: FakeChannel) -> None:
    def no_database() -> None:
        raise ConnectionError

    class Nowhere:
        begin = staticmethod(no_database)

    answer = await flows.receive_notice(Nowhere(), hand.clock(), channel, notice("X"))  # type: ignore[arg-type]  # a fault

    assert answer.body == b"RETRY"


async def test_a_notice_its_plugin_chokes_on_is_asked_for_again_and_in_the_end_set_aside(
    sessions: Sessions, hand: Hand, channel: FakeChannel
) -> None:
    choking = RawRequest("POST", "/notify/payments/fake", "", {}, b"{}", hand.at)  # type: ignore[arg-type]  # a mapping will do

    assert await _told(sessions, hand, channel, choking) == "RETRY"
    hand.move(HOUR)
    await flows.reapply_inbox(sessions, hand.clock(), {"fake": channel})

    assert await _kept(sessions) == [(InboxState.REFUSED, "UNREADABLE", 1)]


async def test_a_notice_that_does_not_open_any_more_is_set_aside_and_holds_up_no_other(
    sessions: Sessions, hand: Hand, channel: FakeChannel, attempt: PaymentAttempt
) -> None:
    async with sessions.begin() as session:
        await inbox.keep(session, source="payments/fake", raw=notice("damaged"))
        await session.execute(update(InboxRow).values(sealed=b"nothing that was sealed with our key"))
        await inbox.keep(session, source="payments/fake", raw=notice(attempt.order_no))
    hand.move(HOUR)

    assert await flows.reapply_inbox(sessions, hand.clock(), {"fake": channel}) == 2

    assert await _kept(sessions) == [(InboxState.REFUSED, "DAMAGED", 1), (InboxState.APPLIED, "ACCEPTED", 1)]
    assert await _booked(sessions, attempt) == 1000_00


@pytest.mark.parametrize(
    "answer",
    [
        RuntimeError(),
        None,
        "SUCCESS",
        HttpAnswer(0),
        HttpAnswer(cast("Any", "200")),
        HttpAnswer(200, {}, cast("Any", "ok")),
    ],
    ids=["raises", "none", "text", "no status", "status as text", "body as text"],
)
async def test_a_channel_that_cannot_answer_does_not_undo_what_was_applied(
    sessions: Sessions, hand: Hand, attempt: PaymentAttempt, answer: Any
) -> None:
    class Mute(FakeChannel):
        def answer_notification(self, outcome: object) -> HttpAnswer:
            if isinstance(answer, Exception):
                raise answer
            return answer

    told = await flows.receive_notice(sessions, hand.clock(), Mute(), notice(attempt.order_no))

    assert told.status == 500
    assert await _booked(sessions, attempt) == 1000_00


async def test_a_late_success_by_notice_is_applied_after_the_order_was_closed(
    sessions: Sessions, hand: Hand, channel: FakeChannel, attempt: PaymentAttempt
) -> None:
    order = await flows.close(sessions, hand.clock(), channel, order_id=attempt.order_id)
    assert order.status is OrderStatus.CLOSED

    await _told(sessions, hand, channel, notice(attempt.order_no))

    async with sessions() as session:
        again = await session.get_one(PaymentAttempt, attempt.id)
        assert (again.state, again.late) == (AttemptState.SUCCEEDED, True)
    assert await _settled(sessions) == 1


async def test_a_manual_word_and_a_bill_go_the_same_way(
    sessions: Sessions, hand: Hand, channel: FakeChannel, attempt: PaymentAttempt
) -> None:
    for source in (Source.BILL, Source.MANUAL):
        async with sessions.begin() as session:
            await attempts.apply_result(session, attempt_id=attempt.id, result=paid(), source=source, at=hand.at)

    assert await _booked(sessions, attempt) == 1000_00
    async with sessions() as session:
        assert [change.source for change in await queries.changes_of(session, attempt.id)] == ["ANSWER", "BILL"]


async def test_two_pages_of_one_wish_paid_at_the_same_moment_settle_once(
    sessions: Sessions, hand: Hand, channel: FakeChannel
) -> None:
    channel.closes = [CloseResult.NOT_FOUND]
    for _ in range(5):
        async with sessions.begin() as session:
            debt = await a_loan(session)
            pages = [await an_order(session, debt) for _ in range(2)]
        numbers = []
        for order in pages:
            await flows.start(sessions, hand.clock(), {"fake": channel}, order_id=order.id)
            async with sessions() as session:
                numbers.append((await attempt_of(session, order)).order_no)

        await asyncio.gather(*(_told(sessions, hand, channel, notice(number)) for number in numbers))

    assert await _settled(sessions) == 5
    async with sessions() as session:
        assert [work.reason for work in await queries.unplaced(session, limit=10)] == ["DOUBLE"] * 5
