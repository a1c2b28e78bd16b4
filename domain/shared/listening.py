"""Acting whenever the database calls, and now and then besides, in case a call was lost."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine


async def listen(engine: AsyncEngine, channel: str, act: Callable[[], Awaitable[object]], *, every: float) -> None:
    """Act now, at each NOTIFY on `channel`, and `every` so many seconds, until cancelled or the connection is closed.

    What `act` or the driver raises is raised.
    """
    woken = asyncio.Event()

    def wake(*_notification: Any) -> None:
        woken.set()

    async with engine.connect() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        await driver.add_listener(channel, wake)
        try:
            while not driver.is_closed():
                woken.clear()
                await act()
                # Not asyncio.wait_for, which before Python 3.12 forgets a cancellation that comes with what it waits for.
                with suppress(TimeoutError):
                    async with asyncio.timeout(every):
                        await woken.wait()
        finally:
            # The connection goes back to the pool without its listener; one that broke does not go back.
            with suppress(Exception):
                await driver.remove_listener(channel, wake)
