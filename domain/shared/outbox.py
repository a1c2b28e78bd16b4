"""What the business announces: a row in the business transaction, delivered later, at least once, until it is done."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Protocol
from uuid import UUID

import msgspec
from sqlalchemy import Index, delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.shared.db import Row
from domain.shared.ids import first_id_of

CHANNEL = "suidai_outbox"
LEASE = timedelta(seconds=10)
"""So long a process may be silent about a row it has taken. Whoever works longer on it holds it (`hold`)."""
MAX_TRIES = 12


class OutboxState(StrEnum):
    """`DEAD` rows are kept, visible, and can be sent again."""

    PENDING = "PENDING"
    DONE = "DONE"
    DEAD = "DEAD"


class OutboxRow(Row):
    """One announcement. Its lease is real time: it is about processes, not business."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_pending", "available_at", "id", postgresql_where=text("state = 'PENDING'")),)
    __mapper_args__ = {"eager_defaults": False}  # noqa: RUF012 - whoever announces does not ask when that was

    topic: Mapped[str]
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    available_at: Mapped[datetime] = mapped_column(server_default=func.now())
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    """Deliveries that failed."""
    state: Mapped[OutboxState] = mapped_column(default=OutboxState.PENDING, server_default="PENDING")
    done_at: Mapped[datetime | None]
    last_error: Mapped[str | None]


class Event(Protocol):
    """A frozen dataclass of ids and plain values with a `topic`: "context.what_happened"."""

    topic: ClassVar[str]
    __dataclass_fields__: ClassVar[dict[str, Any]]


def publish(session: AsyncSession, event: Event) -> None:
    """Announce `event` when, and only when, this transaction commits."""
    payload = msgspec.to_builtins(event)
    session.add(OutboxRow(topic=event.topic, payload=payload))


async def lease(session: AsyncSession, *, limit: int) -> list[UUID]:
    """Take rows that are due; they come again after the lease unless they are done by then."""
    # Materialized: as a plain subquery the planner may run it again and again and take more than `limit`.
    due = (
        select(OutboxRow.id)
        .where(OutboxRow.state == OutboxState.PENDING, OutboxRow.available_at <= func.now())
        .order_by(OutboxRow.available_at, OutboxRow.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
        .prefix_with("MATERIALIZED")
    )
    taken = (
        update(OutboxRow)
        .where(OutboxRow.id == due.c.id)
        .values(available_at=func.now() + LEASE)
        .returning(OutboxRow.id)
        .execution_options(synchronize_session=False)
    )
    return sorted((await session.scalars(taken)).all())


async def open_row(session: AsyncSession, row_id: UUID) -> OutboxRow | None:
    """Lock a row that is still to do; None when another delivery has done it or is doing it."""
    return await session.scalar(
        select(OutboxRow)
        .where(OutboxRow.id == row_id, OutboxRow.state == OutboxState.PENDING)
        .with_for_update(skip_locked=True)
    )


async def hold(session: AsyncSession, row_id: UUID) -> None:
    """Keep a row that is being worked on for another lease."""
    await session.execute(
        update(OutboxRow)
        .where(OutboxRow.id == row_id, OutboxRow.state == OutboxState.PENDING)
        .values(available_at=func.now() + LEASE)
        .execution_options(synchronize_session=False)
    )


def done(row: OutboxRow) -> None:
    """Mark it in the transaction that holds its effects."""
    row.state = OutboxState.DONE
    row.done_at = func.now()  # pyright: ignore[reportAttributeAccessIssue] - the database's own clock


async def forget_done(session: AsyncSession, *, days: int, limit: int) -> int:
    """Remove up to `limit` rows that are done and were announced more than `days` real days ago; how many it were.

    What they led to is kept in its own place. What is not done, the dead too, stays.
    """
    now = (await session.execute(select(func.now()))).scalar_one()
    born_before = first_id_of(now - timedelta(days=days))  # by id: no index on a time is needed for this alone
    old = select(OutboxRow.id).where(OutboxRow.id < born_before, OutboxRow.state == OutboxState.DONE).limit(limit)
    gone = await session.scalars(
        delete(OutboxRow)
        .where(OutboxRow.id.in_(old))
        .returning(OutboxRow.id)
        .execution_options(synchronize_session=False)
    )
    return len(gone.all())


async def failed(session: AsyncSession, row_id: UUID, error: str) -> None:
    """Keep the reason, wait longer each time, and after MAX_TRIES failures leave it to a person."""
    row = await open_row(session, row_id)
    if row is None:
        return
    row.last_error = error.replace("\0", "")[:2000]
    # Counted here, not when leased: a row that only waited in a long queue was not tried.
    row.tries += 1
    if row.tries >= MAX_TRIES:
        row.state = OutboxState.DEAD
    else:
        wait = timedelta(seconds=min(2**row.tries, 3600))
        row.available_at = func.now() + wait  # pyright: ignore[reportAttributeAccessIssue]


async def send_again(session: AsyncSession, row_id: UUID) -> bool:
    """Bring a dead row back; False when it is not dead."""
    row = await session.get(OutboxRow, row_id, with_for_update=True)
    if row is None or row.state is not OutboxState.DEAD:
        return False
    row.state, row.tries = OutboxState.PENDING, 0
    row.available_at = func.now()  # pyright: ignore[reportAttributeAccessIssue]
    return True
