"""Selects on notices as they were kept."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments.ports import NotificationKind
from domain.shared.inbox import InboxRow, InboxState

MOST_REFUSED = 20


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


async def refused_notices(session: AsyncSession, channels: Sequence[str]) -> Mapping[str, list[InboxRow]]:
    """The latest notices of each channel that moved nothing and are no probes, newest first; `MOST_REFUSED` of each."""
    latest = [
        select(InboxRow.id)
        .where(
            InboxRow.source == f"payments/{code}",
            InboxRow.state == InboxState.REFUSED,
            InboxRow.outcome != NotificationKind.PROBE,
        )
        .order_by(InboxRow.received_at.desc(), InboxRow.id.desc())
        .limit(MOST_REFUSED)
        .subquery()
        for code in channels
    ]
    ids = union_all(*(select(each.c.id) for each in latest))
    rows = await session.scalars(
        select(InboxRow).where(InboxRow.id.in_(ids)).order_by(InboxRow.received_at.desc(), InboxRow.id.desc())
    )
    found: dict[str, list[InboxRow]] = defaultdict(list)
    for row in rows:
        found[row.source.removeprefix("payments/")].append(row)
    return found
