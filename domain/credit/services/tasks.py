"""The review queue: a task is opened for an application or a loan, taken by one reviewer, decided once by him."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.credit.errors import ReviewTaskClosed, ReviewTaskNotClaimed, ReviewTaskTaken
from domain.credit.models import ReviewDecision, ReviewSubject, ReviewTask, ReviewTaskStatus, ReviewVerdict
from domain.credit.queries.reviews import lock_task, lock_task_of
from domain.shared import audit
from domain.shared.actors import Actor
from domain.shared.reasons import reason_of

_CLOSED = (ReviewTaskStatus.DONE, ReviewTaskStatus.CANCELLED)


async def open_task(
    session: AsyncSession, *, kind: ReviewSubject, subject_id: UUID, borrower_id: UUID, at: datetime
) -> ReviewTask:
    """Put something into the queue. It is there once."""
    row = ReviewTask(
        subject_kind=kind,
        subject_id=subject_id,
        borrower_id=borrower_id,
        status=ReviewTaskStatus.OPEN,
        opened_at=at,
    )
    session.add(row)
    await session.flush()
    return row


async def claim(session: AsyncSession, *, actor: Actor, task_id: UUID, at: datetime) -> ReviewTask:
    """Take a task; taking one's own again changes nothing. Raises ReviewTaskNotFound, -Taken, -Closed."""
    row = _undecided(await lock_task(session, task_id), "taskId")
    if row.status is ReviewTaskStatus.CLAIMED:
        if row.claimed_by != actor.id:
            raise ReviewTaskTaken(fields=("taskId",))
        return row
    row.move_to(ReviewTaskStatus.CLAIMED)
    row.claimed_by, row.claimed_at = actor.id, at
    await session.flush()
    return row


async def release(session: AsyncSession, *, actor: Actor, task_id: UUID) -> ReviewTask:
    """Put a task back that one has taken. Raises ReviewTaskNotFound, -NotClaimed, -Closed."""
    row = _taken_by(actor, await lock_task(session, task_id), "taskId")
    row.move_to(ReviewTaskStatus.OPEN)
    row.claimed_by = row.claimed_at = None
    await session.flush()
    return row


async def decide(
    session: AsyncSession,
    *,
    actor: Actor,
    task: ReviewTask,
    verdict: ReviewVerdict,
    reason: str,
    field_reasons: Mapping[str, str] | None = None,
    at: datetime,
) -> ReviewDecision:
    """Write what the reviewer who took this locked task decided. What follows from it is the subject's own business.

    Raises ReviewTaskNotClaimed, ReviewTaskClosed, ReasonMissing.
    """
    row = _taken_by(actor, task)
    why = reason_of(reason)
    row.move_to(ReviewTaskStatus.DONE)
    row.done_at = at
    decision = ReviewDecision(
        task_id=row.id,
        borrower_id=row.borrower_id,
        reviewer_id=actor.id,
        verdict=verdict,
        reason=why,
        field_reasons=dict(field_reasons or {}),
        decided_at=at,
    )
    session.add(decision)
    audit.record(
        session,
        actor=actor,
        action=f"review.{verdict.lower()}",
        subject=(row.subject_kind, row.subject_id),
        at=at,
        task_id=str(row.id),
    )
    await session.flush()
    return decision


async def cancel(session: AsyncSession, *, kind: ReviewSubject, subject_id: UUID, at: datetime) -> None:
    """Take something out of the queue that need not be decided any more."""
    row = await lock_task_of(session, kind, subject_id)
    if row.status not in _CLOSED:
        row.move_to(ReviewTaskStatus.CANCELLED)
        row.done_at = at
        await session.flush()


def _undecided(task: ReviewTask, *fields: str) -> ReviewTask:
    if task.status in _CLOSED:
        raise ReviewTaskClosed(status=task.status, fields=fields)
    return task


def _taken_by(actor: Actor, task: ReviewTask, *fields: str) -> ReviewTask:
    if _undecided(task, *fields).status is not ReviewTaskStatus.CLAIMED:
        raise ReviewTaskNotClaimed(fields=fields)
    if task.claimed_by != actor.id:
        raise ReviewTaskTaken(fields=fields)
    return task
