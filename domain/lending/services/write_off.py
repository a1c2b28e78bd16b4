"""Writing a loan off: it earns nothing more, and what still comes is recovery."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.errors import LoanNotRunning, LoanWrittenOff
from domain.lending.models import Loan, LoanStatus
from domain.lending.queries import loans as queries
from domain.lending.queries.journal import event_of_source
from domain.lending.rules.events import WrittenOff
from domain.lending.services import journal
from domain.shared import audit
from domain.shared.actors import Actor
from domain.shared.ids import new_id
from domain.shared.reasons import reason_of


async def write_off(
    session: AsyncSession,
    *,
    loan_id: UUID,
    reason: str,
    at: datetime,
    actor: Actor,
    value_date: date | None = None,
) -> Loan:
    """Give a running loan up as of a day; today, if none is said. What was paid after that day is recovery.

    Once, and for good: a repeat changes nothing, and a write-off is neither taken back nor moved to another day. What
    comes in still counts as recovery, and if a payment of an earlier day comes to light that had left nothing to give
    up, the loan is settled (`Position.status`). Raises LoanNotFound, LoanNotRunning, LoanWrittenOff,
    ValueDateInFuture, ValueDateBeforeLoan, ReasonMissing.
    """
    why = reason_of(reason)
    loan = await queries.lock_loan(session, loan_id)
    if loan.status is LoanStatus.WRITTEN_OFF:
        await _must_be_the_day(session, loan, value_date)
        return loan
    if loan.status is not LoanStatus.ACTIVE:
        raise LoanNotRunning(number=loan.number, status=loan.status)
    day = await journal.day_for(session, loan, value_date, at)
    event = WrittenOff(key=new_id(), date=day, sequence=loan.last_sequence + 1)
    await journal.record(session, loan, event, source=_source(loan), at=at, note=why)
    audit.record(
        session,
        actor=actor,
        action="loan.write_off",
        subject=("loan", loan.id),
        at=at,
        reason=why,
        value_date=day.isoformat(),
    )
    return loan


async def _must_be_the_day(session: AsyncSession, loan: Loan, value_date: date | None) -> None:
    earlier = await event_of_source(session, _source(loan))
    if earlier is not None and value_date not in (None, earlier.value_date):
        raise LoanWrittenOff(date=earlier.value_date)


def _source(loan: Loan) -> str:
    return f"write_off:{loan.id}"
