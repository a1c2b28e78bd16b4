"""Things that happen at the same time, and end together."""

import asyncio
from collections.abc import Coroutine


async def together(*works: Coroutine[None, None, None]) -> None:
    """Do all of them at the same time. The first that fails ends the others, and its error is the one raised."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
