"""The parties' post goes on whatever happens to the clock by which it is sealed."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from plugins.sandbox.post import Postman, real_time
from plugins.sandbox.store import Letter, Store

NOBODY = "http://127.0.0.1:9/notify"
"""Where nobody listens: sent is sent."""


async def test_a_letter_waits_while_the_clock_is_away_and_is_sent_when_it_is_back(tmp_path: Path) -> None:
    store, asked = Store(tmp_path / "sandbox.sqlite3"), 0
    store.post(Letter(NOBODY, b"{}", "application/json", "sms", real_time()))

    async def now() -> datetime:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise ConnectionError("the database is away")
        return datetime(2026, 11, 21, tzinfo=UTC)

    post = asyncio.create_task(Postman(store, {}, now, scale=1).run())
    async with asyncio.timeout(10):
        while store.due(real_time(), 1) and not post.done():
            await asyncio.sleep(0.01)
    post.cancel()
    with suppress(asyncio.CancelledError):
        await post

    assert asked == 2
    assert store.due(real_time(), 1) == []
