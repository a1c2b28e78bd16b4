"""Selects on bills, their files and their lines."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from domain.payments.models import PaymentAttempt
from domain.reconciliation.models import Bill, BillFile, BillLine, BillReading, Discrepancy, Run
from domain.reconciliation.rules.states import KNOWN, UNSETTLED, WANTED, BillState, Finding
from domain.shared.days import business_day
from domain.shared.paging import Order

_DAY = timedelta(days=1)

NEWEST_RUN = Order((Run.finished_at, Run.id))


async def first_days(session: AsyncSession) -> Mapping[str, date]:
    """Every channel that was ever paid by, and the day of its first attempt."""
    first = select(PaymentAttempt.channel, func.min(PaymentAttempt.submitted_at)).group_by(PaymentAttempt.channel)
    return {channel: business_day(at) for channel, at in await session.execute(first)}


async def known_days(session: AsyncSession, channel: str, since: date) -> set[date]:
    """The days from `since` of which the channel's bill is wanted already."""
    return set(await session.scalars(select(Bill.day).where(Bill.channel == channel, Bill.day >= since)))


async def due(session: AsyncSession, at: datetime, limit: int) -> Sequence[Bill]:
    """Bills something is to be done about, longest waiting first, locked; those another holds are left to him."""
    return (
        await session.scalars(
            select(Bill)
            .where(Bill.ask_at <= at)
            .order_by(Bill.ask_at, Bill.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    ).all()


async def overdue(session: AsyncSession, before: date) -> Sequence[Bill]:
    """Bills of days before `before` that were asked for in vain, and of which nobody was told yet, locked."""
    told = exists().where(Discrepancy.bill_id == Bill.id, Discrepancy.finding == Finding.NO_BILL)
    in_vain = Bill.state.in_({*WANTED, BillState.FAILED}) & (Bill.tries > 1)
    rows = select(Bill).where(in_vain, Bill.day < before, ~told)
    return (await session.scalars(rows.order_by(Bill.day, Bill.id).with_for_update())).all()


async def differing(session: AsyncSession, since: date) -> Sequence[Bill]:
    """Bills that were compared and on which something still differs that may have come right by itself, locked."""
    open_ = exists().where(Discrepancy.bill_id == Bill.id, Discrepancy.state.in_(UNSETTLED))
    rows = select(Bill).where(Bill.state.in_(KNOWN), Bill.day >= since, Bill.ask_at.is_(None), open_)
    return (await session.scalars(rows.order_by(Bill.day, Bill.id).with_for_update())).all()


async def channel_of(session: AsyncSession, bill_id: UUID) -> str:
    return (await session.scalars(select(Bill.channel).where(Bill.id == bill_id))).one()


async def bill_of(session: AsyncSession, channel: str, day: date) -> Bill | None:
    return await session.scalar(select(Bill).where(Bill.channel == channel, Bill.day == day).with_for_update())


async def lock_bill(session: AsyncSession, bill_id: UUID) -> Bill:
    """The bill, for whoever changes it or what hangs on it."""
    return await session.get_one(Bill, bill_id, with_for_update=True, populate_existing=True)


async def lock_around(session: AsyncSession, bill_id: UUID) -> Mapping[date, Bill]:
    """A bill and those beside it, by day: who compares one waits for whoever compares the next."""
    middle = await session.get_one(Bill, bill_id)
    rows = (
        select(Bill)
        .where(Bill.channel == middle.channel, Bill.kind == middle.kind)
        .where(Bill.day.between(middle.day - _DAY, middle.day + _DAY))
        .order_by(Bill.day)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {bill.day: bill for bill in await session.scalars(rows)}


async def file_of(session: AsyncSession, file_id: UUID) -> BillFile:
    """A file with its content."""
    return await session.get_one(BillFile, file_id, options=[undefer(BillFile.content_sealed)])


async def file_with(session: AsyncSession, bill_id: UUID, sha256: str) -> BillFile | None:
    return await session.scalar(select(BillFile).where(BillFile.bill_id == bill_id, BillFile.sha256 == sha256))


async def reading_of(session: AsyncSession, file_id: UUID) -> BillReading | None:
    return await session.scalar(select(BillReading).where(BillReading.file_id == file_id))


async def lines_of(session: AsyncSession, file_id: UUID | None) -> Sequence[BillLine]:
    """The lines of a file in its order; none of none."""
    return (await session.scalars(select(BillLine).where(BillLine.file_id == file_id).order_by(BillLine.n))).all()


async def was_compared(session: AsyncSession, bill: Bill) -> bool:
    """Whether the bill was compared before, by the file that counts."""
    runs = exists().where(Run.bill_id == bill.id, Run.file_id.is_not_distinct_from(bill.file_id))
    return bool(await session.scalar(select(runs)))


async def run(session: AsyncSession, run_id: UUID) -> Run:
    return await session.get_one(Run, run_id)


def runs_listed(*, channel: str | None = None, day: date | None = None) -> Select[Run]:
    """A list of runs, for `paging.rows_in` by NEWEST_RUN and for `paging.total`."""
    rows = select(Run)
    if channel is not None:
        rows = rows.where(Run.channel == channel)
    return rows if day is None else rows.where(Run.day == day)
