"""Writing a loan off: it earns nothing more, and what still comes is recovery."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.errors import LoanNotRunning
from domain.lending.models import Loan, LoanStatus
from domain.lending.queries import loans as queries
from domain.lending.rules.events import WrittenOff
from domain.lending.services import journal
from domain.shared import audit
from domain.shared.actors import Actor
from domain.shared.ids import new_id
from domain.shared.reasons import reason_of


async def write_off(session: AsyncSession, *, loan_id: UUID, reason: str, at: datetime, actor: Actor) -> Loan:
    """Give a running loan up as of today. A repeat changes nothing. Raises LoanNotFound, LoanNotRunning, ReasonMissing."""
    why = reason_of(reason)
    loan = await queries.lock_loan(session, loan_id)
    if loan.status is LoanStatus.WRITTEN_OFF:
        return loan
    if loan.status is not LoanStatus.ACTIVE:
        raise LoanNotRunning(number=loan.number, status=loan.status)
    event = WrittenOff(key=new_id(), date=await journal.today_of(session, loan, at), sequence=loan.last_sequence + 1)
    await journal.record(session, loan, event, source=f"write_off:{loan.id}", at=at, note=why)
    audit.record(session, actor=actor, action="loan.write_off", subject=("loan", loan.id), at=at, reason=why)
    return loan
