"""How alembic reaches the database: the address comes from whoever runs the migrations, the tables from the models."""

import asyncio

from alembic import context
from sqlalchemy import Connection, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

import domain.models  # noqa: F401 - every table is known once this is imported
from domain.shared.db import Base
from domain.shared.settings import Settings, driver_url

LOCK = 0x5D1DA1  # any number that is always the same


def migrate(connection: Connection) -> None:
    # Held by the connection, not a transaction: a migration may commit in between (CREATE INDEX CONCURRENTLY).
    connection.execute(text("SELECT pg_advisory_lock(:number)"), {"number": LOCK})
    connection.commit()
    partitions = set(connection.scalars(text("SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'")))
    connection.commit()

    def is_ours(name: str | None, kind: str, _: object) -> bool:
        """A partition is part of its table, which the models know; the partition itself they do not."""
        return kind != "table" or name not in partitions

    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        transaction_per_migration=True,
        include_name=is_ours,
    )
    with context.begin_transaction():
        context.run_migrations()


def named() -> str:
    """The address for whoever calls `alembic` itself, in a checkout."""
    if url := Settings().database_url:
        return driver_url(url.get_secret_value())
    raise SystemExit("SUIDAI_DATABASE_URL is not set: name the PostgreSQL to work on, or call `suidai migrate`.")


async def online() -> None:
    engine = create_async_engine(context.config.attributes.get("url") or named(), poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(migrate)
    await engine.dispose()


if context.is_offline_mode():
    context.configure(
        dialect_name="postgresql",
        target_metadata=Base.metadata,
        literal_binds=True,
        dialect_opts={"paramstyle": "named"},
    )
    with context.begin_transaction():
        context.run_migrations()
else:
    asyncio.run(online())
