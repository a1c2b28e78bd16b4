"""A PostgreSQL as `suidai up` starts it, durable and with the schema, for as long as the measuring takes."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory

from suidai.runtime import migrations
from suidai.runtime.postgres import embedded_postgres
from suidai.runtime.supervisor import Supervisor


@asynccontextmanager
async def own_database(say: Callable[[str], None]) -> AsyncGenerator[str, None]:
    """The address of its database; server and folder are gone afterwards."""
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
