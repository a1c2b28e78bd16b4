"""Pages by keyset: a page begins beyond a row's (moment, id), so that nothing is skipped or shown twice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

RowT = TypeVar("RowT")
Key = tuple[date | UUID, UUID]
"""Where a row stands in its list: what the list goes by, and the row's id."""


class NotACursor(ValueError):
    """What was given as a cursor is not the (moment, id) of a row of this list."""


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a list is wanted: up to `limit` rows beyond `cursor`, counted from the list's end if `backward`.

    Rows come in the window's own direction: a backward one gives the list's last row first. `cursor` is the (moment, id)
    of a row, as values or as the texts they were written as.
    """

    limit: int
    backward: bool = False
    cursor: Sequence[Any] | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """By a moment, a day or another's id, the row's own deciding between equal ones. There is an index for it."""

    keys: tuple[InstrumentedAttribute[Any], InstrumentedAttribute[UUID]]
    newest_first: bool = True

    def key(self, row: object) -> Key:
        """What the cursor of a row is made of."""
        moment, id_ = self.keys
        return getattr(row, moment.key), getattr(row, id_.key)


async def rows_in(session: AsyncSession, rows: Select[RowT], order: Order, window: Window) -> Sequence[RowT]:
    """The rows of a list that lie in the window. Raises NotACursor."""
    down = order.newest_first is not window.backward
    if window.cursor is not None:
        key, edge = tuple_(*order.keys), _read(window.cursor, order.keys[0].type.python_type)
        rows = rows.where(key < edge if down else key > edge)
    by = (key.desc() if down else key.asc() for key in order.keys)
    return (await session.scalars(rows.order_by(*by).limit(window.limit))).all()


def part_of(rows: Sequence[RowT], key: Callable[[RowT], Key], window: Window) -> Sequence[RowT]:
    """The same of a short list that was read whole. Raises NotACursor."""
    found = rows[::-1] if window.backward else rows
    if window.cursor is not None:
        keys = [key(row) for row in found]
        edge = _read(window.cursor, type(keys[0][0]) if keys else date)
        if edge not in keys:
            raise NotACursor("no row of this list")
        found = found[keys.index(edge) + 1 :]
    return found[: window.limit]


async def total(session: AsyncSession, rows: Select[Any]) -> int:
    """How many rows a list has; ask only when somebody wants to know."""
    return await session.scalar(select(func.count()).select_from(rows.order_by(None).subquery())) or 0


def _read(cursor: Sequence[Any], kind: type[date | UUID]) -> Key:
    try:
        moment, id_ = cursor
        if not isinstance(moment, kind):
            moment = kind.fromisoformat(str(moment)) if issubclass(kind, date) else UUID(str(moment))
        if isinstance(moment, datetime):
            if moment.tzinfo is None:
                raise NotACursor("the moment of a cursor has its offset from UTC")
            moment = moment.astimezone(UTC)
        return moment, id_ if isinstance(id_, UUID) else UUID(str(id_))
    except (ValueError, OverflowError) as error:
        raise NotACursor(str(error)) from error
