"""Selects on notices as they were kept."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.shared.inbox import InboxRow, InboxState


async def unread_notices(
    session: AsyncSession, channels: Iterable[str], *, before: datetime, limit: int
) -> Sequence[InboxRow]:
    """Notices that were kept and neither applied nor refused: what a crash or a fault of ours left."""
    sources = [f"payments/{code}" for code in channels]
    return (
        await session.scalars(
            select(InboxRow)
            .where(InboxRow.state == InboxState.RECEIVED, InboxRow.source.in_(sources), InboxRow.received_at <= before)
            .order_by(InboxRow.received_at, InboxRow.id)
            .limit(limit)
        )
    ).all()


async def notices_about(
    session: AsyncSession, channel: str, numbers: Collection[str], *, limit: int
) -> Sequence[InboxRow]:
    """The latest proven notices of a channel that name one of these numbers, in the order they came."""
    rows = select(InboxRow).where(InboxRow.source == f"payments/{channel}", InboxRow.about.in_(numbers))
    return (await session.scalars(rows.order_by(InboxRow.received_at.desc()).limit(limit))).all()[::-1]
