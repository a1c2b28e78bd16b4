"""Waivers: the lender lets go of penalty and interest that are due."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.errors import LoanNotRunning, NothingToWaive, WaiverNotPositive
from domain.lending.queries import loans as queries
from domain.lending.rules.events import Waived
from domain.lending.rules.machine import TAKES_MONEY
from domain.lending.rules.position import Waiver
from domain.lending.services import journal
from domain.shared import audit
from domain.shared.actors import Actor
from domain.shared.ids import new_id
from domain.shared.money import yuan
from domain.shared.reasons import reason_of


async def waive(
    session: AsyncSession,
    *,
    loan_id: UUID,
    penalty_fen: int,
    interest_fen: int,
    reason: str,
    at: datetime,
    actor: Actor,
    value_date: date | None = None,
) -> Waiver:
    """Let go of what was due on a day (today, if none is said), up to these sums, oldest row first.

    Returns what was really let go of. One of an earlier day counts from then: what had been paid of it since goes
    elsewhere. A waiver is not taken back. Raises LoanNotFound, LoanNotRunning, WaiverNotPositive, NothingToWaive,
    ValueDateInFuture, ValueDateBeforeLoan, ReasonMissing.
    """
    why = reason_of(reason)
    if min(penalty_fen, interest_fen) < 0 or not penalty_fen + interest_fen:
        raise WaiverNotPositive
    loan = await queries.lock_loan(session, loan_id)
    if loan.status not in TAKES_MONEY:
        raise LoanNotRunning(number=loan.number, status=loan.status)
    day = await journal.day_for(session, loan, value_date, at)
    due = (await journal.history_of(session, loan)).position(day)
    if not min(penalty_fen, due.penalty_fen) + min(interest_fen, due.interest_fen):
        raise NothingToWaive(date=day, penalty=yuan(due.penalty_fen), interest=yuan(due.interest_fen))
    event = Waived(
        key=new_id(),
        date=day,
        sequence=loan.last_sequence + 1,
        penalty_fen=penalty_fen,
        interest_fen=interest_fen,
    )
    position = await journal.record(session, loan, event, source=f"waiver:{event.key}", at=at, note=why)
    waived = position.waivers[event.key]
    audit.record(
        session,
        actor=actor,
        action="loan.waive",
        subject=("loan", loan.id),
        at=at,
        reason=why,
        penalty_fen=waived.penalty_fen,
        interest_fen=waived.interest_fen,
        value_date=day.isoformat(),
    )
    return waived
