"""From the outbox to arq: woken by NOTIFY, and by a slow poll in case a wake-up was lost."""

import asyncio
from contextlib import suppress
from typing import Any

import structlog
from arq import ArqRedis
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.shared import outbox
from domain.shared.db import Sessions

log = structlog.get_logger()

BATCH = 100
QUEUE_LIMIT = 1000
"""Jobs that wait in Redis. What is handed over waits no longer than its lease, or it is handed over once more."""
POLL_SECONDS = 1.0


async def relay(sessions: Sessions, queue: ArqRedis) -> int:
    """Hand over what is due, oldest first. A row is handed over again after its lease until it is done."""
    handed = 0
    while await queue.zcard(queue.default_queue_name) < QUEUE_LIMIT:
        async with sessions.begin() as session:
            rows = await outbox.lease(session, limit=BATCH)
        for row_id in rows:
            # A job of its own each time: arq keeps the id of a job whose worker died blocked for minutes.
            await queue.enqueue_job("deliver", str(row_id))
        handed += len(rows)
        if len(rows) < BATCH:
            break
    return handed


async def run(engine: AsyncEngine, sessions: Sessions, queue: ArqRedis) -> None:
    """Relay until cancelled. Database and Redis may go away and come back."""
    while True:
        try:
            await _listen(engine, sessions, queue)
        except Exception as error:  # noqa: BLE001 - drivers raise their own; a relay that ends here delivers nothing more
            log.warning("relay.interrupted", error=type(error).__name__)
            await asyncio.sleep(POLL_SECONDS)


async def _listen(engine: AsyncEngine, sessions: Sessions, queue: ArqRedis) -> None:
    woken = asyncio.Event()

    def wake(*_notification: Any) -> None:
        woken.set()

    async with engine.connect() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        await driver.add_listener(outbox.CHANNEL, wake)
        try:
            while not driver.is_closed():
                woken.clear()
                await relay(sessions, queue)
                with suppress(TimeoutError):
                    await asyncio.wait_for(woken.wait(), POLL_SECONDS)
        finally:
            # The connection goes back to the pool without its listener; one that broke does not go back.
            with suppress(Exception):
                await driver.remove_listener(outbox.CHANNEL, wake)
