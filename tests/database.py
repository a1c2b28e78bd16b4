"""The servers of a test run: one PostgreSQL and one Valkey, made for it, gone with it.

They belong to a keeper, a process of its own: with xdist no worker may own what the others use. The first test that
needs them starts the keeper; the keeper ends when the run's lock is free, that is, when the run is over, however it ended.
`SUIDAI_TEST_DATABASE_URL` (a role that may create databases) and `SUIDAI_TEST_REDIS_URL` name servers to use instead.
"""

import asyncio
import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from signal import Signals
from uuid import uuid4

from suidai.runtime import migrations, sql
from suidai.runtime.postgres import SUPERUSER, embedded_postgres
from suidai.runtime.process import Child
from suidai.runtime.supervisor import Supervisor
from suidai.runtime.valkey import embedded_valkey

ROOT = Path(__file__).resolve().parents[1]
PASSWORD = "for-tests-only"
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
ROOM = 2_000_000_000
"""Bytes the databases of a run may need, with much to spare."""
DATABASES = 16
"""Numbered databases a Redis has unless told otherwise: enough that no two workers share one."""


@dataclass(frozen=True)
class Servers:
    """Where the run's servers are: `{database}` and `{number}` stand for the part a test chooses."""

    postgres: str
    redis: str
    template: str

    def database_url(self, name: str) -> str:
        return self.postgres.replace("{database}", name)

    def redis_url(self, number: int) -> str:
        return self.redis.replace("{number}", str(number % DATABASES))


class Run:
    """One test run, as the process that began it sees it. It costs nothing until a test needs a server."""

    def __init__(self) -> None:
        self.base = Path(tempfile.mkdtemp(prefix="suidai-tests-", dir=memory()))
        self.base.chmod(0o711)  # PostgreSQL may run as another account, and must reach its folder
        self._alive = (self.base / "alive").open("w")
        fcntl.flock(self._alive, fcntl.LOCK_EX)

    def end(self) -> None:
        """Returns when the servers are stopped and their folder is gone."""
        self._alive.close()
        with locked(self.base / "keeper.lock"):
            shutil.rmtree(self.base, ignore_errors=True)


def memory() -> str | None:
    """A folder in memory, where this machine has one with room: a database is made there in a tenth of the time."""
    shared = Path("/dev/shm")
    if not shared.is_dir() or not os.access(shared, os.W_OK):
        return None
    about = os.statvfs(shared)
    has_room = about.f_bavail * about.f_frsize > ROOM
    return str(shared) if has_room and not about.f_flag & os.ST_NOEXEC else None


def servers(base: Path) -> Servers:
    """The servers of the run in `base`, started by whoever asks first."""
    found = base / "servers.json"
    with locked(base / "start.lock"):
        if not found.exists():
            with (base / "keeper.log").open("wb") as log:
                keeper = subprocess.Popen(
                    [sys.executable, "-m", "tests.database", str(base)],
                    cwd=ROOT,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            while not found.exists():
                if keeper.poll() is not None:
                    raise RuntimeError(f"No servers to test with:\n{(base / 'keeper.log').read_text()}")
                time.sleep(0.02)
            keeper.returncode = 0  # it outlives this process by design
    return Servers(**json.loads(found.read_text()))


async def create_database(on: Servers, name: str, template: str | None = None) -> str:
    """A new database with the schema, or with what the database `template` has, and its address."""
    await _administer(on, f'CREATE DATABASE "{name}" TEMPLATE "{template or on.template}" STRATEGY file_copy')
    return on.database_url(name)


async def drop_database(on: Servers, name: str) -> None:
    await _administer(on, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@asynccontextmanager
async def database_of(on: Servers, template: str | None = None) -> AsyncIterator[str]:
    """A database that is there for as long as this is open."""
    name = f"test_{uuid4().hex}"
    yield await create_database(on, name, template)
    await drop_database(on, name)


async def _administer(on: Servers, statement: str) -> None:
    async with sql.connected(on.database_url("postgres")) as connection:
        await connection.execute(statement)


async def keep(base: Path) -> None:
    """Run the servers until the run that wanted them is over."""
    postgres = embedded_postgres(base / "postgres", PASSWORD, base / "postgres.log", FORGETFUL)
    valkey = embedded_valkey(base / "valkey", base / "valkey.log", {"appendonly": "no"})
    given_postgres, given_redis = os.environ.get("SUIDAI_TEST_DATABASE_URL"), os.environ.get("SUIDAI_TEST_REDIS_URL")
    children: list[Child] = []
    if not given_postgres:
        await postgres.prepare()
        children.append(replace(postgres.child(), stop_signal=Signals.SIGQUIT))
    if not given_redis:
        await valkey.prepare()
        children.append(valkey.child())
    async with Supervisor(say=print) as supervisor:
        await supervisor.start(*children)
        found = Servers(
            postgres=_with_database(given_postgres) if given_postgres else postgres.url("{database}", SUPERUSER),
            redis=_with_number(given_redis) if given_redis else valkey.url().replace("db=0", "db={number}"),
            template=f"template_{base.name}",
        )
        await _administer(found, f'CREATE DATABASE "{found.template}"')
        try:
            await asyncio.to_thread(migrations.upgrade, found.database_url(found.template))
            unfinished = base / "servers.new"
            unfinished.write_text(json.dumps(asdict(found)))
            unfinished.rename(base / "servers.json")
            await asyncio.to_thread(_wait_for, base / "alive")
        finally:
            await drop_database(found, found.template)


def _with_database(url: str) -> str:
    """The address of a server with the name of its database left open."""
    address, _, query = url.partition("?")
    host = address.partition("://")[2].split("/", 1)[0]
    return f"postgresql+asyncpg://{host}/{{database}}" + (f"?{query}" if query else "")


def _with_number(url: str) -> str:
    """The address of a Redis with the number of its database left open."""
    if url.startswith("unix:"):
        return f"{url.partition('?')[0]}?db={{number}}"
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.split('/', 1)[0]}/{{number}}"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _wait_for(path: Path) -> None:
    with locked(path):
        pass


if __name__ == "__main__":
    place = Path(sys.argv[1])
    with locked(place / "keeper.lock"):
        asyncio.run(keep(place))
        shutil.rmtree(place, ignore_errors=True)
