"""Quotes: what a loan would cost, said to anyone; kept, read and confirmed by the borrower who will apply by it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.errors import (
    DisclosureNotOpened,
    DisclosureNotReadYet,
    QuoteExpired,
    QuoteNotConfirmed,
    QuoteUsed,
)
from domain.lending.models import LoanProduct, ProductVersion, Quote
from domain.lending.queries.quotes import loan_by_quote, lock_quote
from domain.lending.rules.disclosure import disclosure_sheet, sheet_hash
from domain.lending.rules.limits import check_request
from domain.lending.rules.quoting import CeilingTest, Figures, hold_below, work_out
from domain.lending.services.products import ceiling_on, limits_of, offered
from domain.lending.services.terms import terms_on
from domain.shared.days import SHANGHAI, business_day


@dataclass(frozen=True, slots=True)
class Offer:
    """A quote before it is kept: everything that is said, and nothing stored."""

    product: LoanProduct
    version: ProductVersion
    figures: Figures
    tested: CeilingTest
    disclosure: dict[str, Any]
    disclosure_hash: bytes
    valid_until: datetime


async def quote(
    session: AsyncSession, *, product_code: str, principal_fen: int, terms: int, value_date: date | None, at: datetime
) -> Offer:
    """What a loan would cost; without a value date, if the money came today. Nothing is written.

    Raises ProductNotFound, AmountBelowMinimum, AmountAboveMaximum, AmountNotAStep, TermsNotOffered,
    ValueDateNotPossible, CostAboveCeiling, PenaltyAboveCeiling.
    """
    today = business_day(at)
    begins = value_date or today
    product, version = await offered(session, code=product_code, on=today)
    check_request(limits_of(version), principal_fen=principal_fen, terms=terms, value_date=begins, today=today)
    figures = work_out(terms_on(version, principal_fen=principal_fen, terms=terms, value_date=begins))
    tested = hold_below(await ceiling_on(session, today), figures)
    name = {"code": product.code, "zh": product.name_zh, "en": product.name_en}
    sheet = disclosure_sheet(
        figures, tested, product=name, funder=version.funder, min_payment_fen=version.min_payment_fen
    )
    valid_until = at + timedelta(minutes=version.quote_valid_minutes)
    return Offer(product, version, figures, tested, sheet, sheet_hash(sheet), valid_until)


async def request(
    session: AsyncSession,
    *,
    borrower_id: UUID,
    product_code: str,
    principal_fen: int,
    terms: int,
    value_date: date | None = None,
    at: datetime,
) -> Quote:
    """A quote that is kept and can be applied by, once it is read and confirmed. Raises as `quote` does."""
    offer = await quote(
        session, product_code=product_code, principal_fen=principal_fen, terms=terms, value_date=value_date, at=at
    )
    figures = offer.figures
    row = Quote(
        borrower_id=borrower_id,
        product_version_id=offer.version.id,
        principal_fen=principal_fen,
        terms=terms,
        value_date=figures.terms.value_date,
        plan=[line.kept() for line in figures.rows],
        total_interest_fen=figures.total_interest_fen,
        total_fen=figures.total_fen,
        cost_nominal=figures.cost.nominal,
        cost_effective=figures.cost.effective,
        cost_simple=figures.cost.simple,
        ceiling=offer.tested.ceiling.kept(),
        worst_case=offer.tested.worst.kept(),
        disclosure=offer.disclosure,
        disclosure_hash=offer.disclosure_hash,
        min_read_seconds=offer.version.min_read_seconds,
        created_at=at,
        valid_until=offer.valid_until,
    )
    session.add(row)
    await session.flush()
    return row


async def open_disclosure(session: AsyncSession, *, borrower_id: UUID, quote_id: UUID, at: datetime) -> Quote:
    """The borrower sees the sheet: the reading time runs from the first time. Raises QuoteNotFound, QuoteExpired."""
    row = _valid(await lock_quote(session, quote_id, borrower_id), at)
    row.opened_at = row.opened_at or at
    await session.flush()
    return row


async def confirm_disclosure(session: AsyncSession, *, borrower_id: UUID, quote_id: UUID, at: datetime) -> Quote:
    """The borrower confirms that he has read the sheet; confirming again changes nothing.

    Raises QuoteNotFound, QuoteExpired, DisclosureNotOpened, DisclosureNotReadYet.
    """
    row = _valid(await lock_quote(session, quote_id, borrower_id), at)
    if row.opened_at is None:
        raise DisclosureNotOpened
    left = timedelta(seconds=row.min_read_seconds) - (at - row.opened_at)
    if left > timedelta():
        raise DisclosureNotReadYet(seconds=row.min_read_seconds, left=-(-left // timedelta(seconds=1)))
    row.confirmed_at = row.confirmed_at or at
    await session.flush()
    return row


async def usable(session: AsyncSession, *, borrower_id: UUID, quote_id: UUID, at: datetime) -> Quote:
    """A quote by which its borrower may apply now, locked. Raises QuoteNotFound, -Used, -Expired, -NotConfirmed."""
    row = await lock_quote(session, quote_id, borrower_id)
    if loan := await loan_by_quote(session, row.id):
        raise QuoteUsed(number=loan.number, fields=("quoteId",))
    _valid(row, at)
    if row.confirmed_at is None:
        raise QuoteNotConfirmed(fields=("quoteId",))
    return row


def _valid(row: Quote, at: datetime) -> Quote:
    if at > row.valid_until:
        moment = row.valid_until.astimezone(SHANGHAI)
        raise QuoteExpired(valid_until=f"{moment:%Y-%m-%d %H:%M}", fields=("quoteId",))
    return row
