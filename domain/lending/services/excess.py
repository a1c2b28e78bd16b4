"""Excess: what a borrower paid beyond what he owed is his, and goes back to him."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.errors import ExcessTooSmall, LoanNotRunning, PaymentInFuture
from domain.lending.models import Loan
from domain.lending.queries import loans as queries
from domain.lending.queries.journal import event_of_source
from domain.lending.rules.events import ExcessRefunded
from domain.lending.services import journal
from domain.shared.ids import new_id
from domain.shared.money import yuan


async def refunded(
    session: AsyncSession,
    *,
    loan_id: UUID,
    refund_id: UUID,
    amount_fen: int,
    paid_from: str,
    value_date: date,
    at: datetime,
) -> Loan:
    """Take down that excess was sent back from the account `paid_from` (a clearing account, or the bank). Once.

    Raises LoanNotFound, LoanNotRunning (its money never went out), ExcessTooSmall, PaymentInFuture.
    """
    loan = await queries.lock_loan(session, loan_id)
    if loan.value_date is None:
        raise LoanNotRunning(number=loan.number, status=loan.status)
    source = f"refund:{refund_id}"
    if await event_of_source(session, source):
        return loan
    if not 0 < amount_fen <= loan.excess_fen:
        raise ExcessTooSmall(
            number=loan.number, held=yuan(loan.excess_fen), amount=yuan(amount_fen), fields=("amount",)
        )
    today = await journal.today_of(session, loan, at)
    if value_date > today:
        raise PaymentInFuture(date=value_date, today=today)
    event = ExcessRefunded(key=new_id(), date=value_date, sequence=loan.last_sequence + 1, amount_fen=amount_fen)
    await journal.record(session, loan, event, source=source, at=at, refunded_from=paid_from)
    return loan
