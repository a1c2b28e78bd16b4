"""What outside parties tell us: raw bytes and headers kept first, then verified and applied, then acknowledged."""

from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy import Index, LargeBinary, UniqueConstraint, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.shared.db import Row
from domain.shared.ids import new_id


class InboxState(StrEnum):
    """Only `APPLIED` makes a repeat unnecessary; `REFUSED` is kept as evidence and judged anew when repeated."""

    RECEIVED = "RECEIVED"
    APPLIED = "APPLIED"
    REFUSED = "REFUSED"


class InboxRow(Row):
    """One message as it came. `source` is "payments/alipay", "risk/sandbox"..."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("source", "content_hash"),
        Index("ix_inbox_about", "source", "about", postgresql_where="about IS NOT NULL"),
        Index("ix_inbox_open", "received_at", "id", postgresql_where="state = 'RECEIVED'"),
    )

    source: Mapped[str]
    method: Mapped[str]
    path: Mapped[str]
    query: Mapped[str] = mapped_column(default="")
    headers: Mapped[list[Any]]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    content_hash: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime]
    copies: Mapped[int] = mapped_column(default=1)
    state: Mapped[InboxState] = mapped_column(default=InboxState.RECEIVED)
    outcome: Mapped[str | None]
    applied_at: Mapped[datetime | None]
    about: Mapped[str | None]
    """The number a proven notice names: of an order, else of a refund or a mandate."""


async def keep(
    session: AsyncSession,
    *,
    source: str,
    method: str,
    path: str,
    query: str,
    headers: list[tuple[str, str]],
    body: bytes,
    at: datetime,
) -> InboxRow:
    """Keep a message; a repeat of the same bytes is the same row, counted. The row comes locked."""
    row = insert(InboxRow).values(
        id=new_id(),
        source=source,
        method=method,
        path=path,
        query=query,
        headers=[list(pair) for pair in headers],
        body=body,
        content_hash=_content_hash(query, headers, body),
        received_at=at,
        copies=1,
        state=InboxState.RECEIVED,
    )
    row = row.on_conflict_do_update(
        index_elements=["source", "content_hash"], set_={"copies": InboxRow.copies + 1}
    ).returning(InboxRow.id)
    row_id = (await session.execute(row)).scalar_one()
    return (
        await session.scalars(
            select(InboxRow).where(InboxRow.id == row_id).execution_options(populate_existing=True).with_for_update()
        )
    ).one()


def _content_hash(query: str, headers: list[tuple[str, str]], body: bytes) -> bytes:
    """What makes two messages the same: what they say, be it in the address, and what proves it.

    Signatures live in headers for some parties: a forged copy of a good body must not hide behind the good one.
    """
    proofs = sorted((name.lower(), value) for name, value in headers if "signature" in name.lower())
    content = sha256(msgspec.json.encode([query, proofs, len(body)]))
    content.update(body)
    return content.digest()
