"""Every select on staff's tables."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.shared.paging import Order
from domain.staff.errors import ChangeNotFound, StaffNotFound
from domain.staff.models import ChangeRequest, ChangeState, StaffMember, StaffSession, StaffStatus

BY_CREATION = Order((StaffMember.created_at, StaffMember.id))
BY_ASKING = Order((ChangeRequest.asked_at, ChangeRequest.id))


async def member(session: AsyncSession, staff_id: UUID) -> StaffMember:
    """Raises StaffNotFound."""
    row = await session.get(StaffMember, staff_id)
    if row is None:
        raise StaffNotFound
    return row


async def by_username(session: AsyncSession, username: str) -> StaffMember | None:
    return await session.scalar(select(StaffMember).where(StaffMember.username == username))


def members(*, status: StaffStatus | None = None) -> Select[StaffMember]:
    """For `paging.rows_in` by BY_CREATION and for `paging.total`."""
    rows = select(StaffMember)
    return rows if status is None else rows.where(StaffMember.status == status)


async def known(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, StaffMember]:
    return {row.id: row for row in await session.scalars(select(StaffMember).where(StaffMember.id.in_(ids)))}


async def any_seeded(session: AsyncSession) -> bool:
    """Whether somebody with a known password could log in."""
    found = await session.scalar(
        select(StaffMember.id).where(StaffMember.seeded, StaffMember.status == StaffStatus.ACTIVE).limit(1)
    )
    return found is not None


async def lock_session(session: AsyncSession, family_hash: bytes) -> StaffSession | None:
    return await session.scalar(
        select(StaffSession)
        .where(StaffSession.family_hash == family_hash)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def session_stands(session: AsyncSession, session_id: UUID, *, now: datetime) -> bool:
    """Whether a log-in has neither been ended nor run out."""
    row = await session.get(StaffSession, session_id)
    return row is not None and row.stands(now)


async def lock_change(session: AsyncSession, change_id: UUID) -> ChangeRequest:
    """Raises ChangeNotFound."""
    row = await session.get(ChangeRequest, change_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise ChangeNotFound
    return row


async def change(session: AsyncSession, change_id: UUID) -> ChangeRequest:
    """Raises ChangeNotFound."""
    row = await session.get(ChangeRequest, change_id)
    if row is None:
        raise ChangeNotFound
    return row


def changes(*, state: ChangeState | None = None, kind: str | None = None) -> Select[ChangeRequest]:
    """For `paging.rows_in` by BY_ASKING and for `paging.total`."""
    rows = select(ChangeRequest)
    if state is not None:
        rows = rows.where(ChangeRequest.state == state)
    if kind is not None:
        rows = rows.where(ChangeRequest.kind == kind)
    return rows
