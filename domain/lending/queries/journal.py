"""Selects on the journals of loans."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.models import EventKind, LoanEvent


class JournalLine(NamedTuple):
    """What the arithmetic wants of a `LoanEvent`."""

    id: UUID
    sequence: int
    kind: EventKind
    value_date: date
    payload: dict[str, Any]


async def events_of(session: AsyncSession, loan_ids: Iterable[UUID]) -> Mapping[UUID, list[LoanEvent]]:
    """The journal of each loan, in the order in which it was recorded."""
    found: dict[UUID, list[LoanEvent]] = {loan_id: [] for loan_id in loan_ids}
    rows = select(LoanEvent).where(LoanEvent.loan_id.in_(found)).order_by(LoanEvent.loan_id, LoanEvent.sequence)
    for row in await session.scalars(rows):
        found[row.loan_id].append(row)
    return found


async def event_of_source(session: AsyncSession, source: str) -> LoanEvent | None:
    """The event that this source caused."""
    return await session.scalar(select(LoanEvent).where(LoanEvent.source == source))
