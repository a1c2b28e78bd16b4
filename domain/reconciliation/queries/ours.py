"""Our side of a comparison: the payments and refunds of a channel that a bill names, and those of its day."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, and_, any_, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments.models import PaymentAttempt, Refund, RefundState, Unplaced
from domain.payments.rules.states import AttemptState
from domain.reconciliation.models import Bill, BillFile, BillLine, SettlementItem
from domain.reconciliation.rules.matching import Key, Ours, Way
from domain.shared.days import end_of, start_of


@dataclass(frozen=True, slots=True)
class Record:
    """One of our records, and the rows behind it."""

    key: Key
    amount_fen: int
    booked: bool
    of_day: bool
    attempt_id: UUID | None = None
    refund_id: UUID | None = None


async def records(session: AsyncSession, bill: Bill, numbers: Collection[str]) -> list[Record]:
    """What is ours by one of these numbers, or belongs to the bill's day: once each."""
    found = [
        *await _payments(session, bill, numbers),
        *await _strays(session, bill, numbers),
        *await _refunds(session, bill, numbers),
    ]
    return list({record.key: record for record in found}.values())


async def any_around(session: AsyncSession, bill: Bill) -> bool:
    """Whether money moved by our books on the bill's day or one beside it."""
    since, until = start_of(bill.day - timedelta(days=1)), end_of(bill.day + timedelta(days=1))
    paid = select(PaymentAttempt.id).where(
        PaymentAttempt.channel == bill.channel,
        PaymentAttempt.state == AttemptState.SUCCEEDED,
        PaymentAttempt.paid_at >= since,
        PaymentAttempt.paid_at < until,
    )
    refunded = select(Refund.id).where(
        Refund.channel == bill.channel,
        Refund.state == RefundState.SUCCEEDED,
        Refund.refunded_at >= since,
        Refund.refunded_at < until,
    )
    return bool(await session.scalar(select(or_(paid.exists(), refunded.exists()))))


async def against(session: AsyncSession, bill: Bill, records: Sequence[Record], beside: Collection[UUID]) -> list[Ours]:
    """The records as a comparison takes them: with what the files beside have, and what other bills have settled."""
    numbers = [record.key[1] for record in records]
    seen = await _named_in(session, beside, numbers)
    taken = await _settled_by_others(session, bill, numbers)
    return [
        Ours(
            *record.key,
            amount_fen=record.amount_fen,
            booked=record.booked,
            of_day=record.of_day,
            beside=record.key in seen,
            taken=record.key in taken,
        )
        for record in records
    ]


async def _payments(session: AsyncSession, bill: Bill, numbers: Collection[str]) -> Iterator[Record]:
    on_day = and_(
        PaymentAttempt.state == AttemptState.SUCCEEDED,
        PaymentAttempt.paid_at >= start_of(bill.day),
        PaymentAttempt.paid_at < end_of(bill.day),
    )
    named = await session.scalars(_attempts(bill).where(_among(PaymentAttempt.order_no, numbers)))
    dated = await session.scalars(_attempts(bill).where(on_day))
    of_day = set(dated.all())
    return (_payment(attempt, attempt in of_day) for attempt in {*named, *of_day})


def _attempts(bill: Bill) -> Select[PaymentAttempt]:
    return select(PaymentAttempt).where(PaymentAttempt.channel == bill.channel)


def _payment(attempt: PaymentAttempt, of_day: bool) -> Record:
    # What came in another currency is not in the books, so no bill of ours can have it.
    booked = attempt.state is AttemptState.SUCCEEDED and bool(attempt.received_fen)
    return Record((Way.PAYMENT, attempt.order_no), attempt.received_fen or 0, booked, of_day, attempt.id)


async def _strays(session: AsyncSession, bill: Bill, numbers: Collection[str]) -> Iterator[Record]:
    """Payments under numbers we do not know. Which day they belong to only a bill can tell."""
    rows = select(Unplaced).where(
        Unplaced.channel == bill.channel, Unplaced.attempt_id.is_(None), _among(Unplaced.order_no, numbers)
    )
    found = (await session.scalars(rows)).all()
    return (Record((Way.PAYMENT, row.order_no), row.amount_fen, bool(row.amount_fen), of_day=False) for row in found)


async def _refunds(session: AsyncSession, bill: Bill, numbers: Collection[str]) -> Iterator[Record]:
    refunds = select(Refund).where(Refund.channel == bill.channel)
    on_day = and_(
        Refund.state == RefundState.SUCCEEDED,
        Refund.refunded_at >= start_of(bill.day),
        Refund.refunded_at < end_of(bill.day),
    )
    named = await session.scalars(refunds.where(_among(Refund.refund_no, numbers)))
    of_day = set((await session.scalars(refunds.where(on_day))).all())
    return (_refund(refund, refund in of_day) for refund in {*named, *of_day})


def _refund(refund: Refund, of_day: bool) -> Record:
    booked = refund.state is RefundState.SUCCEEDED
    return Record((Way.REFUND, refund.refund_no), refund.amount_fen, booked, of_day, refund.attempt_id, refund.id)


async def _named_in(session: AsyncSession, files: Collection[UUID], numbers: Collection[str]) -> set[Key]:
    rows = select(BillLine.kind, BillLine.number).where(
        BillLine.file_id.in_(files), _among(BillLine.number, numbers), BillLine.kind.in_(list(Way))
    )
    return {(Way(kind.value), number) for kind, number in await session.execute(rows) if number}


async def _settled_by_others(session: AsyncSession, bill: Bill, numbers: Collection[str]) -> set[Key]:
    rows = (
        select(SettlementItem.way, BillLine.number)
        .join(BillLine, BillLine.id == SettlementItem.line_id)
        .join(BillFile, BillFile.id == BillLine.file_id)
        .where(SettlementItem.channel == bill.channel, BillFile.bill_id != bill.id, _among(BillLine.number, numbers))
    )
    return {(way, number) for way, number in await session.execute(rows) if number}


def _among(column: object, numbers: Collection[str]) -> ColumnElement[bool]:
    """One parameter however many there are: a bill may have more lines than a statement takes parameters."""
    return column == any_(literal(list(numbers), ARRAY(Text())))  # pyright: ignore[reportReturnType] - a column
