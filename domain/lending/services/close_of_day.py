"""The end of a business day: what every loan earned by then is booked, and the day is closed."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from domain.ledger import services as ledger
from domain.lending.queries import nightly
from domain.lending.rules.posting import Components, postings
from domain.lending.services import book, projection
from domain.lending.services.history import history_of
from domain.shared.days import business_day, start_of

LOOKS = 200
ACCRUALS = 5000
"""Loans in one chunk. The second kind costs no more than a row each."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The day that was closed, how many loans were replayed for it, and how many only earned interest."""

    day: date
    looked_at: int
    accrued: int
    debit_fen: int


async def close(session: AsyncSession, *, at: datetime) -> Closed:
    """Book what was earned through yesterday, bring what is stored of loans to today, and close yesterday.

    What a night missed the next one makes good, and doing it twice changes nothing. The chunks may also be run one by
    one, each in a transaction of its own, before this.
    """
    looked_at, accrued = 0, 0
    while count := await look_again(session, at=at):
        looked_at += count
    while count := await accrue(session, at=at):
        accrued += count
    day = _yesterday(at)
    closed = await ledger.close_day(session, day, at)
    return Closed(day, looked_at, accrued, closed.debit_fen)


async def look_again(session: AsyncSession, *, at: datetime, limit: int = LOOKS) -> int:
    """Replay a chunk of the loans that move by more than interest: a row fell due, or is overdue. 0: all are done."""
    today = business_day(at)
    booking_date = await _booking_date(session, at)
    loans = await nightly.to_look_at(session, today=today, limit=limit)
    for loan in loans:
        history = await history_of(session, loan)
        standing = history.standing(today)
        await projection.project(session, loan, history.terms, standing.position, at=at)
        await book.true_up(session, loan, standing, value_date=_yesterday(at), at=at, booking_date=booking_date)
    return len(loans)


async def accrue(session: AsyncSession, *, at: datetime, limit: int = ACCRUALS) -> int:
    """Book what a chunk of all other loans earned, as sums per product and funding party. 0: all are done."""
    today = business_day(at)
    booking_date = await _booking_date(session, at)
    sums = await nightly.accrue(session, today=today, limit=limit)
    for each in sums:
        change = Components(interest_earned_fen=each.interest_fen)
        for posting in postings(change, funder=each.funder):
            await ledger.post(
                session,
                source=f"accrual:{today}:{each.first_loan}:{each.product_version_id}:{each.funder}",
                kind=posting.kind,
                booking_date=booking_date,
                value_date=_yesterday(at),
                at=at,
                lines=posting.lines,
                details={
                    "loans": each.loans,
                    "product_version_id": str(each.product_version_id),
                    "funder": each.funder,
                },
            )
    return sum(each.loans for each in sums)


def _yesterday(at: datetime) -> date:
    return business_day(at) - timedelta(days=1)


async def _booking_date(session: AsyncSession, at: datetime) -> date:
    """Yesterday while it is open: what is booked in the night was earned by then."""
    return await ledger.booking_day(session, start_of(business_day(at)) - timedelta.resolution)
