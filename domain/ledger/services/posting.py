"""Posting: transfers into the books, each once per source."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Boolean, bindparam, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ledger import queries
from domain.ledger.models import Transfer
from domain.ledger.rules.chart import account_named
from domain.ledger.rules.lines import Draft, Line, Posted, settled
from domain.ledger.services import closing
from domain.shared.days import business_day
from domain.shared.ids import new_id

# One statement, so that a transfer costs one message to the database however many accounts it touches.
_POST = select(Transfer).from_statement(
    text("""
        WITH opened AS (
            INSERT INTO ledger_accounts (code, name_en, name_zh, kind, side)
            SELECT code, name_en, name_zh, kind, side
            FROM jsonb_populate_recordset(NULL::ledger_accounts, :accounts)
            ON CONFLICT (code) DO NOTHING
        ), posted AS (
            INSERT INTO ledger_transfers (id, source, kind, booking_date, value_date, recorded_at, loan_id, details)
            SELECT id, source, kind, greatest(booking_date, closed + 1), value_date, recorded_at, loan_id, details
            FROM jsonb_populate_recordset(NULL::ledger_transfers, :transfers),
                (SELECT max(day) FROM ledger_closed_days) AS days (closed)
            WHERE :or_later OR closed IS NULL OR booking_date > closed
            ON CONFLICT (source) DO NOTHING
            RETURNING *
        ), entries AS (
            INSERT INTO ledger_entries (id, transfer_id, account_code, side, amount_fen, booking_date)
            SELECT entry.id, posted.id, entry.account_code, entry.side, entry.amount_fen, posted.booking_date
            FROM posted JOIN jsonb_populate_recordset(NULL::ledger_entries, :entries) AS entry
                ON entry.transfer_id = posted.id
        )
        SELECT * FROM posted
    """).bindparams(
        *(bindparam(rows, type_=JSONB) for rows in ("accounts", "transfers", "entries")),
        bindparam("or_later", type_=Boolean),
    )
)


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
    (transfer,) = await post_together(
        session,
        [Draft(source, kind, tuple(lines))],
        value_date=value_date,
        at=at,
        booking_date=booking_date,
        loan_id=loan_id,
        details=details,
    )
    return transfer


async def post_together(
    session: AsyncSession,
    drafts: Sequence[Draft],
    *,
    value_date: date,
    at: datetime,
    booking_date: date | None = None,
    loan_id: UUID | None = None,
    details: dict[str, Any] | None = None,
) -> Sequence[Transfer]:
    """Post what belongs together, each as `post` does, and return the transfers in the order of the drafts."""
    if not drafts:
        return []
    wanted = {new_id(): (draft, _kept(draft)) for draft in drafts}
    shared = {
        "booking_date": booking_date or business_day(at),
        "value_date": value_date,
        "recorded_at": at,
        "loan_id": loan_id,
        "details": details or {},
    }
    codes = {line.account_code for _, lines in wanted.values() for line in lines}
    rows = {
        # In one order: two that open the same accounts at once wait for each other instead of dying together.
        "accounts": [account_named(code) for code in sorted(codes)],
        "transfers": [_transfer(transfer_id, draft, shared) for transfer_id, (draft, _) in wanted.items()],
        "entries": [_entry(transfer_id, line) for transfer_id, (_, lines) in wanted.items() for line in lines],
    }
    with session.no_autoflush:  # what waits to be written besides is none of the books
        await queries.hold_days_open(session)
        written = await session.scalars(_POST, msgspec.to_builtins(rows) | {"or_later": booking_date is None})
    posted = {transfer.id: transfer for transfer in written}
    if booking_date is not None and len(posted) < len(wanted):
        await closing.must_be_open(session, booking_date)
    return [
        posted.get(transfer_id) or await _posted_before(session, draft.source, lines)
        for transfer_id, (draft, lines) in wanted.items()
    ]


def _kept(draft: Draft) -> Sequence[Posted]:
    if kept := settled(draft.lines):
        return kept
    raise ValueError(f"transfer {draft.source} moves nothing")


async def _posted_before(session: AsyncSession, source: str, lines: Sequence[Posted]) -> Transfer:
    transfer = await queries.transfer_of(session, source)
    entries = await queries.entries_of(session, [transfer.id])
    if {(each.account_code, each.side, each.amount_fen) for each in entries} != {
        (line.account_code, line.side, line.amount_fen) for line in lines
    }:
        raise SourcePostedOtherwise(f"{source} was posted before with other lines")
    return transfer


def _transfer(transfer_id: UUID, draft: Draft, shared: Mapping[str, object]) -> Mapping[str, object]:
    return {"id": transfer_id, "source": draft.source, "kind": draft.kind, **shared}


def _entry(transfer_id: UUID, line: Posted) -> Mapping[str, object]:
    return {
        "id": new_id(),
        "transfer_id": transfer_id,
        "account_code": line.account_code,
        "side": line.side,
        "amount_fen": line.amount_fen,
    }
