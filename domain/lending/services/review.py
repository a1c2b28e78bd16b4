"""A reviewer's decision on a loan: to be signed, or no."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.credit.errors import VerdictNotPossible
from domain.credit.models import ReviewSubject, ReviewVerdict
from domain.credit.queries.reviews import lock_task_of
from domain.credit.services import tasks
from domain.lending.events import LoanApproved
from domain.lending.models import Loan, LoanStatus
from domain.lending.queries.loans import lock_loan, version_of
from domain.lending.services.application import give_up
from domain.lending.services.parties import tell
from domain.shared import outbox
from domain.shared.actors import Actor
from domain.shared.schedule import plan_action

SIGNATURE_DEADLINE = "lending.signature_deadline"
"""Kind of the scheduled action that ends the wait for a signature."""


async def decide(
    session: AsyncSession, *, actor: Actor, loan_id: UUID, verdict: ReviewVerdict, reason: str, at: datetime
) -> Loan:
    """Decide a loan one has claimed: APPROVED asks for the borrower's signature, REJECTED frees what was reserved.

    Raises LoanNotFound, VerdictNotPossible, ReviewTaskTaken, -NotClaimed, -Closed, ReasonMissing.
    """
    loan = await lock_loan(session, loan_id)
    task = await lock_task_of(session, ReviewSubject.LOAN, loan_id)
    if verdict is ReviewVerdict.RETURNED:
        raise VerdictNotPossible(verdict=verdict, fields=("verdict",))
    decision = await tasks.decide(session, actor=actor, task=task, verdict=verdict, reason=reason, at=at)
    loan.reviewed_at = at
    if verdict is ReviewVerdict.APPROVED:
        await _approve(session, loan, at)
    else:
        await give_up(session, loan, LoanStatus.REJECTED, reason=decision.reason, at=at)
        await tell(session, loan, "LOAN_REJECTED", at=at)
    await session.flush()
    return loan


async def _approve(session: AsyncSession, loan: Loan, at: datetime) -> None:
    version = await version_of(session, loan)
    loan.move_to(LoanStatus.AWAITING_SIGNATURE, at)
    sign_by = at + timedelta(days=version.sign_within_days)
    loan.sign_by = sign_by
    await plan_action(
        session,
        kind=SIGNATURE_DEADLINE,
        key=str(loan.id),
        due_at=sign_by,
        payload={"loan_id": str(loan.id)},
    )
    outbox.publish(session, LoanApproved(loan.id))
    await tell(session, loan, "SIGN_CONTRACT", at=at)
