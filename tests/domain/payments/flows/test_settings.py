"""Every process hears of new settings within moments, whether or not it is woken."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.payments.flows.settings import Watch
from domain.payments.rules.settings import Stored
from domain.payments.services import settings
from domain.shared.crypto import Keyring
from domain.shared.db import Sessions, make_sessions
from tests.domain.payments.services.test_settings import KEY, ask, decide, member_of_staff


@pytest.fixture
def sessions(engine: AsyncEngine, keyring: Keyring) -> Sessions:
    """Of the same database as the engine: that of the test alone."""
    return make_sessions(engine, keyring)


Take = Callable[[Stored], Awaitable[None]]


@asynccontextmanager
async def watching(engine: AsyncEngine, sessions: Sessions, take: Take) -> AsyncIterator[Watch]:
    watch = Watch(sessions, take)
    await watch.look()
    task = asyncio.create_task(watch.run(engine))
    yield watch
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def configured(sessions: Sessions, key: str) -> None:
    async with sessions.begin() as session:
        asker = await member_of_staff(session, f"asker of {key}", "ADMIN")
        await decide(session, await ask(session, asker, {"key": key}))


async def test_several_processes_hear_of_new_settings_at_once(
    engine: AsyncEngine, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.payments.flows.settings.POLL_SECONDS", 30.0)
    heard: list[asyncio.Queue[Stored]] = [asyncio.Queue(), asyncio.Queue()]
    async with watching(engine, sessions, heard[0].put), watching(engine, sessions, heard[1].put):
        await asyncio.sleep(0.2)
        async with asyncio.timeout(2):
            for version in (1, 2):
                await configured(sessions, f"{KEY} {version}")
                told = [await queue.get() for queue in heard]
                assert {(one.channel, one.version) for one in told} == {("cash", version)}
                assert {str(one.settings) for one in told} == {str({"key": f"{KEY} {version}"})}


async def test_a_lost_wake_up_is_made_up_for(
    engine: AsyncEngine, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.payments.flows.settings.POLL_SECONDS", 0.1)
    monkeypatch.setattr(settings, "NOTIFY", "nobody_listens")
    heard: asyncio.Queue[Stored] = asyncio.Queue()
    async with watching(engine, sessions, heard.put):
        monkeypatch.setattr(settings, "NOTIFY", "nor_here")
        await configured(sessions, KEY)
        async with asyncio.timeout(2):
            assert (await heard.get()).version == 1


async def test_a_process_that_starts_takes_what_is_in_force(sessions: Sessions) -> None:
    await configured(sessions, KEY)
    heard: asyncio.Queue[Stored] = asyncio.Queue()
    watch = Watch(sessions, heard.put)

    await watch.look()
    await watch.look()

    assert heard.qsize() == 1
    assert (await heard.get()).settings == {"key": KEY}


async def test_what_could_not_be_taken_is_tried_again(sessions: Sessions) -> None:
    await configured(sessions, KEY)
    tries: list[int] = []

    async def failing(stored: Stored) -> None:
        tries.append(stored.version)
        if len(tries) == 1:
            raise OSError

    watch = Watch(sessions, failing)
    with pytest.raises(OSError):
        await watch.look()
    await watch.look()
    await watch.look()

    assert tries == [1, 1]
