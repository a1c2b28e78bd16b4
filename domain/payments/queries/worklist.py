"""Selects on the work list of money that came and is not applied."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments.models import Unplaced
from domain.shared.paging import Order

BY_WAITING = Order((Unplaced.found_at, Unplaced.id), newest_first=False)


def unplaced_listed() -> Select[Unplaced]:
    """The work list of money that came and is not applied, for `paging.rows_in` by BY_WAITING and for `paging.total`."""
    return select(Unplaced).where(Unplaced.resolved_at.is_(None))


async def unplaced(session: AsyncSession, *, limit: int, newer_than: UUID | None = None) -> Sequence[Unplaced]:
    """The work list of money that came and is not applied, oldest first."""
    rows = unplaced_listed().order_by(Unplaced.id).limit(limit)
    if newer_than is not None:
        rows = rows.where(Unplaced.id > newer_than)
    return (await session.scalars(rows)).all()


async def unplaced_of(session: AsyncSession, attempt_id: UUID) -> Unplaced | None:
    """The work list's row of what an attempt brought, resolved or not."""
    return await session.scalar(select(Unplaced).where(Unplaced.attempt_id == attempt_id))
