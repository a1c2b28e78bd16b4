"""Booking days: which one is open, and the end of one."""

from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from domain.ledger import queries
from domain.ledger.errors import DayClosed, DayNotOver
from domain.ledger.models import ClosedDay
from domain.shared.days import business_day


async def booking_day(session: AsyncSession, at: datetime) -> date:
    """The open day on which something is booked at this instant; it stays open until this transaction ends."""
    await queries.hold_days_open(session)
    closed = await queries.last_closed_day(session)
    today = business_day(at)
    return today if closed is None else max(today, closed + timedelta(days=1))


async def must_be_open(session: AsyncSession, day: date) -> None:
    """Raises DayClosed; a day that is open stays open until this transaction ends."""
    await queries.hold_days_open(session)
    closed = await queries.last_closed_day(session)
    if closed is not None and day <= closed:
        raise DayClosed(day=day, closed=closed)


async def close_day(session: AsyncSession, day: date, at: datetime) -> ClosedDay:
    """End a booking day and keep its totals; every day before it ends with it. Closing it again changes nothing.

    Waits for the transactions that are booking, and keeps new ones waiting until this one ends. Raises DayNotOver.
    """
    if day >= business_day(at):
        raise DayNotOver(day=day)
    await queries.hold_days_shut(session)
    if closed := await session.get(ClosedDay, day):
        return closed
    totals = await queries.totals_of_day(session, day)
    row = ClosedDay(day=day, closed_at=at, debit_fen=totals.debit_fen, credit_fen=totals.credit_fen)
    session.add(row)
    await session.flush()
    return row
