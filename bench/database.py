"""The database something is measured on: one that is named, or a PostgreSQL of its own as `suidai up` starts it."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory

from domain.shared.crypto import Keyring
from domain.shared.db import Sessions, make_engine, make_sessions
from suidai.runtime import migrations
from suidai.runtime.postgres import embedded_postgres
from suidai.runtime.supervisor import Supervisor

Say = Callable[[str], None]


@asynccontextmanager
async def sessions_on(database: str | None, say: Say) -> AsyncGenerator[Sessions, None]:
    """Sessions on the database with this address; without one, on a durable one with the schema, gone afterwards."""
    async with _address(database, say) as url:
        engine = make_engine(url)
        yield make_sessions(engine, Keyring.from_master(bytes(range(32))))
        await engine.dispose()


@asynccontextmanager
async def _address(database: str | None, say: Say) -> AsyncGenerator[str, None]:
    if database:
        yield database
        return
    async with _own_database(say) as url:
        yield url


@asynccontextmanager
async def _own_database(say: Say) -> AsyncGenerator[str, None]:
    with TemporaryDirectory(prefix="suidai-bench-") as folder:
        base = Path(folder)
        base.chmod(0o711)  # noqa: ASYNC240  PostgreSQL may run as another account, and must reach its folder
        postgres = embedded_postgres(base / "postgres", token_hex(16), base / "postgres.log")
        await postgres.prepare()
        async with Supervisor(say=say) as supervisor:
            await supervisor.start(postgres.child())
            await postgres.ensure_database()
            await asyncio.to_thread(migrations.upgrade, postgres.url())
            yield postgres.url()
