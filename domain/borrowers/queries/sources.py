"""Selects on what licensed sources said of borrowers."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.models import DataKind, DataRecord


async def lock_record(session: AsyncSession, record_id: UUID) -> DataRecord:
    return await session.get_one(DataRecord, record_id, with_for_update=True, populate_existing=True)


async def lock_record_by_reference(session: AsyncSession, reference: str) -> DataRecord | None:
    return await session.scalar(
        select(DataRecord)
        .where(DataRecord.reference == reference)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def records_of(session: AsyncSession, occasions: Sequence[UUID]) -> dict[UUID, list[DataRecord]]:
    """What was asked on each of these occasions, by kind."""
    found: dict[UUID, list[DataRecord]] = {occasion: [] for occasion in occasions}
    rows = select(DataRecord).where(DataRecord.occasion.in_(found)).order_by(DataRecord.kind, DataRecord.id)
    for row in await session.scalars(rows):
        found[row.occasion].append(row)
    return found


async def due_asks(session: AsyncSession, at: datetime, limit: int) -> list[tuple[UUID, DataKind]]:
    """(id, kind) of records to be asked about now, longest overdue first; asking claims each under its lock."""
    rows = await session.execute(
        select(DataRecord.id, DataRecord.kind)
        .where(DataRecord.ask_at <= at)
        .order_by(DataRecord.ask_at, DataRecord.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [(record_id, kind) for record_id, kind in rows]


async def forget_raw(session: AsyncSession, at: datetime, limit: int) -> int:
    """Forget answers whose time is over, up to `limit`; what a decision went by stays. Returns how many."""
    over = (
        select(DataRecord.id)
        .where(DataRecord.raw_sealed.is_not(None), DataRecord.raw_expires_at <= at)
        .order_by(DataRecord.raw_expires_at, DataRecord.id)
        .limit(limit)
    )
    forgotten = update(DataRecord).where(DataRecord.id.in_(over)).values(raw_sealed=None).returning(DataRecord.id)
    return len((await session.execute(forgotten)).all())
