"""A bare connection to PostgreSQL, for the few questions asked before SQLAlchemy is worth its import."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Protocol, cast

import asyncpg  # pyright: ignore[reportMissingTypeStubs]  # it has none; `Connection` below is what we use of it
from asyncpg import exceptions  # pyright: ignore[reportMissingTypeStubs]

STILL_STARTING = (
    exceptions.CannotConnectNowError,
    exceptions.ConnectionDoesNotExistError,
    exceptions.TooManyConnectionsError,
    OSError,
    TimeoutError,
)
WRONG_PASSWORD = (exceptions.InvalidPasswordError, exceptions.InvalidAuthorizationSpecificationError)
NO_DATABASE = (exceptions.InvalidCatalogNameError,)
UNREACHABLE = (OSError, TimeoutError, ValueError, exceptions.PostgresError, exceptions.InterfaceError)
EXISTS_ALREADY = (exceptions.DuplicateObjectError, exceptions.DuplicateDatabaseError)


class Connection(Protocol):
    async def execute(self, query: str) -> str: ...

    async def fetchval(self, query: str) -> Any: ...


@asynccontextmanager
async def connected(url: str) -> AsyncGenerator[Connection, None]:
    """A connection to `postgresql+asyncpg://...`, or the same without the driver's name; closed at the end."""
    plain = url.replace("+asyncpg", "", 1)
    connection: Any = await cast(Any, asyncpg).connect(plain, timeout=5)
    try:
        yield connection
    finally:
        await connection.close()
