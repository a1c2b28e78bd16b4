"""What is due by the business clock: recurring runs and single actions, each crossed moment in order, each once."""

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.shared.days import SHANGHAI, business_day
from domain.shared.db import Base, Row
from domain.shared.ids import new_id


class Recurring(Base):
    """A daily run and the business moment at which it comes next."""

    __tablename__ = "recurring_schedules"

    name: Mapped[str] = mapped_column(primary_key=True)
    at_minute: Mapped[int]
    """Minute of the Shanghai day."""
    next_at: Mapped[datetime]
    last_at: Mapped[datetime | None]
    resume_from: Mapped[list[Any] | None]
    """Where the next part of a long run begins; null between runs."""
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    retry_at: Mapped[datetime | None]
    """Real time: it failed and is left alone until then. A failure is about processes, not business."""
    last_error: Mapped[str | None]


class ActionState(StrEnum):
    PENDING = "PENDING"
    DONE = "DONE"


class ScheduledAction(Row):
    """Something to be looked at once, at a moment; what is true then is asked then."""

    __tablename__ = "scheduled_actions"
    __table_args__ = (
        UniqueConstraint("kind", "key"),
        Index("ix_scheduled_actions_due", "due_at", "id", postgresql_where=text("state = 'PENDING'")),
    )

    kind: Mapped[str]
    key: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)
    due_at: Mapped[datetime]
    state: Mapped[ActionState] = mapped_column(default=ActionState.PENDING)
    done_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    retry_at: Mapped[datetime | None]
    """Real time, as of a recurring run."""
    last_error: Mapped[str | None]


class JobRun(Row):
    """What a scheduled run did: one row per name and moment, with the sums of its parts' figures."""

    __tablename__ = "job_runs"
    __table_args__ = (UniqueConstraint("name", "scheduled_for"),)

    name: Mapped[str]
    scheduled_for: Mapped[datetime]
    ran_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]
    """Empty while parts of it are still to do."""
    figures: Mapped[dict[str, Any]] = mapped_column(default=dict)


async def plan_action(
    session: AsyncSession, *, kind: str, key: str, due_at: datetime, payload: dict[str, Any] | None = None
) -> None:
    """Plan an action once; planning the same (kind, key) again changes nothing."""
    row = insert(ScheduledAction).values(
        id=new_id(), kind=kind, key=key, due_at=due_at, payload=payload or {}, state=ActionState.PENDING
    )
    await session.execute(row.on_conflict_do_nothing(index_elements=["kind", "key"]))


def next_daily(after: datetime, at_minute: int) -> datetime:
    """The first moment after `after` at which the Shanghai day is `at_minute` minutes old."""
    day: date = business_day(after)
    moment = datetime.combine(day, time(at_minute // 60, at_minute % 60), SHANGHAI)
    return moment if moment > after else moment + timedelta(days=1)
