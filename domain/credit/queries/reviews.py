"""Selects on the review queue and on what reviewers decided."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.credit.errors import ReviewTaskNotFound
from domain.credit.models import ReviewDecision, ReviewSubject, ReviewTask, ReviewTaskStatus
from domain.shared.paging import Order, Window, rows_in

BY_WAITING = Order((ReviewTask.opened_at, ReviewTask.id), newest_first=False)


async def lock_task(session: AsyncSession, task_id: UUID) -> ReviewTask:
    """Raises ReviewTaskNotFound."""
    row = await session.get(ReviewTask, task_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise ReviewTaskNotFound
    return row


async def lock_task_of(session: AsyncSession, kind: ReviewSubject, subject_id: UUID) -> ReviewTask:
    """The task of an application or a loan. Raises ReviewTaskNotFound."""
    row = await session.scalar(
        select(ReviewTask)
        .where(ReviewTask.subject_kind == kind, ReviewTask.subject_id == subject_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise ReviewTaskNotFound
    return row


async def task(session: AsyncSession, task_id: UUID) -> ReviewTask | None:
    return await session.get(ReviewTask, task_id)


async def decision_of(session: AsyncSession, task_id: UUID) -> ReviewDecision | None:
    return await session.scalar(select(ReviewDecision).where(ReviewDecision.task_id == task_id))


async def decisions_on(
    session: AsyncSession, kind: ReviewSubject, subject_ids: Sequence[UUID]
) -> dict[UUID, ReviewDecision]:
    """What was decided on each of these applications or loans; those not decided are left out."""
    rows = await session.execute(
        select(ReviewTask.subject_id, ReviewDecision)
        .join(ReviewDecision, ReviewDecision.task_id == ReviewTask.id)
        .where(ReviewTask.subject_kind == kind, ReviewTask.subject_id.in_(subject_ids))
    )
    return dict(rows.all())


def queued(
    *,
    statuses: Sequence[ReviewTaskStatus] = (ReviewTaskStatus.OPEN, ReviewTaskStatus.CLAIMED),
    kind: ReviewSubject | None = None,
    claimed_by: UUID | None = None,
) -> Select[ReviewTask]:
    """The queue, for `paging.rows_in` by BY_WAITING and for `paging.total`."""
    rows = select(ReviewTask).where(ReviewTask.status.in_(statuses))
    if kind is not None:
        rows = rows.where(ReviewTask.subject_kind == kind)
    if claimed_by is not None:
        rows = rows.where(ReviewTask.claimed_by == claimed_by)
    return rows


async def review_queue(
    session: AsyncSession,
    window: Window,
    *,
    statuses: Sequence[ReviewTaskStatus] = (ReviewTaskStatus.OPEN, ReviewTaskStatus.CLAIMED),
    kind: ReviewSubject | None = None,
    claimed_by: UUID | None = None,
) -> Sequence[ReviewTask]:
    """A page of the queue: who has waited longest comes first."""
    return await rows_in(session, queued(statuses=statuses, kind=kind, claimed_by=claimed_by), BY_WAITING, window)
