"""Comparing a bill with our records: one run, which may be made as often as one likes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments.events import RefundDue
from domain.payments.ports import BillTotals, PaymentResult, PaymentState, RefundResult, RefundState
from domain.payments.rules.judging import money_date
from domain.payments.services import unplaced
from domain.reconciliation.events import BillKept
from domain.reconciliation.models import Bill, BillLine, Run
from domain.reconciliation.queries import bills, ours, worklist
from domain.reconciliation.rules.matching import Found, Key, Ours, Theirs, Way, match
from domain.reconciliation.rules.states import KNOWN, Finding
from domain.reconciliation.services import noting, settling
from domain.shared import outbox
from domain.shared.days import start_of
from domain.shared.ids import new_id


@dataclass(frozen=True, slots=True)
class Question:
    """A payment that only the bill has, of an attempt we know: the channel is to be asked about it."""

    attempt_id: UUID
    by_bill: PaymentResult


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of a run. `look_again`: it received money, so the next one will find more that agrees."""

    questions: tuple[Question, ...] = ()
    look_again: bool = False


@dataclass(frozen=True, slots=True)
class _Sides:
    """Both sides of a comparison, and how to find the rows behind them."""

    lines: Mapping[int, BillLine]
    theirs: Sequence[Theirs]
    ours: Sequence[Ours]
    attempts: Mapping[Key, UUID]
    refunds: Mapping[Key, UUID]
    totals: BillTotals


async def run(session: AsyncSession, *, bill_id: UUID, at: datetime) -> Compared:
    """Compare, write down what differs, settle what agrees. A second run of the same day changes and posts nothing.

    Payments under numbers we never gave are received into suspense here, once. A bill that is not read yet is left
    alone, and a day without any trade on either side leaves no run behind.
    """
    around = await bills.lock_around(session, bill_id)
    bill = next(each for each in around.values() if each.id == bill_id)
    if bill.state not in KNOWN:
        return Compared()
    sides = await _sides(session, bill, around)
    found = match(sides.theirs, sides.ours, sides.totals)
    rows = noting.Rows({n: line.id for n, line in sides.lines.items()}, sides.attempts)
    await noting.note(session, bill, found, at=at, rows=rows, may_come=_may_come(bill, around))
    await noting.forget(session, bill, found, at=at)
    settled_fen = await settling.settle(session, bill, found, sides.lines, at=at)
    first = not await bills.was_compared(session, bill)
    if found or not first:
        session.add(_figures(bill, sides, found, settled_fen, at))
        await session.flush()
    if first:
        await _look_again_beside(session, bill, around)
        _ask_about_refunds(session, sides, found)
    return await _what_only_they_have(session, bill, sides, found, at)


def by_bill(line: BillLine) -> PaymentResult:
    """What a line of a bill proves of a payment."""
    return PaymentResult(
        PaymentState.SUCCEEDED,
        amount_fen=line.amount_fen,
        currency=line.currency,
        provider_no=line.provider_no,
        paid_at=line.occurred_at,
    )


def refund_by_bill(line: BillLine) -> RefundResult:
    """What it proves of a refund. The channel's number in it is the payment's with some channels."""
    return RefundResult(
        RefundState.SUCCEEDED, amount_fen=line.amount_fen, currency=line.currency, refunded_at=line.occurred_at
    )


async def _sides(session: AsyncSession, bill: Bill, around: Mapping[date, Bill]) -> _Sides:
    lines = await bills.lines_of(session, bill.file_id)
    reading = await bills.reading_of(session, bill.file_id) if bill.file_id else None
    beside = [each.file_id for each in around.values() if each.file_id and each.id != bill.id]
    records = await ours.records(session, bill, [line.number for line in lines if line.number])
    return _Sides(
        lines={line.n: line for line in lines},
        theirs=[_theirs(line) for line in lines],
        ours=await ours.against(session, bill, records, beside),
        attempts={record.key: record.attempt_id for record in records if record.attempt_id},
        refunds={record.key: record.refund_id for record in records if record.refund_id},
        totals=BillTotals(**(reading.totals if reading else {})),
    )


def _theirs(line: BillLine) -> Theirs:
    return Theirs(
        n=line.n,
        kind=line.kind,
        number=line.number,
        amount_fen=line.amount_fen,
        received_fen=line.received_fen,
        fee_fen=line.fee_fen,
        currency=line.currency,
        understood=line.understood,
    )


def _may_come(bill: Bill, around: Mapping[date, Bill]) -> bool:
    """Whether a payment that is missing may stand in a bill beside this one that is not here yet."""
    after = around.get(bill.day + timedelta(days=1))
    return after is None or any(each.state not in KNOWN for each in around.values())


def _figures(bill: Bill, sides: _Sides, found: Sequence[Found], settled_fen: int, at: datetime) -> Run:
    findings: dict[str, dict[str, int]] = {}
    for each in found:
        figures = findings.setdefault(each.finding, {"count": 0, "theirs_fen": 0, "ours_fen": 0})
        figures["count"] += 1
        figures["theirs_fen"] += 0 if each.finding is Finding.FEE else each.theirs_fen
        figures["ours_fen"] += each.ours_fen
    return Run(
        id=new_id(),
        bill_id=bill.id,
        file_id=bill.file_id,
        channel=bill.channel,
        day=bill.day,
        lines=len(sides.theirs),
        findings=findings,
        theirs_fen=sum(figures["theirs_fen"] for figures in findings.values()),
        ours_fen=sum(figures["ours_fen"] for figures in findings.values()),
        fees_fen=sum(line.fee_fen + (line.amount_fen if line.way is Way.FEE else 0) for line in sides.theirs),
        settled_fen=settled_fen,
        finished_at=at,
    )


async def _look_again_beside(session: AsyncSession, bill: Bill, around: Mapping[date, Bill]) -> None:
    """What the bills beside this one miss may be in this one, which nobody had seen before."""
    others = [each.id for each in around.values() if each.id != bill.id]
    for other in await worklist.bills_missing_ours(session, others):
        outbox.publish(session, BillKept(other))


def _ask_about_refunds(session: AsyncSession, sides: _Sides, found: Iterable[Found]) -> None:
    """What the bill says went back and we do not know yet is asked about; the next night finds it."""
    for each in found:
        if each.finding is Finding.ONLY_CHANNEL and each.ours and (refund_id := sides.refunds.get(each.ours.key)):
            outbox.publish(session, RefundDue(refund_id))


async def _what_only_they_have(
    session: AsyncSession, bill: Bill, sides: _Sides, found: Iterable[Found], at: datetime
) -> Compared:
    questions: list[Question] = []
    received = False
    for each in found:
        if each.finding is not Finding.ONLY_CHANNEL or each.line is None or each.line.way is not Way.PAYMENT:
            continue
        line = sides.lines[each.line.n]
        if each.ours is None:
            await _keep_stray(session, bill, line, at)
            received = True
        elif attempt_id := sides.attempts.get(each.ours.key):
            questions.append(Question(attempt_id, by_bill(line)))
    return Compared(tuple(questions), look_again=received)


async def _keep_stray(session: AsyncSession, bill: Bill, line: BillLine, at: datetime) -> None:
    paid_at = money_date(line.occurred_at, submitted_at=start_of(bill.day), at=at)
    await unplaced.keep_stray(
        session, channel=bill.channel, order_no=line.number or "", result=by_bill(line), paid_at=paid_at, at=at
    )
