"""Selects on quotes."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.errors import QuoteNotFound
from domain.lending.models import Loan, Quote


async def lock_quote(session: AsyncSession, quote_id: UUID, borrower_id: UUID) -> Quote:
    """A borrower's own quote; another's does not exist for him. Raises QuoteNotFound."""
    row = await session.get(Quote, quote_id, with_for_update=True, populate_existing=True)
    if row is None or row.borrower_id != borrower_id:
        raise QuoteNotFound(fields=("quoteId",))
    return row


async def quote_of(session: AsyncSession, quote_id: UUID, borrower_id: UUID) -> Quote | None:
    row = await session.get(Quote, quote_id)
    return row if row and row.borrower_id == borrower_id else None


async def loan_by_quote(session: AsyncSession, quote_id: UUID) -> Loan | None:
    """The loan a quote was used for."""
    return await session.scalar(select(Loan).where(Loan.quote_id == quote_id))
