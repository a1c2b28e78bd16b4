"""What every test may ask for: a database with the schema, sessions on it, a Redis.

`session` is the usual one: a transaction that is rolled back when the test ends; `steps` gives several, one after another.
`sessions` commit for real, on a database of the test's own; take them where several connections meet.
"""

import gc
import os
from collections.abc import AsyncIterator
from pathlib import Path

import hypothesis
import pytest
import structlog
from argon2 import PasswordHasher
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from domain.shared import passwords
from domain.shared.crypto import Keyring
from domain.shared.db import Sessions, make_engine, make_sessions
from tests.database import Run, Servers, database_of
from tests.database import servers as start_servers
from tests.order import waiting_first
from tests.statements import Notes, enough, noted_in

RUN = pytest.StashKey[Run]()
NOTED = os.environ.get("SUIDAI_TEST_STATEMENTS")
"""A folder: which statements the tests send is noted there; with --servers-only, what was noted chooses among them."""

# No law fails because the machine is busy.
hypothesis.settings.register_profile("suidai", deadline=None)
hypothesis.settings.load_profile("suidai")

# Hundreds of codes and passwords are hashed: at the least cost there is. (That they cost enough is a test of passwords.)
passwords._hasher = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1)

# A traceback is written as plain lines: thousands of refusals and failures are logged on purpose, and to paint one in
# colours, with the code around each line, costs more than the test it comes from.
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)


def pytest_configure(config: pytest.Config) -> None:
    gc.disable()  # until everything is collected: nothing of it is garbage
    if not hasattr(config, "workerinput"):
        config.stash[RUN] = Run()
    if NOTED and not config.getoption("--servers-only"):
        config.pluginmanager.register(Notes(Path(NOTED)))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--servers-only", action="store_true", help="Only what touches the PostgreSQL or the Redis of this run."
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--servers-only"):
        touching = [item for item in items if "servers" in getattr(item, "fixturenames", ())]
        kept = enough(touching, noted_in(Path(NOTED))) if NOTED else touching
        config.hook.pytest_deselected(items=list(set(items) - set(kept)))
        items[:] = kept
    items[:] = waiting_first(items, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


def pytest_collection_finish() -> None:
    """What is there by now stays: looking it through for garbage again and again costs a quarter of the run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: it is for the tests that wait."""
    return min((os.cpu_count() or 1) + 1, 5)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    node.workerinput["suidai_run"] = str(node.config.stash[RUN].base)  # type: ignore[attr-defined]  # xdist has no types


def pytest_unconfigure(config: pytest.Config) -> None:
    if run := config.stash.get(RUN, None):
        run.end()


@pytest.fixture(scope="session")
def servers(request: pytest.FixtureRequest) -> Servers:
    """The run's PostgreSQL and Valkey, started when the first test asks."""
    if worker := getattr(request.config, "workerinput", None):
        return start_servers(Path(worker["suidai_run"]))
    return start_servers(request.config.stash[RUN].base)


@pytest.fixture(scope="session")
def keyring() -> Keyring:
    return Keyring.from_master(bytes(range(32)))


@pytest.fixture
async def database_url(servers: Servers) -> AsyncIterator[str]:
    """A database of the test's own, with the schema and nothing in it."""
    async with database_of(servers) as url:
        yield url


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine on the test's own database."""
    engine = make_engine(database_url)
    yield engine
    await engine.dispose()


@pytest.fixture
def sessions(engine: AsyncEngine, keyring: Keyring) -> Sessions:
    """Sessions that commit for real, each on a connection of its own."""
    return make_sessions(engine, keyring)


@pytest.fixture(scope="session")
async def _shared_engine(servers: Servers) -> AsyncIterator[AsyncEngine]:
    async with database_of(servers) as url:
        engine = make_engine(url)
        yield engine
        await engine.dispose()


@pytest.fixture
async def steps(_shared_engine: AsyncEngine, keyring: Keyring) -> AsyncIterator[Sessions]:
    """Sessions for what happens in several transactions, one after another; all of it is gone after the test."""
    async with _shared_engine.connect() as connection:
        outer = await connection.begin()
        sessions = make_sessions(_shared_engine, keyring)
        sessions.configure(bind=connection, join_transaction_mode="create_savepoint")
        yield sessions
        await outer.rollback()


@pytest.fixture
async def session(steps: Sessions) -> AsyncIterator[AsyncSession]:
    """One session; whatever it does, commits too, is gone after the test."""
    async with steps() as session:
        yield session


@pytest.fixture
async def redis_url(servers: Servers) -> str:
    """An empty Redis database that no test running at the same time uses."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    url = servers.redis_url(int(worker.removeprefix("gw")))
    async with Redis.from_url(url) as redis:
        await redis.flushdb()
    return url
