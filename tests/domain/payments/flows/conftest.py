"""One database for all flows of payments: a test looks at a loan of its own, and finds inbox, outbox and list empty."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from sqlalchemy import delete, text

from domain.payments.models import Refund, RefundChange, Unplaced
from domain.shared.crypto import Keyring
from domain.shared.db import Sessions, make_engine, make_sessions
from domain.shared.inbox import InboxRow
from domain.shared.outbox import OutboxRow
from tests.database import Servers, create_database, drop_database
from tests.domain.payments.builders import FakeChannel, Hand


@pytest.fixture(scope="package")
async def _payments_database(servers: Servers, keyring: Keyring) -> AsyncIterator[Sessions]:
    name = f"test_{uuid4().hex}"
    engine = make_engine(await create_database(servers, name))
    yield make_sessions(engine, keyring)
    await engine.dispose()
    await drop_database(servers, name)


@pytest.fixture
async def sessions(_payments_database: Sessions) -> Sessions:
    async with _payments_database.begin() as session:
        # Past the triggers that keep evidence, as only the owner of the server could.
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        for table in (InboxRow, OutboxRow, RefundChange, Refund, Unplaced):
            await session.execute(delete(table))
    return _payments_database


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def channel() -> FakeChannel:
    return FakeChannel()
