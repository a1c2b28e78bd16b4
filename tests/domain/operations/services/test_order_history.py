"""An order's whole history: what was said, learnt, booked, applied, given back and billed, in the order it happened."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from domain.lending.models import Repayment
from domain.lending.services import repayment
from domain.operations.services.order_history import Entry, EntryKind, of_order
from domain.payments import flows, queries
from domain.payments.models import OrderStatus, PaymentOrder, Signature
from domain.payments.ports import (
    ChannelError,
    CreatePayment,
    ErrorCode,
    ErrorKind,
    PaymentRef,
    PaymentResult,
    PaymentState,
)
from domain.payments.services import exchanges, orders, refunds
from domain.payments.services.exchanges import record_exchange
from domain.reconciliation.models import Bill, BillFile, BillLine, Discrepancy
from domain.reconciliation.rules.states import BillState, Finding
from domain.shared.actors import SYSTEM
from domain.shared.db import Sessions
from tests.domain.lending.reminders.builders import lender, lent
from tests.domain.lending.rows import noon
from tests.domain.payments.builders import NOW, Debt, Hand, an_order, notice
from tests.domain.payments.refunds import OFFER, RefundingChannel
from tests.domain.payments.services.test_exchanges import Said

FORGED = PaymentResult(PaymentState.UNKNOWN, error=ChannelError(ErrorKind.UNKNOWN, ErrorCode.BAD_SIGNATURE_ON_ANSWER))
K = EntryKind


class Told(RefundingChannel):
    """A channel whose every call is an exchange that is audited."""

    def __init__(self, sessions: Sessions) -> None:
        super().__init__("fake")
        self.sessions = sessions

    async def create_payment(self, request: CreatePayment) -> PaymentResult:
        await record_exchange(self.sessions, Said(request="accNo=***"))
        return await super().create_payment(request)

    async def query_payment(self, ref: PaymentRef) -> PaymentResult:
        await record_exchange(self.sessions, Said(duration_ms=34, at=NOW + timedelta(minutes=1)))
        return await super().query_payment(ref)


def _kinds(entries: Sequence[Entry]) -> list[EntryKind]:
    return [entry.kind for entry in entries]


async def _history(sessions: Sessions, order_id: UUID) -> list[Entry]:
    async with sessions() as session:
        return await of_order(session, order_id)


@pytest.fixture
async def order_id(steps: Sessions) -> UUID:
    async with steps.begin() as session:
        await lender(session)
        loan = await lent(session)
        order = await an_order(session, Debt(loan.id, loan.borrower_id), amount_fen=496_00, offer=OFFER)
    return order.id


async def test_everything_about_an_order_is_told_in_the_order_it_happened(steps: Sessions, order_id: UUID) -> None:
    hand, channel = Hand(), Told(steps)
    channel.queries = [FORGED]
    await flows.submit(steps, hand.clock(), channel, order_id=order_id)
    async with steps() as session:
        attempt = (await queries.attempts_of(session, [order_id]))[order_id][0]
    hand.move(timedelta(minutes=1))
    await flows.ask(steps, hand.clock(), channel, attempt_id=attempt.id)
    at = hand.move(timedelta(minutes=1))
    await flows.receive_notice(steps, hand.clock(), channel, notice(attempt.order_no, fen=496_00, at=at))
    async with steps.begin() as session:
        await repayment.apply_settled(session, attempt_id=attempt.id, at=hand.move(timedelta(minutes=1)))
        applied = (await session.scalars(select(Repayment).where(Repayment.payment_id == attempt.id))).one()
        later = hand.move(timedelta(hours=1))
        await repayment.reverse(session, repayment_id=applied.id, reason="not his", at=later, actor=SYSTEM)
        aside = await queries.unplaced_of(session, attempt.id)
        assert aside
        refund = await refunds.of_unplaced(
            session, unplaced_id=aside.id, reason="not his", by=SYSTEM, channel=OFFER, at=hand.move(timedelta(hours=1))
        )
        bill = Bill(channel="fake", day=date(2026, 3, 2), state=BillState.WANTED, wanted_at=NOW)
        session.add(bill)
        await session.flush()
        file = BillFile(
            bill_id=bill.id, name="f", sha256="0", size=1, content_sealed=b"", fetched_at=noon(date(2026, 3, 3))
        )
        session.add(file)
        await session.flush()
        facts = {"file_id": file.id, "kind": "PAYMENT", "amount_fen": 495_00, "currency": "CNY"}
        session.add(BillLine(n=1, number=attempt.order_no, order_no=attempt.order_no, **facts))
        session.add(BillLine(n=2, number="another", **facts))
        session.add(
            Discrepancy(
                number="DC1",
                bill_id=bill.id,
                channel="fake",
                day=bill.day,
                finding=Finding.AMOUNT_DIFF,
                subject=f"payment:{attempt.order_no}",
                theirs_fen=495_00,
                ours_fen=496_00,
                found_at=noon(date(2026, 3, 3)) + timedelta(hours=1),
            )
        )

    entries = await _history(steps, order_id)

    assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)
    kinds = [kind for kind in _kinds(entries) if kind is not K.POSTING]
    assert kinds == [
        *(K.CREATED, K.ATTEMPT, K.EXCHANGE, K.CHANGE, K.EXCHANGE),
        *(K.NOTICE, K.CHANGE, K.APPLIED, K.PUT_ASIDE, K.REVERSED, K.REFUND, K.BILL_LINE, K.DISCREPANCY),
    ]
    by = {kind: [entry for entry in entries if entry.kind is kind] for kind in K}
    created, asked = by[K.EXCHANGE]
    assert (created.what, created.signature, created.after) == ("create_payment", Signature.HELD, "ACTION_REQUIRED")
    assert (asked.what, asked.signature, asked.duration_ms) == ("query_payment", Signature.BROKEN, 34)
    assert asked.facts["error"] == "BAD_SIGNATURE_ON_ANSWER"
    assert [(entry.source, entry.before, entry.after) for entry in by[K.CHANGE]] == [
        ("ANSWER", "SUBMITTING", "ACTION_REQUIRED"),
        ("NOTICE", "ACTION_REQUIRED", "SUCCEEDED"),
    ]
    (told,) = by[K.NOTICE]
    assert (told.subject, told.what, told.after, told.signature) == (
        attempt.order_no,
        "APPLIED",
        "ACCEPTED",
        Signature.HELD,
    )
    moved = [line for entry in by[K.POSTING] for line in entry.facts["lines"]]
    assert {"account": "clearing.fake", "side": "DEBIT", "fen": 496_00} in moved
    assert sum(line["fen"] if line["side"] == "DEBIT" else -line["fen"] for line in moved) == 0
    assert {entry.what for entry in by[K.POSTING]} > {"payment_received"}
    (billed,) = by[K.BILL_LINE]
    assert (billed.subject, billed.amount_fen, billed.facts["day"]) == (attempt.order_no, 495_00, "2026-03-02")
    assert by[K.REFUND][0].facts["refund_no"] == refund.refund_no
    json.dumps([dict(entry.facts) for entry in entries])


async def test_another_orders_story_is_not_in_it(steps: Sessions, order_id: UUID) -> None:
    hand, channel = Hand(), Told(steps)
    async with steps.begin() as session:
        other = await an_order(session, offer=OFFER)
    await flows.submit(steps, hand.clock(), channel, order_id=other.id)

    assert _kinds(await _history(steps, order_id)) == [K.CREATED]
    assert _kinds(await _history(steps, other.id)) == [K.CREATED, K.ATTEMPT, K.EXCHANGE, K.CHANGE]


async def test_an_order_that_was_left_tells_which_was_made_instead_and_that_one_of_which(
    steps: Sessions, order_id: UUID
) -> None:
    async with steps.begin() as session:
        left = await session.get_one(PaymentOrder, order_id)
        made = await orders.create_instead(session, left, channel=OFFER, choice={}, at=NOW + timedelta(seconds=1))

    _, replaced = await _history(steps, order_id)
    (created,) = await _history(steps, made.id)

    assert (replaced.kind, replaced.subject, replaced.what) == (K.REPLACED, left.number, made.number)
    assert (created.facts["instead_of"], replaced.facts) == (left.number, {"channel": "fake"})


async def test_a_verdict_that_cannot_be_kept_loses_no_answer(
    steps: Sessions, order_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(exchanges, "judge", fails)
    order = await flows.submit(steps, Hand().clock(), Told(steps), order_id=order_id)

    assert order.status is OrderStatus.PROCESSING
    assert _kinds(await _history(steps, order_id)) == [K.CREATED, K.ATTEMPT, K.EXCHANGE, K.CHANGE]
