"""Selects on the work list of money that came and is not applied."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments.errors import UnplacedNotFound
from domain.payments.models import Unplaced
from domain.shared.paging import Order

BY_WAITING = Order((Unplaced.found_at, Unplaced.id), newest_first=False)


async def lock_unplaced(session: AsyncSession, unplaced_id: UUID) -> Unplaced:
    """The row, for whoever decides on it; its payment's locks come before. Raises UnplacedNotFound."""
    row = await session.get(Unplaced, unplaced_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise UnplacedNotFound
    return row


async def unplaced_row(session: AsyncSession, unplaced_id: UUID) -> Unplaced:
    """Raises UnplacedNotFound."""
    row = await session.get(Unplaced, unplaced_id)
    if row is None:
        raise UnplacedNotFound
    return row


def unplaced_listed(*, resolved: bool = False) -> Select[Unplaced]:
    """The work list of money that came and is not applied, for `paging.rows_in` by BY_WAITING and for `paging.total`.

    `resolved`: what was on it before and is not any more.
    """
    over = Unplaced.resolved_at.is_not(None) if resolved else Unplaced.resolved_at.is_(None)
    return select(Unplaced).where(over)


async def unplaced(session: AsyncSession, *, limit: int, newer_than: UUID | None = None) -> Sequence[Unplaced]:
    """The work list of money that came and is not applied, oldest first."""
    rows = unplaced_listed().order_by(Unplaced.id).limit(limit)
    if newer_than is not None:
        rows = rows.where(Unplaced.id > newer_than)
    return (await session.scalars(rows)).all()


async def unplaced_of(session: AsyncSession, attempt_id: UUID) -> Unplaced | None:
    """The work list's row of what an attempt brought, resolved or not."""
    return await session.scalar(select(Unplaced).where(Unplaced.attempt_id == attempt_id))


async def unplaced_applied_as(session: AsyncSession, payment_id: UUID) -> Unplaced | None:
    """The work list's row that was applied to a loan as this payment, locked."""
    return await session.scalar(select(Unplaced).where(Unplaced.applied_as == payment_id).with_for_update())
