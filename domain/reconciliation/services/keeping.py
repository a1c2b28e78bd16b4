"""Keeping what a channel has for a day: the file before it is read, another file beside the first, lines once."""

import re
import zlib
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments.ports import (
    BillAnswer,
    BillEmpty,
    BillEntry,
    BillFile,
    BillKind,
    BillNotReady,
    BillProblem,
    BillRequest,
    BillRow,
    BillTotals,
)
from domain.reconciliation import models
from domain.reconciliation.events import BillKept
from domain.reconciliation.models import Bill, BillLine, BillReading
from domain.reconciliation.queries import bills as queries
from domain.reconciliation.queries import ours
from domain.reconciliation.rules.fetching import next_fetch
from domain.reconciliation.rules.matching import Found
from domain.reconciliation.rules.states import WANTED, BillState, Finding
from domain.reconciliation.services import noting
from domain.shared import outbox
from domain.shared.crypto import keyring_of
from domain.shared.ids import new_id
from domain.shared.money import CURRENCY, is_fen

_SEALED_AS = "bill"
_LONG_DIGITS = re.compile(r"\d{7,}")
_MOST_RAW = 1000


async def request_for(session: AsyncSession, *, bill_id: UUID, again: bool) -> BillRequest | None:
    """What to ask the channel for; None when the bill is here, unless it is to be fetched `again`."""
    bill = await session.get_one(Bill, bill_id)
    return BillRequest(bill.day, bill.kind) if again or bill.state in WANTED else None


async def not_offered(session: AsyncSession, *, bill_id: UUID) -> None:
    """The channel has no bills: nothing is asked for any more."""
    bill = await queries.lock_bill(session, bill_id)
    if bill.state in WANTED:
        bill.move_to(BillState.NOT_OFFERED)
        bill.ask_at = None


async def record(session: AsyncSession, *, bill_id: UUID, answer: BillAnswer, at: datetime) -> None:
    """Keep what the channel answered. The first file of a day counts; another one is kept beside it and reported."""
    bill = await queries.lock_bill(session, bill_id)
    match answer:
        case BillFile():
            await _file(session, bill, answer, at)
        case BillEmpty():
            await _empty(session, bill, at)
        case BillNotReady():
            _not_ready(session, bill, answer, at)
    await session.flush()


async def to_read(session: AsyncSession, *, bill_id: UUID) -> tuple[UUID, BillFile] | None:
    """The file that is kept and not read yet, with its id; None when there is nothing to read."""
    bill = await session.get_one(Bill, bill_id)
    if bill.state is not BillState.FETCHED or bill.file_id is None:
        return None
    row = await queries.file_of(session, bill.file_id)
    content = zlib.decompress(keyring_of(session).system.open_bytes(_SEALED_AS, row.content_sealed))
    return row.id, BillFile(content, row.name, row.sha256, bill.kind, bill.day, row.hash_ok)


async def record_lines(
    session: AsyncSession, *, bill_id: UUID, file_id: UUID, entries: Iterable[BillEntry], at: datetime
) -> None:
    """Keep what a file says, once: its lines, and its own totals."""
    bill = await queries.lock_bill(session, bill_id)
    if bill.state is not BillState.FETCHED or bill.file_id != file_id:
        return
    if await queries.reading_of(session, file_id) is None:
        told = list(entries)
        lines = [_line(file_id, n, each) for n, each in enumerate((e for e in told if _is_line(e)), 1)]
        if lines:
            await session.execute(insert(BillLine), lines)
        session.add(BillReading(file_id=file_id, lines=len(lines), totals=_totals(told), read_at=at))
    bill.move_to(BillState.PARSED)
    bill.ask_at, bill.tries, bill.problem = None, 0, None
    await session.flush()


async def unreadable(session: AsyncSession, *, bill_id: UUID, file_id: UUID, problem: str, at: datetime) -> None:
    """The plugin could not read the file: a person looks, and the file is kept to be read again."""
    bill = await queries.lock_bill(session, bill_id)
    if bill.state is BillState.FETCHED and bill.file_id == file_id:
        bill.move_to(BillState.FAILED)
        bill.ask_at, bill.problem = None, problem
        await noting.note(session, bill, [Found(Finding.NO_BILL, note="bill")], at=at)


async def _file(session: AsyncSession, bill: Bill, file: BillFile, at: datetime) -> None:
    digest = sha256(file.content).hexdigest()
    if file.hash_ok is False or file.sha256.lower() != digest:
        # Cut off on the way, or not the channel's: as good as none.
        _not_ready(session, bill, BillNotReady(), at, problem="the file is not what its hash says")
        return
    row = await queries.file_with(session, bill.id, digest)
    if row is None:
        sealed = keyring_of(session).system.seal_bytes(_SEALED_AS, zlib.compress(file.content))
        row = models.BillFile(
            bill_id=bill.id,
            name=_plain(file.name),
            sha256=digest,
            hash_ok=file.hash_ok,
            size=len(file.content),
            content_sealed=sealed,
            fetched_at=at,
        )
        session.add(row)
        await session.flush()
    if bill.file_id is None:
        bill.file_id = row.id
        to_be_read(bill, at)
    elif bill.file_id != row.id:
        await noting.note(session, bill, [Found(Finding.OTHER_FILE, note=f"file:{digest}")], at=at)
    outbox.publish(session, BillKept(bill.id))


def to_be_read(bill: Bill, at: datetime) -> None:
    """The file that counts is to be read; looked after should the announcement come to nothing."""
    bill.move_to(BillState.FETCHED)
    bill.ask_at, bill.tries, bill.problem = next_fetch(at, 0), 0, None


async def _empty(session: AsyncSession, bill: Bill, at: datetime) -> None:
    if bill.file_id is not None:
        await noting.note(session, bill, [Found(Finding.OTHER_FILE, note="file:none")], at=at)
    elif bill.state in WANTED:
        bill.move_to(BillState.EMPTY)
        bill.ask_at, bill.problem = None, None
        # Most days of most channels: there is nothing on either side to compare.
        if not await ours.any_around(session, bill):
            await noting.forget(session, bill, (), at=at)
            return
    outbox.publish(session, BillKept(bill.id))


def _not_ready(
    session: AsyncSession, bill: Bill, answer: BillNotReady, at: datetime, *, problem: str | None = None
) -> None:
    if bill.state not in WANTED:
        # It was fetched again: what is here is compared again all the same.
        outbox.publish(session, BillKept(bill.id))
        return
    bill.move_to(BillState.NOT_READY)
    bill.ask_at = next_fetch(at, bill.tries, answer.retry_after)
    error = answer.error
    bill.problem = problem or (_plain(f"{error.code}: {error.message}") if error else None)


def _is_line(entry: BillEntry) -> bool:
    return not isinstance(entry, BillTotals)


def _line(file_id: UUID, n: int, entry: BillEntry) -> dict[str, Any]:
    """One entry as a row; what is missing or makes no sense is a line that nobody understood."""
    blank: dict[str, Any] = {
        "id": new_id(),
        "file_id": file_id,
        "n": n,
        "kind": BillKind.OTHER,
        "understood": False,
        "number": None,
        "order_no": None,
        "provider_no": None,
        "amount_fen": 0,
        "received_fen": None,
        "fee_fen": 0,
        "currency": CURRENCY,
        "occurred_at": None,
        "status": None,
        "raw": _masked(getattr(entry, "raw", "")),
    }
    if isinstance(entry, BillProblem):
        return blank | {"status": _plain(entry.message)}
    if not isinstance(entry, BillRow) or not _has_sums(entry):
        return blank
    usual = entry.kind in (BillKind.PAYMENT, BillKind.REFUND, BillKind.FEE)
    timed = entry.occurred_at if entry.occurred_at and entry.occurred_at.tzinfo else None
    return blank | {
        "kind": entry.kind,
        "understood": True,
        "number": _number(entry),
        "order_no": _plain(entry.order_no) or None,
        "provider_no": _plain(entry.provider_no) or None,
        "amount_fen": entry.amount_fen,
        "received_fen": entry.received_fen,
        "fee_fen": entry.fee_fen or 0,
        "currency": _plain(entry.currency),
        "occurred_at": timed,
        "status": _plain(entry.status) or None,
        "raw": None if usual else blank["raw"],
    }


def _has_sums(row: BillRow) -> bool:
    # A plugin's author may have forgotten the types: the driver would cut a float down to an integer without a word.
    told = (each for each in (row.received_fen, row.fee_fen) if each is not None)
    return is_fen(row.amount_fen) and row.amount_fen >= 0 and all(is_fen(each) for each in told)


def _number(row: BillRow) -> str | None:
    if row.kind is BillKind.REFUND:
        return _plain(row.refund_no) or None
    return _plain(row.order_no) or _plain(row.provider_no) or None


def _totals(entries: Iterable[BillEntry]) -> dict[str, int]:
    said: dict[str, int] = {}
    for entry in entries:
        if isinstance(entry, BillTotals):
            said |= {name: fen for name, fen in asdict(entry).items() if is_fen(fen)}
    return said


def _plain(text: object) -> str:
    # A NUL is text for Python and not for PostgreSQL; and a number is a number, whatever its type.
    return str(text or "").replace("\0", "").strip()[:_MOST_RAW]


def _masked(raw: str) -> str:
    """Card numbers, phones and accounts without their middles."""
    return _LONG_DIGITS.sub(lambda found: f"{found[0][:3]}****{found[0][-4:]}", _plain(raw))
