"""Whoever listens acts when he is called and when he is not, and stops when he is told to."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.shared.listening import listen

CHANNEL = "church_bells"
PATIENCE = 5


async def ring(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(text(f"NOTIFY {CHANNEL}"))


@pytest.mark.parametrize(("every", "calls"), [(1000.0, True), (0.01, False)], ids=["called", "not-called"])
async def test_he_acts_at_once_and_again(engine: AsyncEngine, every: float, calls: bool) -> None:
    acted: asyncio.Queue[None] = asyncio.Queue()

    async def act() -> None:
        acted.put_nowait(None)

    listening = asyncio.create_task(listen(engine, CHANNEL, act, every=every))
    async with asyncio.timeout(PATIENCE):
        for _ in range(3):
            await acted.get()
            if calls:
                await ring(engine)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    assert listening.cancelled()


async def test_he_stops_although_he_is_called_at_the_same_moment(engine: AsyncEngine) -> None:
    told = False

    async def act() -> None:
        nonlocal told
        if not told:
            told = True
            await ring(engine)
            await asyncio.sleep(0.2)  # by then it has been heard
            listening.cancel()

    listening = asyncio.create_task(listen(engine, CHANNEL, act, every=1000))
    _, going_on = await asyncio.wait([listening], timeout=PATIENCE)
    listening.cancel()

    assert not going_on
