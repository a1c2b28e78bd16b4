"""The three sides of a run, read when nothing moves any more: the outside parties' trades, our rows, the ledger."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from tests.journeys.chaos.doors import Doors
from tests.journeys.chaos.plan import ALIPAY, BANK, WECHAT

CHANNELS = (ALIPAY, WECHAT, BANK)

_LOOKS, _PAUSE = 40, 0.5
"""So often, so many seconds apart, it is waited for announcements to arrive."""

Row = Mapping[str, Any]

ATTEMPTS = """
SELECT a.*, o.number, o.status AS order_status, o.wish_id, o.intent, o.method, o.created_at AS asked_at, a.live,
       r.amount_fen AS applied_fen, r.applied_at, r.value_date, r.principal_fen AS applied_principal_fen,
       u.id AS unplaced_id, u.reason AS unplaced_reason, u.resolution, u.resolved_at, u.amount_fen AS unplaced_fen,
       coalesce((SELECT sum(f.amount_fen) FROM refunds f WHERE f.attempt_id = a.id AND f.state = 'SUCCEEDED'), 0)
           AS refunded_fen,
       EXISTS (SELECT 1 FROM repayment_allocations x JOIN installments i ON i.loan_id = x.loan_id AND i.n = x.n
               WHERE x.repayment_id = r.id AND i.due_on <= r.value_date) AS paid_what_was_due
FROM payment_attempts a JOIN payment_orders o ON o.id = a.order_id
LEFT JOIN unplaced_payments u ON u.attempt_id = a.id
LEFT JOIN repayments r ON r.status = 'APPLIED' AND r.payment_id IN (a.id, u.applied_as)
"""
CLEARING = """
SELECT substr(account_code, 10) AS channel,
       sum(CASE WHEN side = 'DEBIT' THEN amount_fen ELSE -amount_fen END)::bigint AS fen
FROM ledger_entries WHERE account_code LIKE 'clearing.%' GROUP BY 1
"""
SETTLED = "SELECT channel, sum(payments_fen - refunds_fen)::bigint AS fen FROM settlements GROUP BY 1"
JOURNALS = """
SELECT l.number,
       (SELECT coalesce(sum((e.payload->>'amount_fen')::bigint), 0) FROM loan_events e
        WHERE e.loan_id = l.id AND e.kind = 'PAID')::bigint AS journal_fen,
       (SELECT coalesce(sum(r.amount_fen), 0) FROM repayments r WHERE r.loan_id = l.id)::bigint AS repaid_fen,
       (SELECT coalesce(sum(a.received_fen), 0) FROM payment_attempts a WHERE a.loan_id = l.id)::bigint AS received_fen
FROM loans l
"""
TRIAL = """
SELECT (sum(amount_fen) FILTER (WHERE side = 'DEBIT'))::bigint AS debit_fen,
       (sum(amount_fen) FILTER (WHERE side = 'CREDIT'))::bigint AS credit_fen FROM ledger_entries
"""
SUSPENSE = """
SELECT coalesce(sum(CASE WHEN side = 'CREDIT' THEN amount_fen ELSE -amount_fen END), 0)::bigint AS fen
FROM ledger_entries WHERE account_code = 'suspense.payments'
"""
MANDATES = """
SELECT m.channel, m.mandate_no, m.status, m.ask_at,
       ARRAY(SELECT a.order_no FROM payment_orders o JOIN payment_attempts a ON a.order_id = o.id
             WHERE o.mandate_id = m.id AND a.id > (SELECT c.id FROM mandate_changes c
                 WHERE c.mandate_id = m.id AND c.after IN ('REVOKING', 'REVOKED') ORDER BY c.id LIMIT 1)) AS debited_after
FROM mandates m
"""
FOUND = "SELECT * FROM discrepancies WHERE state IN ('OPEN', 'WAITING')"


@dataclass(frozen=True, slots=True)
class Theirs:
    """A trade as the channel keeps it."""

    taken_fen: int
    refunded_fen: int


@dataclass(frozen=True, slots=True)
class Stores:
    """The three sides, read when nothing moves any more."""

    theirs: Mapping[tuple[str, str], Theirs]
    twice: tuple[str, ...]
    """Numbers under which a channel keeps more than one trade."""
    agreements: Mapping[str, str]
    """Alipay's, by our number: signed or not (empty), in force (NORMAL), ended (UNSIGN)."""
    bound: Mapping[str, bool]
    """The bank's accounts, by our number: whether they may be debited."""
    mandates: tuple[Row, ...]
    batches: tuple[Row, ...]
    attempts: tuple[Row, ...]
    orders: tuple[Row, ...]
    refunds: tuple[Row, ...]
    strays: tuple[Row, ...]
    journals: tuple[Row, ...]
    clearing: Mapping[str, int]
    settled: Mapping[str, int]
    debit_fen: int
    credit_fen: int
    suspense_fen: int
    unsettled: tuple[Row, ...]
    outbox: Mapping[str, int]


async def read(engine: AsyncEngine, doors: Doors) -> Stores:
    """Read all three sides when no announcement is on its way; one that does not arrive in time is read as it stands.

    The house lives on while it is looked at: what it asks a channel in this moment is announced first.
    """
    stores = await _read(engine, doors)
    for _ in range(_LOOKS):
        if not stores.outbox.get("PENDING"):
            break
        await asyncio.sleep(_PAUSE)
        stores = await _read(engine, doors)
    return stores


async def _read(engine: AsyncEngine, doors: Doors) -> Stores:
    theirs: dict[tuple[str, str], Theirs] = {}
    twice: list[str] = []
    for channel in CHANNELS:
        for trade in (await doors.outside("GET", f"/{channel}/trades")).json()["trades"]:
            number = trade.get("out_trade_no") or trade["order_id"]
            if (channel, number) in theirs:
                twice.append(f"{channel} {number}")
            theirs[channel, number] = Theirs(trade["paid_fen"], trade["refunded_fen"])
    signed = (await doors.outside("GET", f"/{ALIPAY}/agreements")).json()["agreements"]
    accounts = (await doors.outside("GET", f"/{BANK}/accounts")).json()["accounts"]
    async with engine.execution_options(isolation_level="REPEATABLE READ").connect() as connection:
        trial = (await _rows(connection, TRIAL))[0]
        return Stores(
            theirs=theirs,
            twice=tuple(twice),
            agreements={each["external_agreement_no"]: each["status"] for each in signed},
            bound={each["bind_id"]: each["bound"] for each in accounts},
            batches=await _rows(connection, "SELECT * FROM payment_batches"),
            mandates=await _rows(connection, MANDATES),
            attempts=await _rows(connection, ATTEMPTS),
            orders=await _rows(connection, "SELECT * FROM payment_orders"),
            refunds=await _rows(connection, "SELECT * FROM refunds"),
            strays=await _rows(connection, "SELECT * FROM unplaced_payments WHERE attempt_id IS NULL"),
            journals=await _rows(connection, JOURNALS),
            clearing=_by_channel(await _rows(connection, CLEARING)),
            settled=_by_channel(await _rows(connection, SETTLED)),
            debit_fen=trial["debit_fen"],
            credit_fen=trial["credit_fen"],
            suspense_fen=(await _rows(connection, SUSPENSE))[0]["fen"],
            unsettled=await _rows(connection, FOUND),
            outbox={
                row["state"]: row["count"]
                for row in await _rows(connection, "SELECT state, count(*) FROM outbox GROUP BY 1")
            },
        )


def _by_channel(rows: tuple[Row, ...]) -> dict[str, int]:
    return {row["channel"]: row["fen"] for row in rows}


async def _rows(connection: AsyncConnection, statement: str) -> tuple[Row, ...]:
    return tuple(dict(row) for row in (await connection.execute(text(statement))).mappings())
