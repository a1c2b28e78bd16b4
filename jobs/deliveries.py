"""Which announcement goes to whom. A consumer is transactional (its effects and "done" commit together) or a flow."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import fields
from typing import Any
from uuid import UUID

import msgspec
import structlog
from sqlalchemy.exc import SQLAlchemyError

from domain.shared import outbox
from domain.shared.failpoints import failpoint
from jobs.house import House

log = structlog.get_logger()


Transactional = Callable[..., Awaitable[object]]
"""`await consumer(session, at=at, **payload)`: its effects commit with "done". The same event may come again."""

Flow = Callable[..., Awaitable[object]]
"""`await flow(house, **payload)`: opens its own short transactions around calls to the outside."""


class Deliveries:
    """The table of consumers, filled once at start. A topic without a consumer is for subscribers only."""

    def __init__(self) -> None:
        self._transactional: dict[str, tuple[type[outbox.Event], Transactional]] = {}
        self._flows: dict[str, tuple[type[outbox.Event], Flow]] = {}

    def apply(self, event: type[outbox.Event], consumer: Transactional) -> None:
        self._transactional[event.topic] = (event, consumer)

    def follow(self, event: type[outbox.Event], flow: Flow) -> None:
        self._flows[event.topic] = (event, flow)

    async def deliver(self, house: House, row_id: UUID) -> None:
        """Deliver one announcement; a failure is kept on its row and tried again later, longer apart each time."""
        try:
            await self._deliver(house, row_id)
        except Exception as error:
            log.warning("outbox.failed", row_id=str(row_id), error=type(error).__name__, exc_info=True)
            async with house.sessions.begin() as session:
                await outbox.failed(session, row_id, f"{type(error).__name__}: {error}")

    async def _deliver(self, house: House, row_id: UUID) -> None:
        async with house.sessions.begin() as session:
            row = await outbox.open_row(session, row_id)
            if row is None:
                return
            topic, payload = row.topic, row.payload
            if topic not in self._flows:
                if topic in self._transactional:
                    event, consumer = self._transactional[topic]
                    at = await house.clock.now(session)
                    await consumer(session, at=at, **_typed(event, payload))
                    failpoint("jobs.before_done")
                outbox.done(row)
                return
            await outbox.hold(session, row_id)
        event, flow = self._flows[topic]
        async with _held(house, row_id):
            await flow(house, **_typed(event, payload))
        failpoint("jobs.before_done")
        async with house.sessions.begin() as session:
            if row := await outbox.open_row(session, row_id):
                outbox.done(row)


@asynccontextmanager
async def _held(house: House, row_id: UUID) -> AsyncGenerator[None]:
    """While this process works on a row nobody else is given it; when the process dies, its lease simply runs out."""
    holding = asyncio.create_task(_hold(house, row_id))
    try:
        yield
    finally:
        holding.cancel()
        await asyncio.gather(holding, return_exceptions=True)


async def _hold(house: House, row_id: UUID) -> None:
    while True:
        await asyncio.sleep(outbox.LEASE.total_seconds() / 3)
        # A row given away once too often does no harm: a flow may be begun twice.
        with suppress(OSError, SQLAlchemyError):
            async with house.sessions.begin() as session:
                await outbox.hold(session, row_id)


def _typed(event: type[outbox.Event], payload: dict[str, Any]) -> dict[str, Any]:
    """The payload with the types its event says: ids as UUID, days as dates."""
    read = msgspec.convert(payload, event)
    return {part.name: getattr(read, part.name) for part in fields(read)}
