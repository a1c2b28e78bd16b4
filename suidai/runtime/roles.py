"""One process in one role, in the foreground: what `suidai up` starts, and what a production unit file starts."""

import asyncio

from domain.shared.settings import Settings
from suidai.runtime import lifeline, migrations
from suidai.runtime.alone import look_first, settings_beside, settings_of
from suidai.runtime.configuration import PRODUCTION, known, read_settings
from suidai.runtime.errors import CannotStart
from suidai.runtime.servers import check_postgres

LAST_ANSWERS = 1
"""Seconds an answer that is under way may still take once the process is asked to stop."""


def api() -> None:
    settings = _begin("api")
    _serve("graph.app:create_app", settings.api_host, settings.api_port)


def worker() -> None:
    _begin("worker")
    from arq.worker import run_worker  # noqa: PLC0415 - slow, and the other roles do without

    from jobs.worker import WorkerSettings  # noqa: PLC0415

    run_worker(WorkerSettings)  # pyright: ignore[reportArgumentType]  # its protocol wants a mutable class variable


def sandbox() -> None:
    if read_settings().env is PRODUCTION:
        raise CannotStart("Production has no sandbox: the outside parties there are real.")
    settings = _begin("sandbox")
    _serve("suidai.outside:create", settings.sandbox_host, settings.sandbox_port)


def migrate(*, seed: bool) -> None:
    """Bring the database to the last migration; `seed` then gives it the rows of this release that it lacks."""
    settings = settings_beside()
    asyncio.run(check_postgres(known(settings.database_url)))
    migrations.upgrade(known(settings.database_url))
    if seed:
        asyncio.run(_sow(settings))


async def _sow(settings: Settings) -> None:
    from domain.shared.db import open_database  # noqa: PLC0415 - the other roles import what they serve
    from suidai.seed import seed  # noqa: PLC0415

    engine, sessions = open_database(settings)
    await seed(sessions, with_staff=settings.env is not PRODUCTION)
    await engine.dispose()


def _begin(role: str) -> Settings:
    by_up = lifeline.hold()
    settings = settings_of(role)
    if not by_up:
        asyncio.run(look_first(settings))
    return settings


def _serve(application: str, host: str, port: int) -> None:
    import uvicorn  # noqa: PLC0415 - slow, and the worker does without

    uvicorn.run(
        application,
        factory=True,
        host=host,
        port=port,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=LAST_ANSWERS,
    )
