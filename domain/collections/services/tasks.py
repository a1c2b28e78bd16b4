"""Ending what was to be done: done, or no longer needed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from domain.collections.models import CollectionCase, CollectionTask
from domain.collections.rules.case import CaseStatus
from domain.collections.rules.task import TaskKind, TaskStatus


async def finish(session: AsyncSession, case_id: UUID, kind: TaskKind, at: datetime) -> None:
    """The open task of this kind is done, if there is one."""
    await _end(session, TaskStatus.DONE, at, CollectionTask.case_id == case_id, CollectionTask.kind == kind)


async def cancel(session: AsyncSession, case_id: UUID, kind: TaskKind, at: datetime) -> None:
    """The open task of this kind is no longer needed, if there is one."""
    await _end(session, TaskStatus.CANCELLED, at, CollectionTask.case_id == case_id, CollectionTask.kind == kind)


async def cancel_all(session: AsyncSession, case_id: UUID, at: datetime) -> None:
    """Nothing is left to do in a case."""
    await _end(session, TaskStatus.CANCELLED, at, CollectionTask.case_id == case_id)


async def cancel_of_closed(session: AsyncSession, at: datetime) -> None:
    """The same for every case that is closed."""
    closed = select(CollectionCase.id).where(
        CollectionCase.id == CollectionTask.case_id, CollectionCase.status == CaseStatus.CLOSED
    )
    await _end(session, TaskStatus.CANCELLED, at, closed.exists())


async def _end(session: AsyncSession, status: TaskStatus, at: datetime, *which: ColumnElement[bool]) -> None:
    await session.flush()
    ended = (
        update(CollectionTask)
        .where(CollectionTask.status == TaskStatus.OPEN, *which)
        .values(status=status, ended_at=at)
        .execution_options(synchronize_session="fetch")
    )
    await session.execute(ended)
