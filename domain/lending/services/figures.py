"""What is owed on a loan, for whoever asks: read only, as of a day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ledger.queries import posted_at
from domain.ledger.rules.chart import funder_payable
from domain.lending.errors import DayNotAskable, MethodUnusable, NotKnownYet
from domain.lending.models import Loan
from domain.lending.queries.applications import loans_by_id
from domain.lending.queries.journal import events_of
from domain.lending.queries.loans import book_of, version_of
from domain.lending.queries.remittances import remitted_fen
from domain.lending.rules.machine import TAKES_MONEY
from domain.lending.rules.position import Position
from domain.lending.rules.posting import balances
from domain.lending.services.book import posted
from domain.lending.services.history import History, events_from, history_of
from domain.lending.services.payoff import PayoffQuote, quote_of
from domain.lending.services.terms import terms_of
from domain.shared.days import business_day, start_of

log = structlog.get_logger()

FARTHEST = timedelta(days=3653)
"""How far ahead a loan can be looked at: well past the end of the longest one."""


async def position_of(
    session: AsyncSession, loan: Loan, *, on: date | None, at: datetime, known_at: datetime | None = None
) -> Position | None:
    """Where a loan stands on a day, today if none is said; None while the money has not come.

    As all that is known today has it; or, with `known_at`, as what was recorded by that instant had it, None if that was
    not yet that the money had come. Raises DayNotAskable, NotKnownYet.
    """
    asked = await history_on(session, loan, on=on, at=at, known_at=known_at)
    return asked.history.position(asked.day) if asked else None


@dataclass(frozen=True, slots=True)
class Asked:
    """What is known of a loan, and the day it is asked about."""

    history: History
    day: date


async def history_on(
    session: AsyncSession, loan: Loan, *, on: date | None, at: datetime, known_at: datetime | None = None
) -> Asked | None:
    """What `position_of` answers from. Raises the same."""
    if loan.value_date is None:
        return None
    if known_at is not None and known_at > at:
        raise NotKnownYet(known_at=known_at.isoformat(), now=at.astimezone(known_at.tzinfo).isoformat())
    today = business_day(at)
    day = on or today
    _must_be_askable(day, loan.value_date, today)
    if known_at is not None and not await _was_known(session, loan, known_at):
        return None
    return Asked(await history_of(session, loan, known_at), day)


async def _was_known(session: AsyncSession, loan: Loan, known_at: datetime) -> bool:
    """Whether it was known by then that the loan's money had come: it is booked in that very transaction."""
    booked_at = await posted_at(session, f"disbursement:{loan.id}:loan_disbursed")
    return booked_at is not None and booked_at <= known_at


async def effects_of(session: AsyncSession, loan_ids: Sequence[UUID]) -> Mapping[UUID, Position]:
    """For each loan that was paid out, a position in which all of its events have happened: it says what each did.

    One whose repayment method is missing or broken is left out, so that the others of a list are told all the same.
    """
    found: dict[UUID, Position] = {}
    rows = await events_of(session, loan_ids)
    for loan in (await loans_by_id(session, loan_ids)).values():
        if loan.value_date is not None:
            history = History(terms_of(loan, await version_of(session, loan)), events_from(rows[loan.id]))
            last = max([loan.value_date, *(event.date for event in history.events)])
            try:
                found[loan.id] = history.position(last)
            except MethodUnusable as trouble:
                log.error("effects.left", loan=loan.number, reason=str(trouble))
    return found


async def payoff_of(session: AsyncSession, loan: Loan, *, on: date | None, at: datetime) -> PayoffQuote | None:
    """What would close a running loan on a day, today or later; None for one that does not run. Raises DayNotAskable."""
    if loan.status not in TAKES_MONEY:
        return None
    today = business_day(at)
    _must_be_askable(on or today, today, today)
    return await quote_of(session, loan, start_of(on) if on else at)


async def shares_of(session: AsyncSession, loan_id: UUID) -> Mapping[str, int]:
    """What a loan that was paid out contributes to each account: debits less credits, as booked so far.

    Money that came in or went out through suspense and the bank is no loan's; what was remitted for it is.
    """
    book = await book_of(session, loan_id)
    shares = balances(posted(book), funder=book.funder)
    owed = funder_payable(book.funder)
    return shares | {owed: shares.get(owed, 0) + await remitted_fen(session, loan_id)}


def _must_be_askable(day: date, first: date, today: date) -> None:
    last = today + FARTHEST
    if not first <= day <= last:
        raise DayNotAskable(day=day, first=first, last=last)
