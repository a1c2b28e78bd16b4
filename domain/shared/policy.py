"""Rules as dated data: a value, where it comes from, from when to when. A decision can be re-run as of its day."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, func, or_, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.shared.db import Row


class PolicyValue(Row):
    """One value of one rule, for the days [effective_from, effective_to). Never changed: a new row ends the old one."""

    __tablename__ = "policy_values"
    __table_args__ = (Index("ix_policy_values_name", "name", "effective_from"),)

    name: Mapped[str]
    value: Mapped[Any] = mapped_column(JSONB)
    source: Mapped[str]
    effective_from: Mapped[date]
    effective_to: Mapped[date | None]
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.now())


class PolicyMissing(LookupError):
    """No value is in force on that day: a fault of the set-up, not of the asker."""


async def value(session: AsyncSession, name: str, *, on: date) -> Any:
    """The value of rule `name` in force on a business day. Raises PolicyMissing."""
    return (await rule(session, name, on=on)).value


async def rule(session: AsyncSession, name: str, *, on: date) -> PolicyValue:
    """The value of rule `name` in force on a business day, with its source and its days. Raises PolicyMissing."""
    row = await session.scalar(
        select(PolicyValue)
        .where(
            PolicyValue.name == name,
            PolicyValue.effective_from <= on,
            or_(PolicyValue.effective_to.is_(None), PolicyValue.effective_to > on),
        )
        .order_by(PolicyValue.effective_from.desc(), PolicyValue.recorded_at.desc())
        .limit(1)
    )
    if row is None:
        raise PolicyMissing(f"no value of policy {name!r} is in force on {on}")
    return row
