"""Posting: a transfer into the books, once per source."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ledger import queries
from domain.ledger.models import Entry, Transfer
from domain.ledger.rules.lines import Line, Posted, settled
from domain.ledger.services import accounts, closing
from domain.shared.ids import new_id


class SourcePostedOtherwise(RuntimeError):
    """The same source came with other lines: a bug of whoever posts."""


async def post(
    session: AsyncSession,
    *,
    source: str,
    kind: str,
    value_date: date,
    at: datetime,
    lines: Iterable[Line],
    booking_date: date | None = None,
    loan_id: UUID | None = None,
    details: dict[str, Any] | None = None,
) -> Transfer:
    """Post a transfer; `source` says what happened, and it is posted once: a repeat returns the first transfer.

    Lines of zero are dropped and negative ones stand on the other side. Accounts of the chart are opened as needed.
    Unless a `booking_date` is named it is booked on the day that is open at this instant.
    Raises DayClosed; Unbalanced, SourcePostedOtherwise and ValueError (no line left) are bugs.
    """
    kept = settled(lines)
    if not kept:
        raise ValueError(f"transfer {source} moves nothing")
    if booking_date is None:
        booking_date = await closing.booking_day(session, at)
    else:
        await closing.must_be_open(session, booking_date)
    transfer = await session.scalar(
        upsert(Transfer)
        .values(
            id=new_id(),
            source=source,
            kind=kind,
            booking_date=booking_date,
            value_date=value_date,
            recorded_at=at,
            loan_id=loan_id,
            details=details or {},
        )
        .on_conflict_do_nothing(index_elements=["source"])
        .returning(Transfer)
    )
    if transfer is None:
        return await _posted_before(session, source, kept)
    await accounts.ensure(session, *(line.account_code for line in kept))
    await session.execute(insert(Entry), [_entry(transfer.id, booking_date, line) for line in kept])
    return transfer


async def _posted_before(session: AsyncSession, source: str, lines: Sequence[Posted]) -> Transfer:
    transfer = await queries.transfer_of(session, source)
    entries = await queries.entries_of(session, [transfer.id])
    if {(each.account_code, each.side, each.amount_fen) for each in entries} != {
        (line.account_code, line.side, line.amount_fen) for line in lines
    }:
        raise SourcePostedOtherwise(f"{source} was posted before with other lines")
    return transfer


def _entry(transfer_id: UUID, booking_date: date, line: Posted) -> dict[str, object]:
    return {
        "id": new_id(),
        "transfer_id": transfer_id,
        "account_code": line.account_code,
        "side": line.side,
        "amount_fen": line.amount_fen,
        "booking_date": booking_date,
    }
