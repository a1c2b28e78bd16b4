"""The inbox: raw bytes first, a repeat is the same row, a forgery is not. What it holds nobody reads without the key."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import bindparam, func, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from domain.shared import inbox
from domain.shared.db import Sessions
from domain.shared.ids import new_id
from domain.shared.inbox import InboxRow, InboxState
from domain.shared.wire import Headers, RawRequest

AT = datetime(2026, 1, 15, 4, tzinfo=UTC)


async def keep(session: AsyncSession, source: str = "payments/alipay", **changes: Any) -> InboxRow:
    usual: dict[str, Any] = {
        "method": "POST",
        "path": "/notify/payments/alipay",
        "query": "",
        "headers": [("Content-Type", "application/x-www-form-urlencoded")],
        "body": b"out_trade_no=PO1&trade_status=TRADE_SUCCESS&sign=abc",
        "received_at": AT,
    }
    return await inbox.keep(session, source=source, raw=RawRequest(**(usual | changes)))


async def test_a_message_is_kept_byte_for_byte_with_its_headers(session: AsyncSession) -> None:
    body = bytes(range(256))
    row = await keep(session, body=body, query="a=%20b", headers=[("X-One", "1"), ("X-One", "二")])

    assert (row.state, row.copies, row.received_at) == (InboxState.RECEIVED, 1, AT)
    assert await inbox.raw_of(session, row.id) == RawRequest(
        "POST", "/notify/payments/alipay", "a=%20b", Headers([("x-one", "1"), ("x-one", "二")]), body, AT
    )


async def test_nothing_that_was_said_is_to_be_read_in_the_database(session: AsyncSession) -> None:
    said = {"query": "phone=13800138000", "headers": [("X-Payer", "李雷13800138000")], "body": b"accNo=13800138000"}
    row = await keep(session, **said)

    written = text("SELECT inbox::text || encode(sealed, 'escape') FROM inbox WHERE id = :id")
    kept: str = (await session.execute(written, {"id": row.id})).scalar_one()

    assert "payments/alipay" in kept
    assert "13800138000" not in kept
    assert b"13800138000".hex() not in kept


async def test_what_is_sealed_opens_in_its_own_row_only(session: AsyncSession) -> None:
    one, other = await keep(session), await keep(session, body=b"another")
    await session.execute(
        text("UPDATE inbox SET sealed = (SELECT sealed FROM inbox WHERE id = :other) WHERE id = :one"),
        {"one": one.id, "other": other.id},
    )

    with pytest.raises(inbox.Damaged):
        await inbox.raw_of(session, one.id)
    assert (await inbox.raw_of(session, other.id)).body == b"another"


async def test_a_message_from_before_messages_were_sealed_is_read_as_it_was_kept(session: AsyncSession) -> None:
    row_id = await _in_the_clear(session, body=b"\xffold", query="a=1")

    raw = await inbox.raw_of(session, row_id)

    assert (raw.body, raw.query, raw.headers.pairs()) == (b"\xffold", "a=1", (("x-one", "1"),))


async def test_messages_from_before_are_sealed_some_at_a_time_and_say_the_same_afterwards(
    session: AsyncSession,
) -> None:
    old = [await _in_the_clear(session, body=f"accNo={n}".encode(), query=f"phone={n}") for n in range(3)]
    new = await keep(session)
    said = [await inbox.raw_of(session, row_id) for row_id in [*old, new.id]]

    assert [await inbox.seal_old(session, limit=2) for _ in range(3)] == [2, 1, 0]

    assert [await inbox.raw_of(session, row_id) for row_id in [*old, new.id]] == said
    left = text("SELECT count(*) FROM inbox WHERE body IS NOT NULL OR query <> '' OR headers <> '[]'")
    assert await session.scalar(left) == 0


async def test_what_was_never_proven_is_forgotten_in_time_and_nothing_else(session: AsyncSession) -> None:
    async def kept(number: int, state: InboxState, outcome: str | None, *, days_ago: int = 91) -> UUID:
        row = await keep(session, body=str(number).encode(), received_at=AT - timedelta(days=days_ago))
        row.state, row.outcome = state, outcome
        return row.id

    forged = ["BAD_SIGNATURE", "BAD_SIGNATURE: no header X-Signature", "PROBE"]
    for number, outcome in enumerate(forged):
        await kept(number, InboxState.REFUSED, outcome)
    others = {
        await kept(10, InboxState.REFUSED, "BAD_SIGNATURE", days_ago=89),
        await kept(11, InboxState.REFUSED, "FOREIGN_MERCHANT"),
        await kept(12, InboxState.REFUSED, "unreadable: KeyError"),
        await kept(13, InboxState.APPLIED, "ACCEPTED"),
        await kept(14, InboxState.RECEIVED, None),
    }
    await session.flush()

    before = AT - timedelta(days=90)
    assert [await inbox.forget_unproven(session, before=before, limit=2) for _ in range(3)] == [2, 1, 0]
    assert set(await session.scalars(select(InboxRow.id))) == others


async def _in_the_clear(session: AsyncSession, *, body: bytes, query: str) -> UUID:
    """A row as the release before wrote it."""
    row_id = new_id()
    columns = "id, source, method, path, query, headers, body, content_hash, received_at, copies, state"
    values = ":id, 'payments/alipay', 'POST', '/', :query, :headers, :body, :body, :at, 1, 'RECEIVED'"
    await session.execute(
        text(f"INSERT INTO inbox ({columns}) VALUES ({values})").bindparams(
            bindparam("headers", [["x-one", "1"]], JSONB), id=row_id, query=query, body=body, at=AT
        )
    )
    return row_id


async def test_a_repeat_is_the_same_row_counted(session: AsyncSession) -> None:
    first = await keep(session)
    again = await keep(session, headers=[("Content-Type", "text/plain"), ("X-Request-Id", "2")])

    assert again.id == first.id
    assert again.copies == 2


async def test_a_repeat_shows_what_became_of_the_first(session: AsyncSession) -> None:
    first = await keep(session)
    first.state, first.outcome = InboxState.APPLIED, "posted"

    again = await keep(session)

    assert (again.state, again.outcome) == (InboxState.APPLIED, "posted")


async def test_the_same_words_from_another_party_are_another_message(session: AsyncSession) -> None:
    first = await keep(session)

    assert (await keep(session, source="payments/wechat")).id != first.id


async def test_another_signature_in_the_headers_is_another_message(session: AsyncSession) -> None:
    good = await keep(session, headers=[("Wechatpay-Signature", "good")])
    good.state = InboxState.APPLIED

    forged = await keep(session, headers=[("wechatpay-signature", "forged")])

    assert forged.id != good.id
    assert forged.state is InboxState.RECEIVED


async def test_a_signature_cannot_be_moved_from_the_headers_into_the_body(session: AsyncSession) -> None:
    good = await keep(session, body=b"{}", headers=[("x-signature", "good")])

    assert (await keep(session, body=b"{}\nx-signature:good", headers=[])).id != good.id


async def test_what_is_said_in_the_address_counts_too(session: AsyncSession) -> None:
    first = await keep(session, method="GET", query="order=1", body=b"")

    assert (await keep(session, method="GET", query="order=2", body=b"")).id != first.id


async def test_copies_that_come_at_once_are_one_row_and_wait_for_each_other(sessions: Sessions) -> None:
    async def receive() -> None:
        async with sessions.begin() as session:
            row = await keep(session)
            if row.state is not InboxState.APPLIED:
                await asyncio.sleep(0.05)
                row.state, row.outcome = InboxState.APPLIED, f"{row.outcome or ''}applied"

    await asyncio.gather(*(receive() for _ in range(5)))

    async with sessions() as session:
        row = (await session.scalars(select(InboxRow))).one()
        assert (row.copies, row.outcome) == (5, "applied")
        assert await session.scalar(select(func.count()).select_from(InboxRow)) == 1
