"""The database and the Redis of a start: our own embedded ones, or those the environment names."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from domain.shared.settings import Settings
from suidai.runtime import sql
from suidai.runtime.configuration import known
from suidai.runtime.errors import CannotStart
from suidai.runtime.home import Home, writing
from suidai.runtime.postgres import MAJOR, Postgres, embedded_postgres
from suidai.runtime.supervisor import Supervisor
from suidai.runtime.together import together
from suidai.runtime.valkey import Valkey, embedded_valkey

OLDEST_POSTGRES = 15
OLDEST_REDIS = (6, 2)


@dataclass(frozen=True, slots=True)
class Servers:
    """The address of each server, and the server itself where it is ours to run."""

    postgres: Postgres | None
    valkey: Valkey | None
    database_url: str
    redis_url: str

    async def start(self, supervisor: Supervisor, home: Home) -> None:
        """Start ours, and see that the others answer. Raises CannotStart."""
        with writing(home.path):
            await together(
                self.postgres.prepare() if self.postgres else check_postgres(self.database_url),
                self.valkey.prepare() if self.valkey else check_redis(self.redis_url),
            )
        await supervisor.start(*(server.child() for server in (self.postgres, self.valkey) if server))
        if self.postgres:
            await self.postgres.ensure_database()

    def shown(self) -> list[tuple[str, str, str]]:
        """What to tell of them: (what, where, a word about it)."""
        if self.postgres:
            database = ("PostgreSQL", str(self.postgres.folder), f"embedded, version {MAJOR}")
        else:
            database = ("PostgreSQL", host_of(self.database_url), "SUIDAI_DATABASE_URL")
        if self.valkey:
            return [database, ("Valkey", str(self.valkey.folder), "embedded")]
        return [database, ("Redis", host_of(self.redis_url), "SUIDAI_REDIS_URL")]


def servers_for(settings: Settings, home: Home, database_password: str) -> Servers:
    """Ours, except where the environment names one. Raises CannotStart where a platform has no binaries."""
    with writing(home.path):
        postgres = (
            None if settings.database_url else embedded_postgres(home.postgres, database_password, home.log("postgres"))
        )
        valkey = None if settings.redis_url else embedded_valkey(home.valkey, home.log("valkey"))
        return Servers(
            postgres,
            valkey,
            postgres.url() if postgres else known(settings.database_url),
            valkey.url() if valkey else known(settings.redis_url),
        )


async def check_postgres(url: str, oldest: int = OLDEST_POSTGRES) -> None:
    """Raises CannotStart unless a PostgreSQL we can work with answers at that address."""
    try:
        async with sql.connected(url) as connection:
            version = int(await connection.fetchval("SELECT current_setting('server_version_num')")) // 10_000
    except sql.UNREACHABLE as error:
        raise CannotStart(
            f"No PostgreSQL answers at {host_of(url)} ({error}): start it, or correct SUIDAI_DATABASE_URL."
        ) from error
    if version < oldest:
        raise CannotStart(
            f"The PostgreSQL at {host_of(url)} is version {version}: set SUIDAI_DATABASE_URL to {oldest} or later."
        )


async def check_redis(url: str) -> None:
    """Raises CannotStart unless a Redis, or a Valkey, we can work with answers at that address."""
    from redis.asyncio import Redis  # noqa: PLC0415 - slow, and an embedded one is asked otherwise
    from redis.exceptions import NoPermissionError, RedisError  # noqa: PLC0415

    told: dict[str, Any] = {}
    try:
        async with Redis.from_url(url) as redis:  # pyright: ignore[reportUnknownMemberType]  # its types are partial
            await redis.ping()  # pyright: ignore[reportUnknownMemberType, reportGeneralTypeIssues]
            with suppress(NoPermissionError):  # a hosted one may keep its version to itself
                told = await redis.info("server")  # pyright: ignore[reportUnknownMemberType]
    except (RedisError, OSError, ValueError) as error:
        raise CannotStart(
            f"No Redis answers at {host_of(url)} ({error}): start it, or correct SUIDAI_REDIS_URL."
        ) from error
    # A Valkey names here the Redis whose commands it has.
    version = str(told.get("redis_version", ""))
    if version and tuple(int(part) for part in version.split(".")[:2]) < OLDEST_REDIS:
        raise CannotStart(f"The Redis at {host_of(url)} is version {version}: set SUIDAI_REDIS_URL to 6.2 or later.")


def host_of(url: str) -> str:
    """The part of an address that can be shown: no name, no password."""
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2] or parts.path or parts.query
