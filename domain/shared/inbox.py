"""What outside parties tell us: raw bytes and headers kept first, then verified and applied, then acknowledged.

People are named in what parties tell, by card and phone at times: what came is sealed as it came, and opened where it
is read again.
"""

from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, cast
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from sqlalchemy import Index, LargeBinary, Table, UniqueConstraint, bindparam, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column, undefer_group

from domain.shared.crypto import Keyring, keyring_of
from domain.shared.db import Row
from domain.shared.ids import new_id
from domain.shared.wire import Headers, RawRequest


class InboxState(StrEnum):
    """Only `APPLIED` makes a repeat unnecessary; `REFUSED` is kept as evidence and judged anew when repeated."""

    RECEIVED = "RECEIVED"
    APPLIED = "APPLIED"
    REFUSED = "REFUSED"


BAD_SIGNATURE, PROBE = "BAD_SIGNATURE", "PROBE"
"""How an outcome begins of a message of which nothing proves who sent it; a probe's signature is wrong on purpose."""


class InboxRow(Row):
    """One message. `source` is "payments/alipay", "risk/sandbox"... What it said is read by `raw_of` alone."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("source", "content_hash"),
        Index("ix_inbox_about", "source", "about", postgresql_where="about IS NOT NULL"),
        Index("ix_inbox_clear", "id", postgresql_where="sealed IS NULL"),
        Index("ix_inbox_open", "received_at", "id", postgresql_where="state = 'RECEIVED'"),
        Index("ix_inbox_refused", "source", "received_at", postgresql_where="state = 'REFUSED'"),
    )

    source: Mapped[str]
    method: Mapped[str]
    path: Mapped[str]
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True, deferred_group="content")
    """Query, headers and body as they came."""
    query: Mapped[str] = mapped_column(default="", deferred=True, deferred_group="content")
    headers: Mapped[list[Any]] = mapped_column(default=list, deferred=True, deferred_group="content")
    body: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True, deferred_group="content")
    """In the clear only where nothing is sealed: in rows from before messages were."""
    content_hash: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime]
    copies: Mapped[int] = mapped_column(default=1)
    state: Mapped[InboxState] = mapped_column(default=InboxState.RECEIVED)
    outcome: Mapped[str | None]
    applied_at: Mapped[datetime | None]
    about: Mapped[str | None]
    """The number a proven notice names: of an order, else of a refund or a mandate."""


class Damaged(Exception):
    """What a kept message said cannot be opened."""


# Put together once, and those that write of the bare table: to build a statement takes longer than to send it.
_TABLE = cast("Table", InboxRow.__table__)
_NEW = ("id", "source", "method", "path", "sealed", "content_hash", "received_at", "copies", "state")
_CONTENT = frozenset({"sealed", "query", "headers", "body"})
_KEEP = (
    select(InboxRow)
    .from_statement(
        insert(_TABLE)
        .values({name: bindparam(name) for name in _NEW})
        .on_conflict_do_update(index_elements=["source", "content_hash"], set_={"copies": _TABLE.c.copies + 1})
        .returning(*(column for column in _TABLE.c if column.name not in _CONTENT))
    )
    .execution_options(populate_existing=True)
)
_LOCKED = (
    select(InboxRow)
    .where(InboxRow.id == bindparam("row_id"))
    .with_for_update()
    .execution_options(populate_existing=True)
)
_JUDGED = (
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("row_id"))
    .values({name: bindparam(name) for name in ("state", "outcome", "about", "applied_at")})
)


async def keep(session: AsyncSession, *, source: str, raw: RawRequest) -> InboxRow:
    """Keep a message; a repeat of the same bytes is the same row, counted. The row comes locked."""
    row_id, headers = new_id(), list(raw.headers.pairs())
    row: dict[str, Any] = {
        "id": row_id,
        "source": source,
        "method": raw.method,
        "path": raw.path,
        "sealed": _sealed(keyring_of(session), row_id, _Content(raw.query, headers, raw.body)),
        "content_hash": _content_hash(raw.query, headers, raw.body),
        "received_at": raw.received_at,
        "copies": 1,
        "state": InboxState.RECEIVED,
    }
    return (await session.scalars(_KEEP, row)).one()


async def lock(session: AsyncSession, row_id: UUID) -> InboxRow:
    """A kept message as it stands now; nobody else works on it until this transaction ends. Raises NoResultFound."""
    return (await session.scalars(_LOCKED, {"row_id": row_id})).one()


async def judged(
    session: AsyncSession, row_id: UUID, state: InboxState, outcome: str, *, about: str | None, at: datetime
) -> None:
    """Write down what became of a message that `lock` holds, and what it is about."""
    applied_at = at if state is InboxState.APPLIED else None
    judgement = {"state": state, "outcome": outcome, "about": about, "applied_at": applied_at}
    await session.execute(_JUDGED, {"row_id": row_id, **judgement})


async def raw_of(session: AsyncSession, row_id: UUID) -> RawRequest:
    """A kept message as it came, byte for byte. Raises NoResultFound, Damaged."""
    rows = select(InboxRow).where(InboxRow.id == row_id).options(undefer_group("content"))
    row = (await session.scalars(rows.execution_options(populate_existing=True))).one()
    content = _in_the_clear(row) if row.sealed is None else _opened(keyring_of(session), row_id, row.sealed)
    return RawRequest(row.method, row.path, content.query, Headers(content.headers), content.body, row.received_at)


async def seal_old(session: AsyncSession, *, limit: int) -> int:
    """Seal up to `limit` messages from before messages were; how many it were."""
    clear = select(InboxRow).where(InboxRow.sealed.is_(None)).order_by(InboxRow.id).limit(limit)
    rows = (await session.scalars(clear.with_for_update(skip_locked=True).options(undefer_group("content")))).all()
    for row in rows:
        row.sealed = _sealed(keyring_of(session), row.id, _in_the_clear(row))
        row.query, row.headers, row.body = "", [], None
    await session.flush()
    return len(rows)


async def forget_unproven(session: AsyncSession, *, before: datetime, limit: int) -> int:
    """Remove up to `limit` messages whose signature did not hold, of before a moment; how many it were.

    They are all of this table that a stranger can make grow. What was proven stays, also where it was refused, and so
    does what nobody could read: that may be a fault of ours.
    """
    unproven = or_(InboxRow.outcome == PROBE, InboxRow.outcome.startswith(BAD_SIGNATURE))
    refused = InboxRow.state == InboxState.REFUSED, InboxRow.received_at < before
    old = select(InboxRow.id).where(*refused, unproven).limit(limit)
    gone = await session.scalars(
        delete(InboxRow)
        .where(InboxRow.id.in_(old.with_for_update(skip_locked=True)))
        .returning(InboxRow.id)
        .execution_options(synchronize_session=False)
    )
    return len(gone.all())


class _Content(msgspec.Struct, frozen=True, array_like=True):
    """What a message said, and what it was said with."""

    query: str
    headers: list[tuple[str, str]]
    body: bytes


def _in_the_clear(row: InboxRow) -> _Content:
    return _Content(row.query, [(name, value) for name, value in row.headers], row.body or b"")


def _sealed(keyring: Keyring, row_id: UUID, content: _Content) -> bytes:
    # Its row is bound in: put into another one, it does not open.
    return keyring.system.seal_bytes(f"inbox:{row_id}", msgspec.msgpack.encode(content))


def _opened(keyring: Keyring, row_id: UUID, sealed: bytes) -> _Content:
    try:
        return msgspec.msgpack.decode(keyring.system.open_bytes(f"inbox:{row_id}", sealed), type=_Content)
    except (InvalidTag, ValueError) as error:
        raise Damaged(f"inbox row {row_id} does not open") from error


def _content_hash(query: str, headers: list[tuple[str, str]], body: bytes) -> bytes:
    """What makes two messages the same: what they say, be it in the address, and what proves it.

    Signatures live in headers for some parties: a forged copy of a good body must not hide behind the good one.
    """
    proofs = sorted((name.lower(), value) for name, value in headers if "signature" in name.lower())
    content = sha256(msgspec.json.encode([query, proofs, len(body)]))
    content.update(body)
    return content.digest()
