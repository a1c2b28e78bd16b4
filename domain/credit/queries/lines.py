"""Selects on credit lines and their movements."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.credit.errors import CreditLineNotFound
from domain.credit.models import CreditLine, CreditLineMovement, CreditLineStatus


async def lock_line(session: AsyncSession, line_id: UUID) -> CreditLine:
    """Raises CreditLineNotFound."""
    row = await session.get(CreditLine, line_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise CreditLineNotFound
    return row


async def line(session: AsyncSession, line_id: UUID) -> CreditLine | None:
    return await session.get(CreditLine, line_id)


async def line_of(session: AsyncSession, borrower_id: UUID) -> CreditLine | None:
    """The borrower's line that is not closed; there is at most one."""
    return await session.scalar(
        select(CreditLine).where(CreditLine.borrower_id == borrower_id, CreditLine.status != CreditLineStatus.CLOSED)
    )


async def movement(session: AsyncSession, source: str) -> CreditLineMovement | None:
    return await session.scalar(select(CreditLineMovement).where(CreditLineMovement.source == source))


async def movements(session: AsyncSession, line_id: UUID) -> Sequence[CreditLineMovement]:
    """Oldest first."""
    return (
        await session.scalars(
            select(CreditLineMovement).where(CreditLineMovement.line_id == line_id).order_by(CreditLineMovement.id)
        )
    ).all()


async def lock_expired(session: AsyncSession, *, today: date, limit: int) -> Sequence[CreditLine]:
    """Lines whose last day is over and that still say otherwise."""
    return (
        await session.scalars(
            select(CreditLine)
            .where(
                CreditLine.status.in_((CreditLineStatus.ACTIVE, CreditLineStatus.FROZEN)),
                CreditLine.expires_on < today,
            )
            .order_by(CreditLine.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    ).all()
