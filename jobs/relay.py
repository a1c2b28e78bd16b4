"""From the outbox to arq: woken by NOTIFY, and by a slow poll in case a wake-up was lost."""

import asyncio
from functools import partial

import structlog
from arq import ArqRedis
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.shared import outbox
from domain.shared.db import Sessions
from domain.shared.listening import listen

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
            await listen(engine, outbox.CHANNEL, partial(relay, sessions, queue), every=POLL_SECONDS)
        except Exception as error:  # noqa: BLE001 - drivers raise their own; a relay that ends here delivers nothing more
            log.warning("relay.interrupted", error=type(error).__name__)
            await asyncio.sleep(POLL_SECONDS)
