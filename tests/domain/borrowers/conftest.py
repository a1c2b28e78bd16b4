"""Sessions for flows that run alone: they commit into one transaction that is rolled back, which costs no database."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker

from domain.shared.crypto import Keyring
from domain.shared.db import Sessions


@pytest.fixture
async def alone(_shared_engine: AsyncEngine, keyring: Keyring) -> AsyncIterator[Sessions]:
    """Sessions one after the other on one connection. Where two meet, take `sessions`."""
    async with _shared_engine.connect() as connection:
        outer = await connection.begin()
        yield async_sessionmaker(
            connection,
            expire_on_commit=False,
            info={"keyring": keyring},
            join_transaction_mode="create_savepoint",
        )
        await outer.rollback()
