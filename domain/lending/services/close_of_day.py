"""The end of a business day: what every loan earned by then is booked, and the day is closed."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ledger import services as ledger
from domain.lending.errors import MethodUnusable
from domain.lending.queries import nightly
from domain.lending.rules.posting import Components, postings
from domain.lending.services import book, methods, projection
from domain.lending.services.history import history_of
from domain.shared.days import business_day, start_of

log = structlog.get_logger()

LOOKS = 200
ACCRUALS = 5000
"""Loans in one chunk. The second kind costs no more than a row each."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The day that was closed, how many loans were replayed for it, and how many only earned interest.

    `left` loans were not replayed, because nothing here knows how: they are in the log, and wait.
    """

    day: date
    looked_at: int
    accrued: int
    debit_fen: int
    left: int = 0


@dataclass(frozen=True, slots=True)
class Looked:
    """How many loans a chunk replayed, and how many it left. `after` is where the next begins; None: all are done."""

    replayed: int
    left: int
    after: UUID | None


async def close(session: AsyncSession, *, at: datetime) -> Closed:
    """Book what was earned through yesterday, bring what is stored of loans to today, and close yesterday.

    What a night missed the next one makes good, and doing it twice changes nothing. The chunks may also be run one by
    one, each in a transaction of its own, before this.
    """
    looked = await look_at_all(session, at=at)
    accrued = 0
    while count := await accrue(session, at=at):
        accrued += count
    day = _yesterday(at)
    closed = await ledger.close_day(session, day, at)
    waiting = sum(each.loans for each in await methods.tell_who_waits(session))
    return Closed(day, looked.replayed, accrued, closed.debit_fen, looked.left + waiting)


async def look_at_all(session: AsyncSession, *, at: datetime) -> Looked:
    """`look_again`, chunk after chunk, until all are done."""
    looked = await look_again(session, at=at)
    replayed, left = looked.replayed, looked.left
    while looked.after is not None:
        looked = await look_again(session, at=at, after=looked.after)
        replayed, left = replayed + looked.replayed, left + looked.left
    return Looked(replayed, left, None)


async def look_again(session: AsyncSession, *, at: datetime, limit: int = LOOKS, after: UUID | None = None) -> Looked:
    """Replay a chunk of the loans that move by more than interest: a row fell due, or is overdue.

    A loan whose repayment method is missing or broken is left as it is: a later night, with the package, makes it good.
    """
    today = business_day(at)
    booking_date = await _booking_date(session, at)
    but_not = await methods.unusable_versions(session)
    loans = await nightly.to_look_at(session, today=today, limit=limit, after=after, but_not=but_not)
    left = 0
    for loan in loans:
        history = await history_of(session, loan)
        try:
            standing = history.standing(today)
        except MethodUnusable as trouble:
            left += 1
            log.error("close_of_day.left", loan=loan.number, reason=str(trouble))
            continue
        await projection.project(session, loan, history.terms, standing.position, at=at)
        await book.true_up(session, loan, standing, value_date=_yesterday(at), at=at, booking_date=booking_date)
    return Looked(len(loans) - left, left, loans[-1].id if len(loans) == limit else None)


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
