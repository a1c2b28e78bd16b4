"""`suidai up`: everything a lender needs, on one machine, under one process."""

import asyncio
import errno
import os
import signal
import socket
import time
from collections.abc import Callable, Coroutine
from datetime import datetime
from pathlib import Path

from domain.shared.settings import Settings
from suidai.log_ins import PASSWORD, STAFF
from suidai.runtime import migrations, screen
from suidai.runtime.alone import must_belong
from suidai.runtime.children import prepare_database
from suidai.runtime.children import roles as roles_of
from suidai.runtime.configuration import PRODUCTION, completed, known, read_settings, revealed
from suidai.runtime.errors import CannotStart
from suidai.runtime.home import AlreadyRuns, Home, Running, open_home
from suidai.runtime.keys import Keys, keys_of
from suidai.runtime.platform import server_account
from suidai.runtime.process import Child, command_of
from suidai.runtime.servers import Servers, servers_for
from suidai.runtime.supervisor import Supervisor

UNCLEAN_PATIENCE = 6.0
"""Seconds the children of a killed `up` may still hold their ports."""


Roles = Callable[[Settings, Home], list[Child]]
Prepare = Callable[[Settings, Home], Coroutine[None, None, None]]


def up(roles: Roles = roles_of, prepare: Prepare = prepare_database) -> None:
    """Start everything and look after it until told to stop. Returns when all of it has stopped.

    `roles` are the processes to run on top of the servers, `prepare` migrates and seeds.
    """
    began = time.monotonic()
    settings = read_settings()
    home = open_home(settings.home, None if settings.database_url else server_account())
    try:
        with home.held() as unclean:
            asyncio.run(_until_told_to_stop(_run(settings, home, roles, prepare, unclean=unclean, began=began)))
    except AlreadyRuns as held:
        screen.already_runs(home, held.other)


async def _run(settings: Settings, home: Home, roles: Roles, prepare: Prepare, *, unclean: bool, began: float) -> None:
    await _find_ports_free(settings, UNCLEAN_PATIENCE if unclean else 0)
    keys = _keys(home) if settings.env is not PRODUCTION or not settings.database_url else None
    named = settings.database_url is not None
    servers = servers_for(settings, home, keys.database_password if keys else "")
    generated = None if settings.env is PRODUCTION else keys
    settings = completed(settings, home.path, generated, servers.database_url, servers.redis_url)
    async with Supervisor(screen.say) as supervisor:
        home.tell(_running(settings))
        await servers.start(supervisor, home)
        await bring_up_to_date(settings, home, prepare)
        if named:
            await must_belong(settings)
        await supervisor.start(*roles(settings, home))
        screen.all_up(home, _rows(settings, home, servers), _log_ins(settings), time.monotonic() - began)
        await supervisor.watch()


def _keys(home: Home) -> Keys:
    with home.making_keys():
        return keys_of(home)


async def _find_ports_free(settings: Settings, patience: float) -> None:
    ports = [("SUIDAI_API_PORT", settings.api_host, settings.api_port)]
    if settings.env is not PRODUCTION:
        ports.append(("SUIDAI_SANDBOX_PORT", settings.sandbox_host, settings.sandbox_port))
    deadline = time.monotonic() + patience
    for name, host, port in ports:
        while trouble := _why_not(host, port):
            if trouble.errno != errno.EADDRINUSE:
                raise CannotStart(
                    f"Port {port} of {host} cannot be used ({trouble.strerror}): set {name} to another one."
                )
            if time.monotonic() > deadline:
                raise CannotStart(
                    f"Port {port} of {host} is taken by another program: stop that, or set {name} to a free one."
                )
            await asyncio.sleep(0.1)


def _why_not(host: str, port: int) -> OSError | None:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        return error
    return None


async def bring_up_to_date(settings: Settings, home: Home, prepare: Prepare) -> None:
    """Migrate and seed a database that is behind, an empty one too. One at the head costs a single query."""
    current = await migrations.current_revision(known(settings.database_url))
    if current is not None and current not in migrations.known_revisions():
        raise CannotStart(
            f"The database is at migration {current}, which this suidai does not know: install a newer suidai."
        )
    if current != migrations.head_revision():
        home.unseeded.touch()  # stands until the seed is in: a crash in between is made good at the next start
    if home.unseeded.exists():
        await prepare(settings, home)
        home.unseeded.unlink()


def _running(settings: Settings) -> Running:
    since = datetime.now().astimezone().isoformat(" ", "seconds")  # noqa: TID251 - shown to the user, in his own time
    return Running(os.getpid(), since, _api(settings), _outside(settings), revealed(settings))


def _api(settings: Settings) -> str:
    return f"http://{settings.api_host}:{settings.api_port}"


def _outside(settings: Settings) -> str | None:
    return None if settings.env is PRODUCTION else settings.outside_url


def _rows(settings: Settings, home: Home, servers: Servers) -> list[tuple[str, str, str]]:
    outside = _outside(settings)
    return [
        ("GraphQL", f"{_api(settings)}/graphql", "open it in a browser: GraphiQL" if outside else ""),
        *([("Sandbox", outside, "the outside parties, played here")] if outside else []),
        *servers.shown(),
        ("Logs", str(home.logs), "of each process"),
    ]


def _log_ins(settings: Settings) -> list[tuple[str, str, str]]:
    return [] if settings.env is PRODUCTION else [(name, username, PASSWORD) for username, name, _ in STAFF]


async def _until_told_to_stop(work: Coroutine[None, None, None]) -> None:
    """Run `work`; a signal to stop, or the end of the `uv run` that started us, cancels it."""
    loop, task = asyncio.get_running_loop(), asyncio.ensure_future(work)

    def stop() -> None:
        if not told.is_set():
            told.set()
            screen.say("Stopping.")
            task.cancel()

    told = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, stop)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # `nohup suidai up` means to outlive its terminal
        loop.add_signal_handler(signal.SIGHUP, stop)
    launcher = asyncio.create_task(_follow_launcher(stop))
    try:
        await task
    except asyncio.CancelledError:
        screen.say("Stopped. Nothing is left running.")
    finally:
        launcher.cancel()


async def _follow_launcher(stop: Callable[[], None]) -> None:
    """A `uv run` that was killed must not leave its suidai behind. A shell may go: people put things in the background."""
    launcher = os.getppid()
    if Path((command_of(launcher) or "").split(" ")[0]).name != "uv":
        return
    while os.getppid() == launcher:  # noqa: ASYNC110 - nobody tells us
        await asyncio.sleep(0.3)
    stop()
