"""The processes of suidai itself, as children of `suidai up`: how each is started and how one sees that it works."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from http.client import HTTPConnection, HTTPException

from domain.shared.settings import Settings
from suidai.runtime.configuration import PRODUCTION, environment, known
from suidai.runtime.errors import CannotStart
from suidai.runtime.home import Home
from suidai.runtime.process import Child, spawn, stop

WORKER_HEALTH = "suidai:worker:health"
"""A key in Redis that a working worker keeps alive."""


def roles(settings: Settings, home: Home) -> list[Child]:
    """The API, the worker and, outside production, the sandbox of outside parties."""
    found = [
        _served("api", settings, home, settings.api_host, settings.api_port),
        _suidai(
            "worker",
            settings,
            home,
            ("worker",),
            healthy=lambda: _worker_lives(settings),
            stuck=lambda: _worker_rests(settings),
        ),
    ]
    if settings.env is not PRODUCTION:
        found.append(_served("sandbox", settings, home, settings.sandbox_host, settings.sandbox_port))
    return found


async def prepare_database(settings: Settings, home: Home) -> None:
    """Run the migrations and the seed, in a process that takes its memory with it when it ends.

    Raises CannotStart naming the log.
    """
    child = _suidai("migrate", settings, home, ("migrate", "--seed"))
    process = await spawn(child)
    try:
        code = await process.wait()
    finally:
        await stop(process, child, 1.0)
    if code != 0:
        raise CannotStart(f"The database could not be brought up to date: see the end of {child.log}.")


def _served(role: str, settings: Settings, home: Home, host: str, port: int) -> Child:
    return _suidai(
        role,
        settings,
        home,
        (role,),
        healthy=lambda: _is_well(host, port),
        stuck=lambda: _is_silent(host, port),
    )


def _suidai(
    name: str,
    settings: Settings,
    home: Home,
    arguments: tuple[str, ...],
    *,
    healthy: Callable[[], Awaitable[bool]] | None = None,
    stuck: Callable[[], Awaitable[bool]] | None = None,
) -> Child:
    # -P: a folder named `jobs` where the user stands is not ours.
    argv = (sys.executable, "-P", "-m", "suidai", *arguments)
    return Child(name, argv, home.log(name), {**inherited(), **environment(settings)}, healthy, stuck)


def inherited() -> dict[str, str]:
    """What a child takes over: not our own settings, which it gets complete, nor libpq's, which would bend an address."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("SUIDAI_", "PG"))} | {
        "PYTHONUNBUFFERED": "1"
    }


async def _is_well(host: str, port: int) -> bool:
    return await asyncio.to_thread(_answers_200, "127.0.0.1" if host == "0.0.0.0" else host, port)  # noqa: S104


def _answers_200(host: str, port: int) -> bool:
    connection = HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


async def _is_silent(host: str, port: int) -> bool:
    return not await _is_well(host, port)


async def _worker_lives(settings: Settings) -> bool:
    return await _sign_of_life(settings) is True


async def _worker_rests(settings: Settings) -> bool:
    # A Redis that does not answer says nothing about the worker.
    return await _sign_of_life(settings) is False


async def _sign_of_life(settings: Settings) -> bool | None:
    """Whether a worker keeps its key alive in Redis; None when Redis cannot say."""
    from redis.asyncio import Redis  # noqa: PLC0415 - slow, and by now the children are busy with their own imports
    from redis.exceptions import RedisError  # noqa: PLC0415

    async with Redis.from_url(known(settings.redis_url)) as redis:  # pyright: ignore[reportUnknownMemberType]
        try:
            return bool(await redis.exists(WORKER_HEALTH))
        except (RedisError, OSError):
            return None
