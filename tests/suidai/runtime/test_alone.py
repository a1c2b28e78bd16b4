"""What a process that is started on its own runs with, and when it does not start."""

import asyncio
import os
import shlex
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from domain.shared.settings import Settings
from suidai.runtime import migrations
from suidai.runtime.alone import look_first, settings_beside, settings_of, shell_lines
from suidai.runtime.configuration import environment
from suidai.runtime.errors import CannotStart
from suidai.runtime.home import Running, open_home
from suidai.runtime.servers import check_postgres, check_redis
from suidai.runtime.sql import connected

OTHER_KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


@pytest.fixture(autouse=True)
def environment_of_the_test(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment without settings but the folder; what is put into it is gone after the test."""
    monkeypatch.setattr(os, "environ", {k: v for k, v in os.environ.items() if not k.startswith("SUIDAI_")})
    os.environ["SUIDAI_HOME"] = str(tmp_path / "home")


def named(**settings: str) -> None:
    servers = {"DATABASE_URL": "postgresql://me@db/suidai", "REDIS_URL": "redis://queue"}
    os.environ.update({f"SUIDAI_{name.upper()}": value for name, value in {**servers, **settings}.items()})


def test_processes_that_share_a_folder_share_every_secret() -> None:
    named()
    api, worker = settings_of("api"), settings_of("worker")

    assert environment(api) == environment(worker)
    assert api.master_key
    assert api.channels
    assert set(api.providers) < set(api.sandbox)


def test_what_it_serves_reads_the_same_settings() -> None:
    named(api_port="8123")

    assert Settings() != settings_of("api")
    assert Settings() == settings_of("api")
    assert Settings().api_port == 8123


def test_a_shell_reads_the_same_settings() -> None:
    named(master_key=OTHER_KEY)
    settings = settings_of("settings")

    lines = [shlex.split(line) for line in shell_lines(settings)]

    assert {word for word, _ in lines} == {"export"}
    assert dict(pair.split("=", 1) for _, pair in lines) == environment(settings)


def test_one_that_runs_here_lends_its_settings_but_for_what_is_said(tmp_path: Path) -> None:
    os.environ["SUIDAI_API_PORT"] = "8002"
    home = open_home(tmp_path / "home", None)
    known = {
        "home": str(home.path),
        "api_port": 8000,
        "database_url": "postgresql+asyncpg://db",
        "redis_url": "redis://q",
    }
    with home.held():
        home.tell(Running(1, "", "", None, known))
        settings = settings_of("api")

    assert settings.api_port == 8002
    assert settings.database_url
    assert settings.database_url.get_secret_value() == "postgresql+asyncpg://db"


@pytest.mark.parametrize(
    "missing", ["SUIDAI_MASTER_KEY", "SUIDAI_TOKEN_KEY", "SUIDAI_DATABASE_URL", "SUIDAI_REDIS_URL"]
)
def test_production_says_what_is_missing_and_makes_nothing_up(missing: str, tmp_path: Path) -> None:
    named(env="production", master_key=OTHER_KEY, token_key=OTHER_KEY)
    del os.environ[missing]

    with pytest.raises(CannotStart, match=missing):
        settings_of("api")
    assert list(tmp_path.iterdir()) == []


def test_a_command_beside_named_servers_needs_no_redis() -> None:
    named()
    del os.environ["SUIDAI_REDIS_URL"]

    settings = settings_beside()

    assert settings.master_key
    assert settings.redis_url is None


async def test_the_first_look_finds_nothing_wrong(database_url: str, redis_url: str) -> None:
    named(database_url=database_url, redis_url=redis_url)

    await look_first(settings_of("api"))
    await look_first(settings_of("worker"))


async def test_a_database_that_is_behind_is_not_served(database_url: str, redis_url: str) -> None:
    named(database_url=database_url, redis_url=redis_url)
    async with connected(database_url) as connection:
        await connection.execute("UPDATE alembic_version SET version_num = '0001'")
    with pytest.raises(CannotStart, match="at migration 0001: bring it up to date with `suidai migrate`"):
        await look_first(settings_of("api"))

    async with connected(database_url) as connection:
        await connection.execute("DROP TABLE alembic_version")
    with pytest.raises(CannotStart, match="at migration none"):
        await look_first(settings_of("api"))


async def test_a_database_that_is_ahead_is_served_while_a_new_version_is_rolled_out(
    database_url: str, redis_url: str
) -> None:
    named(database_url=database_url, redis_url=redis_url)
    async with connected(database_url) as connection:
        await connection.execute("UPDATE alembic_version SET version_num = '9999'")

    await look_first(settings_of("api"))


async def test_another_master_key_than_the_databases_own_is_refused(database_url: str, redis_url: str) -> None:
    named(database_url=database_url, redis_url=redis_url)
    await look_first(settings_of("api"))
    os.environ["SUIDAI_MASTER_KEY"] = OTHER_KEY

    with pytest.raises(CannotStart, match="begun with another SUIDAI_MASTER_KEY"):
        await look_first(settings_of("worker"))


async def test_an_old_postgres_is_refused(database_url: str) -> None:
    with pytest.raises(CannotStart, match=r"is version \d+: set SUIDAI_DATABASE_URL to 99 or later"):
        await check_postgres(database_url, oldest=99)


@pytest.mark.parametrize(
    ("version", "is_good"), [("5.0.14", False), ("6.0.20", False), ("6.2.0", True), ("10.0.1", True)]
)
async def test_a_redis_is_new_enough_or_refused(version: str, is_good: bool) -> None:
    async with redis_of(version) as url:
        if is_good:
            await check_redis(url)
        else:
            with pytest.raises(CannotStart, match=f"is version {version}: set SUIDAI_REDIS_URL to 6.2 or later"):
                await check_redis(url)


@asynccontextmanager
async def redis_of(version: str) -> AsyncIterator[str]:
    """A server that speaks just enough to be asked for its version."""
    told = f"redis_version:{version}\r\n".encode()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while words := await reader.readline():
            command = [(await reader.readline(), (await reader.readline()).strip())[1] for _ in range(int(words[1:]))]
            wanted = {b"PING": b"+PONG\r\n", b"INFO": b"$%d\r\n%s\r\n" % (len(told), told)}
            writer.write(wanted.get(command[0], b"+OK\r\n"))
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"


async def test_alembic_itself_works_on_the_database_that_is_named(database_url: str) -> None:
    """`alembic upgrade head` in a checkout, with no address but the environment's."""
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    named(database_url=database_url)
    config = Config(toml_file=migrations.folder().parent / "pyproject.toml")

    await asyncio.to_thread(command.downgrade, config, "0001")
    assert await migrations.current_revision(database_url) == "0001"
    await asyncio.to_thread(command.upgrade, config, "head")
    assert await migrations.current_revision(database_url) == migrations.head_revision()
