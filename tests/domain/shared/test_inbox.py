"""The inbox: raw bytes first, a repeat is the same row, a forgery is not."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.shared import inbox
from domain.shared.db import Sessions
from domain.shared.inbox import InboxRow, InboxState

AT = datetime(2026, 1, 15, 4, tzinfo=UTC)


async def keep(session: AsyncSession, **changes: Any) -> InboxRow:
    usual: dict[str, Any] = {
        "source": "payments/alipay",
        "method": "POST",
        "path": "/notify/payments/alipay",
        "query": "",
        "headers": [("Content-Type", "application/x-www-form-urlencoded")],
        "body": b"out_trade_no=PO1&trade_status=TRADE_SUCCESS&sign=abc",
        "at": AT,
    }
    return await inbox.keep(session, **(usual | changes))


async def test_a_message_is_kept_byte_for_byte_with_its_headers(session: AsyncSession) -> None:
    body = bytes(range(256))
    row = await keep(session, body=body, headers=[("X-One", "1"), ("X-One", "2")])
    await session.flush()
    await session.refresh(row)

    assert row.body == body
    assert row.headers == [["X-One", "1"], ["X-One", "2"]]
    assert (row.state, row.copies, row.received_at) == (InboxState.RECEIVED, 1, AT)


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
