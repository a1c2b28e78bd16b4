"""`suidai up` as its user meets it: one screen, one sentence when something is in the way, nothing left behind."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from suidai.runtime.home import Home
from suidai.runtime.keys import keys_of
from suidai.runtime.postgres import SUPERUSER, Postgres, embedded_postgres
from suidai.runtime.sql import connected
from tests.database import ROOT, Servers, memory

pytestmark = pytest.mark.waits(30)

UP = "tests.suidai.fake_up"
PROMISED = 5.0
"""Seconds within which everything has stopped."""


@dataclass
class Shop:
    """A folder in which suidai is started, and the starts."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    starts: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return self.folder / ".suidai"

    def start(self, *children: str, **environment: str) -> subprocess.Popen[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SUIDAI_")}
        start = subprocess.Popen(
            [sys.executable, "-m", UP, *children],
            cwd=self.folder,
            env={**kept, "PYTHONPATH": str(ROOT), **self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.starts.append(start)
        return start

    def up(self, *children: str) -> subprocess.Popen[str]:
        """A start that has come so far that it looks after everything."""
        start = self.start(*children)
        assert start.stdout
        for line in start.stdout:
            if line.startswith("Stop everything"):
                return start
        raise AssertionError(start.communicate()[1])

    def stop(self) -> None:
        self.starts[-1].terminate()
        self.starts[-1].wait(PROMISED)

    def fails(self, *children: str, **environment: str) -> str:
        """The sentence with which a start that cannot be gives up."""
        said, sentence = self.start(*children, **environment).communicate(timeout=30)
        assert "Traceback" not in sentence
        assert self.starts[-1].returncode == 1, said
        assert sentence.startswith("suidai: ")
        assert sentence.count("\n") == 1
        return sentence

    def left_running(self) -> list[str]:
        """Every process of this folder, by command line or by environment."""
        found: list[str] = []
        for process in psutil.process_iter():
            try:
                if any(str(self.folder) in part for part in process.cmdline()) or process.cwd() == str(self.folder):
                    found.append(" ".join(process.cmdline())[:80])
            except psutil.Error:
                continue
        return found

    def nothing_left(self, within: float) -> bool:
        deadline = time.monotonic() + within
        while self.left_running():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True


@pytest.fixture(scope="session")
async def stocked() -> AsyncIterator[Path]:
    """A state folder as a first start leaves it: the keys and an empty database server."""
    folder = Path(tempfile.mkdtemp(prefix="suidai-stock-", dir=memory()))
    folder.chmod(0o755)
    home = Home(folder, folder)
    postgres = embedded_postgres(home.postgres, keys_of(home).database_password, folder / "postgres.log")
    await postgres.prepare()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def shop(stocked: Path) -> Iterator[Shop]:
    folder = Path(tempfile.mkdtemp(prefix="suidai-up-", dir=memory()))
    folder.chmod(0o755)  # for root, another account runs PostgreSQL and must come in here
    subprocess.run(["cp", "-a", stocked, folder / ".suidai"], check=True)
    shop = Shop(folder, {"SUIDAI_API_PORT": str(free_port()), "SUIDAI_SANDBOX_PORT": str(free_port())})
    yield shop
    for start in shop.starts:
        start.terminate()
        start.communicate(timeout=10)
    shutil.rmtree(folder)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


async def execute(shop: Shop, statement: str) -> object:
    """Ask the shop's database, as its owner would."""
    home = Home(shop.home, shop.home)
    postgres = Postgres(home.postgres, Path(), keys_of(home).database_password, home.log("postgres"))
    async with connected(postgres.url("suidai", SUPERUSER)) as connection:
        return await connection.fetchval(statement)


def test_one_screen_says_what_runs_where(shop: Shop) -> None:
    start = shop.start("works")
    assert start.stdout
    screen = ""
    while "Stop everything" not in screen:
        screen += start.stdout.readline()

    assert f"http://127.0.0.1:{shop.environment['SUIDAI_API_PORT']}/graphql" in screen
    assert f"http://127.0.0.1:{shop.environment['SUIDAI_SANDBOX_PORT']}" in screen
    assert str(shop.home / "logs") in screen
    assert "reviewer" in screen
    assert f"kill {start.pid}" in screen


def test_a_second_up_says_who_runs_and_is_content(shop: Shop) -> None:
    first = shop.up("works")

    second = shop.start("works")
    said, _ = second.communicate(timeout=10)

    assert second.returncode == 0
    assert f"process {first.pid}" in said
    assert f":{shop.environment['SUIDAI_API_PORT']}/graphql" in said
    assert first.poll() is None


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_everything_even_what_does_not_want_to(shop: Shop, sign: signal.Signals) -> None:
    start = shop.up("works", "stubborn")
    assert len(shop.left_running()) >= 5
    asked = time.monotonic()

    start.send_signal(sign)
    start.wait(PROMISED)

    assert shop.left_running() == []
    assert time.monotonic() - asked < PROMISED
    assert start.returncode == 0


def test_a_signal_while_it_starts_stops_everything_too(shop: Shop) -> None:
    shutil.rmtree(shop.home)  # the first start is the longest
    start = shop.start("works")
    while not (shop.home / "logs" / "postgres.log").exists():
        time.sleep(0.005)

    start.terminate()
    start.wait(PROMISED)

    assert shop.left_running() == []


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the servers stay, and the next start ends them")
def test_killed_it_takes_everything_with_it(shop: Shop) -> None:
    start = shop.up("works", "stubborn")

    start.kill()

    assert shop.nothing_left(within=PROMISED)


async def test_after_a_kill_the_next_start_finds_the_data(shop: Shop) -> None:
    shop.up("works").kill()
    shop.up("works")
    await execute(shop, "SELECT lo_from_bytea(4711, 'kept')")
    shop.starts[-1].kill()

    shop.up("works")

    assert await execute(shop, "SELECT convert_from(lo_get(4711), 'UTF8')") == "kept"


async def test_a_server_left_by_an_earlier_start_is_stopped_before_ours_begins(shop: Shop) -> None:
    start = shop.up("works")
    [ours] = [child for child in psutil.Process(start.pid).children() if child.name() == "postgres"]
    command, account = ours.cmdline(), ours.uids().real
    shop.stop()
    left = subprocess.Popen(command, cwd="/", user=account, stderr=subprocess.DEVNULL, start_new_session=True)
    while not (shop.home / "postgres" / "socket" / ".s.PGSQL.5432").exists():
        time.sleep(0.01)

    shop.up("works")

    assert left.wait(PROMISED) == 0
    assert await execute(shop, "SELECT 1") == 1


def test_a_child_that_crashes_is_started_again_and_given_up_after_five_times(shop: Shop) -> None:
    start = shop.start("works", "crashes")

    said, sentence = start.communicate(timeout=30)

    assert said.count("crashes ended (exit code 1) and is started again") == 4
    assert sentence == (
        f"suidai: crashes crashed 5 times within a minute: see the end of {shop.home / 'logs' / 'crashes.log'}.\n"
    )
    assert (shop.home / "logs" / "crashes.log").read_text().count("I cannot go on") == 5
    assert start.returncode == 1
    assert shop.left_running() == []


@pytest.mark.parametrize("name", ["SUIDAI_API_PORT", "SUIDAI_SANDBOX_PORT"])
def test_a_busy_port_is_said_before_anything_starts(shop: Shop, name: str) -> None:
    with socket.create_server(("127.0.0.1", int(shop.environment[name]))):
        sentence = shop.fails("works")

    assert f"Port {shop.environment[name]} of 127.0.0.1 is taken" in sentence
    assert f"set {name} to a free one" in sentence
    assert not (shop.home / "logs" / "postgres.log").exists()


def test_a_folder_that_cannot_be_written_is_named(shop: Shop) -> None:
    (shop.folder / "file").touch()

    sentence = shop.fails("works", SUIDAI_HOME=str(shop.folder / "file" / "home"))

    assert f"The folder {shop.folder / 'file' / 'home'} cannot be written" in sentence
    assert "set SUIDAI_HOME" in sentence


def test_data_of_another_major_version_is_left_alone(shop: Shop) -> None:
    shop.up("works")
    shop.stop()
    version = shop.home / "postgres" / "data" / "PG_VERSION"
    version.write_text("17\n")

    sentence = shop.fails("works")

    assert "holds data of PostgreSQL 17, this suidai brings 18" in sentence
    assert version.read_text() == "17\n"


def test_data_without_its_keys_is_left_alone(shop: Shop) -> None:
    shop.up("works")
    shop.stop()
    (shop.home / "keys.json").unlink()

    assert "keys.json is missing" in shop.fails("works")
    assert not (shop.home / "keys.json").exists()


def test_a_database_of_your_own_is_used_and_nothing_embedded_in_its_stead(shop: Shop, database_url: str) -> None:
    shop.environment["SUIDAI_DATABASE_URL"] = database_url.replace("+asyncpg", "")

    shop.up("works")

    assert not (shop.home / "logs" / "postgres.log").exists()
    assert (shop.home / "valkey").exists()


def test_a_database_that_does_not_answer_is_named_without_its_password(shop: Shop) -> None:
    sentence = shop.fails("works", SUIDAI_DATABASE_URL=f"postgresql://me:my-secret@127.0.0.1:{free_port()}/mine")

    assert "No PostgreSQL answers at 127.0.0.1" in sentence
    assert "my-secret" not in sentence


def test_a_redis_that_does_not_answer_is_named(shop: Shop, servers: Servers) -> None:
    sentence = shop.fails("works", SUIDAI_REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")

    assert "No Redis answers at 127.0.0.1" in sentence
    assert shop.left_running() == []
