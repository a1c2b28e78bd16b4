"""What it takes to pay a loan off today, and until when that holds."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.errors import LoanNotFound, LoanNotRunning
from domain.lending.models import Loan
from domain.lending.rules import payoff
from domain.lending.rules.machine import TAKES_MONEY
from domain.lending.services.history import history_of
from domain.lending.services.journal import today_of
from domain.shared.days import end_of


@dataclass(frozen=True, slots=True)
class PayoffQuote:
    """Paid by `valid_until` with intent PAYOFF, `amount_fen` closes the loan at 0, whenever we hear of it."""

    parts: payoff.PayoffQuote
    valid_until: datetime

    @property
    def amount_fen(self) -> int:
        return self.parts.total_fen


async def quote(session: AsyncSession, loan_id: UUID, at: datetime) -> PayoffQuote:
    """The payoff of a running loan today. Raises LoanNotFound, LoanNotRunning."""
    loan = await session.get(Loan, loan_id)
    if loan is None:
        raise LoanNotFound
    return await quote_of(session, loan, at)


async def quote_of(session: AsyncSession, loan: Loan, at: datetime) -> PayoffQuote:
    if loan.status not in TAKES_MONEY:
        raise LoanNotRunning(number=loan.number, status=loan.status)
    history = await history_of(session, loan)
    today = await today_of(session, loan, at)
    return PayoffQuote(payoff.payoff_quote(history.terms, history.events, today), end_of(today))
