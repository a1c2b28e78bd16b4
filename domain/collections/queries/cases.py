"""Selects on cases: one to work on, those that are missing, the collectors' list."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, literal, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from domain.collections.models import CollectionCase, CollectionTask
from domain.collections.rules.case import CaseStatus
from domain.collections.rules.task import TaskKind, TaskStatus
from domain.lending.models import Loan
from domain.lending.queries.arriving import unapplied
from domain.shared.paging import Order

LONGEST_OVERDUE = Order((CollectionCase.overdue_since, CollectionCase.id), newest_first=False)
LATEST_OVERDUE = Order((CollectionCase.overdue_since, CollectionCase.id))

# Written into the statement, not bound: only then is it the condition of the partial index.
OPEN = CollectionCase.status == literal(CaseStatus.OPEN, CollectionCase.status.type, literal_execute=True)

Key = tuple[date, UUID]
"""Where an overdue loan stands: (overdue_since, loan id)."""


async def case(session: AsyncSession, case_id: UUID) -> CollectionCase | None:
    return await session.get(CollectionCase, case_id)


async def lock_case(session: AsyncSession, case_id: UUID) -> CollectionCase | None:
    return await session.get(CollectionCase, case_id, with_for_update=True, populate_existing=True)


async def any_work(session: AsyncSession) -> bool:
    """Whether there is anybody to collect from: a loan past due, or a case that is still open."""
    late = select(Loan.id).where(Loan.overdue_since.is_not(None)).exists()
    return bool(await session.scalar(select(or_(late, select(CollectionCase.id).where(OPEN).exists()))))


async def lock_open_case(session: AsyncSession, loan_id: UUID) -> CollectionCase | None:
    """The open case of a loan, locked, as it stands now."""
    return await session.scalar(
        select(CollectionCase)
        .where(CollectionCase.loan_id == loan_id, OPEN)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def case_of(session: AsyncSession, loan_id: UUID) -> CollectionCase | None:
    """The loan's latest case: the open one if there is one, for it is the youngest."""
    return await session.scalar(
        select(CollectionCase).where(CollectionCase.loan_id == loan_id).order_by(CollectionCase.id.desc()).limit(1)
    )


async def lock_late_without_case(session: AsyncSession, *, after: Key | None, limit: int) -> Sequence[Key]:
    """Loans past due without an open case, the longest overdue first, beyond `after`, and no money on its way.

    They are locked for sharing: a loan that is being paid right now is waited for, and left out if it was cured.
    """
    opened = select(CollectionCase.id).where(CollectionCase.loan_id == Loan.id, OPEN)
    late = select(Loan.overdue_since, Loan.id).where(
        Loan.overdue_since.is_not(None), ~opened.exists(), ~unapplied(Loan.id)
    )
    if after is not None:
        late = late.where(tuple_(Loan.overdue_since, Loan.id) > after)
    rows = await session.execute(
        late.order_by(Loan.overdue_since, Loan.id).limit(limit).with_for_update(read=True, of=Loan)
    )
    return [(since, loan_id) for since, loan_id in rows if since is not None]


def listed(
    *,
    status: CaseStatus = CaseStatus.OPEN,
    seen_by: UUID | None = None,
    assigned_to: UUID | None = None,
    unassigned: bool = False,
    open_task: TaskKind | None = None,
) -> Select[CollectionCase]:
    """The collectors' list, for `paging.rows_in` by LONGEST_OVERDUE or LATEST_OVERDUE and for `paging.total`.

    Always of one status: the indexes begin with it. `seen_by`: what this collector may see, his own and nobody's.
    """
    rows = select(CollectionCase).where(CollectionCase.status == status)
    if seen_by is not None:
        rows = rows.where(or_(CollectionCase.assigned_to == seen_by, CollectionCase.assigned_to.is_(None)))
    if assigned_to is not None:
        rows = rows.where(CollectionCase.assigned_to == assigned_to)
    if unassigned:
        rows = rows.where(CollectionCase.assigned_to.is_(None))
    if open_task is not None:
        rows = rows.where(open_task_of(CollectionCase.id, open_task))
    return rows


def open_task_of(case_id: InstrumentedAttribute[UUID], kind: TaskKind) -> ColumnElement[bool]:
    """Whether a case has a task of this kind that is still to be done."""
    return (
        select(CollectionTask.id)
        .where(CollectionTask.case_id == case_id, CollectionTask.kind == kind, CollectionTask.status == TaskStatus.OPEN)
        .exists()
    )


async def has_open_task(session: AsyncSession, case_id: UUID, kind: TaskKind) -> bool:
    found = select(CollectionCase.id).where(CollectionCase.id == case_id, open_task_of(CollectionCase.id, kind))
    return await session.scalar(found) is not None
