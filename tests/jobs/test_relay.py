"""From the outbox to the queue: nothing is lost with a worker, a queue or a connection, and the queue stays short."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, cast
from uuid import UUID

import pytest
from arq import ArqRedis, create_pool
from arq.connections import RedisSettings
from arq.constants import in_progress_key_prefix
from arq.worker import Worker, func
from asyncpg import InterfaceError
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.shared import outbox
from domain.shared.db import Sessions
from domain.shared.outbox import LEASE, OutboxRow
from jobs.relay import QUEUE_LIMIT, relay, run

INTERRUPTED = 5.0


@dataclass(frozen=True, slots=True)
class BellRung:
    topic: ClassVar[str] = "church.bell_rung"
    strokes: int = 1


@pytest.fixture
async def queue(redis_url: str) -> AsyncIterator[ArqRedis]:
    async with await create_pool(RedisSettings.from_dsn(redis_url)) as pool:
        yield pool


async def ring(sessions: Sessions) -> UUID:
    async with sessions.begin() as session:
        outbox.publish(session, BellRung())
    async with sessions() as session:
        return (await session.scalars(select(OutboxRow.id).order_by(OutboxRow.id.desc()).limit(1))).one()


async def pass_lease(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await session.execute(update(OutboxRow).values(available_at=OutboxRow.available_at - LEASE))


async def test_what_a_worker_died_with_is_delivered_as_soon_as_its_lease_is_over(
    sessions: Sessions, queue: ArqRedis
) -> None:
    row_id = await ring(sessions)
    assert await relay(sessions, queue) == 1
    for job_id in await queue.zrange(queue.default_queue_name, 0, -1):
        await queue.psetex(in_progress_key_prefix + job_id.decode(), timedelta(minutes=10), b"1")

    await pass_lease(sessions)
    assert await relay(sessions, queue) == 1

    heard: asyncio.Queue[str] = asyncio.Queue()

    async def deliver(_ctx: dict[str, Any], row_id: str) -> None:
        heard.put_nowait(row_id)

    worker = Worker(functions=[func(deliver, name="deliver")], redis_pool=queue, poll_delay=0.01, handle_signals=False)
    working = asyncio.create_task(worker.async_run())
    try:
        async with asyncio.timeout(INTERRUPTED):
            assert await heard.get() == str(row_id)
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


async def test_what_a_queue_lost_is_handed_over_again(sessions: Sessions, queue: ArqRedis) -> None:
    await ring(sessions)
    await relay(sessions, queue)
    await queue.flushdb()

    assert await relay(sessions, queue) == 0
    await pass_lease(sessions)
    assert await relay(sessions, queue) == 1


async def test_a_long_queue_is_not_made_longer(sessions: Sessions, queue: ArqRedis) -> None:
    await ring(sessions)
    await queue.zadd(queue.default_queue_name, {f"job{n}": 1 for n in range(QUEUE_LIMIT)})

    assert await relay(sessions, queue) == 0

    await queue.zrem(queue.default_queue_name, "job0")
    assert await relay(sessions, queue) == 1


@dataclass
class Fragile:
    """A queue whose first use fails as `trouble` says."""

    trouble: Exception | None
    taken: asyncio.Queue[str]
    default_queue_name: str = "fragile"

    async def zcard(self, _name: str) -> int:
        return 0

    async def enqueue_job(self, _function: str, row_id: str) -> None:
        trouble, self.trouble = self.trouble, None
        if trouble is not None:
            raise trouble
        self.taken.put_nowait(row_id)


@pytest.mark.parametrize("trouble", [InterfaceError("connection is closed"), RuntimeError("a bug"), OSError("away")])
async def test_the_relay_goes_on_whatever_went_wrong_once(
    engine: AsyncEngine, sessions: Sessions, trouble: Exception
) -> None:
    queue = Fragile(trouble, asyncio.Queue())
    await ring(sessions)
    relaying = asyncio.create_task(run(engine, sessions, cast("ArqRedis", queue)))
    try:
        async with asyncio.timeout(INTERRUPTED):
            while queue.trouble is not None:
                await asyncio.sleep(0.01)
        row_id = await ring(sessions)
        async with asyncio.timeout(INTERRUPTED):
            assert await queue.taken.get() == str(row_id)
    finally:
        relaying.cancel()
        await asyncio.gather(relaying, return_exceptions=True)


async def test_the_relay_listens_again_when_its_connection_was_cut(
    engine: AsyncEngine, sessions: Sessions, queue: ArqRedis
) -> None:
    relaying = asyncio.create_task(run(engine, sessions, queue))
    try:
        await _queued(queue, 0)
        async with asyncio.timeout(INTERRUPTED):
            while not await _cut(sessions):
                await asyncio.sleep(0.01)
        await ring(sessions)
        await _queued(queue, 1)
    finally:
        relaying.cancel()
        await asyncio.gather(relaying, return_exceptions=True)


async def _cut(sessions: Sessions) -> int:
    query = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
    async with sessions.begin() as session:
        return await session.scalar(text(query)) or 0


async def _queued(queue: ArqRedis, count: int) -> None:
    async with asyncio.timeout(INTERRUPTED):
        while await queue.zcard(queue.default_queue_name) != count:
            await asyncio.sleep(0.01)
