"""Rules as dated data: a value, where it comes from, from when to when. A decision can be re-run as of its day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

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
    """By the business clock, if a change brought it; of what the house began with, when that was entered."""
    change_id: Mapped[UUID | None]
    """The change that one person asked for and another approved; NULL for what the house began with."""


class PolicyMissing(LookupError):
    """No value is in force on that day: a fault of the set-up, unless the asker chose the day."""

    def __init__(self, name: str, day: date) -> None:
        self.name, self.day = name, day
        super().__init__(f"no value of policy {name!r} is in force on {day}")


@dataclass(frozen=True, slots=True)
class DatedValue:
    """A value with the days [since, until) on which it holds; `until` None: until further notice."""

    row: PolicyValue
    since: date
    until: date | None

    def holds_on(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day < self.until)


async def value(session: AsyncSession, name: str, *, on: date) -> Any:
    """The value of rule `name` in force on a business day. Raises PolicyMissing."""
    return (await rule(session, name, on=on)).value


async def rule(session: AsyncSession, name: str, *, on: date, known_at: datetime | None = None) -> PolicyValue:
    """The value of rule `name` in force on a business day, with its source and its days. Raises PolicyMissing.

    With `known_at`, as was known at that instant: a change that was approved later on the day was not.
    """
    rows = select(PolicyValue).where(
        PolicyValue.name == name,
        PolicyValue.effective_from <= on,
        or_(PolicyValue.effective_to.is_(None), PolicyValue.effective_to > on),
    )
    if known_at is not None:
        rows = rows.where(or_(PolicyValue.change_id.is_(None), PolicyValue.recorded_at <= known_at))
    row = await session.scalar(
        rows.order_by(PolicyValue.effective_from.desc(), PolicyValue.recorded_at.desc()).limit(1)
    )
    if row is None:
        raise PolicyMissing(name, on)
    return row


async def histories(session: AsyncSession, name: str | None = None) -> Mapping[str, Sequence[DatedValue]]:
    """All values of each rule, or of one, the oldest day first, with the days on which they hold."""
    rows = select(PolicyValue).order_by(PolicyValue.name, PolicyValue.effective_from, PolicyValue.recorded_at)
    if name is not None:
        rows = rows.where(PolicyValue.name == name)
    found = await session.scalars(rows)
    return {of: _dated(list(values)) for of, values in groupby(found, key=lambda row: row.name)}


def _dated(rows: Sequence[PolicyValue]) -> Sequence[DatedValue]:
    """A value ends where the next begins. One that was replaced before its first day was over held on none."""
    following = [row.effective_from for row in rows[1:]]
    return [
        DatedValue(row, row.effective_from, _earlier(row.effective_to, after))
        for row, after in zip(rows, [*following, None], strict=True)
    ]


def _earlier(one: date | None, other: date | None) -> date | None:
    return min((day for day in (one, other) if day is not None), default=None)
