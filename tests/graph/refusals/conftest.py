"""One town for all refusals, which change nothing in it, at the same time for each test."""

from collections.abc import AsyncIterator

import pytest

from domain.shared.crypto import Keyring
from tests.database import Servers
from tests.graph import town as towns
from tests.graph.town import Founded, Town


@pytest.fixture(scope="session")
async def town_of_all(servers: Servers, keyring: Keyring, founded: Founded) -> AsyncIterator[Town]:
    async with towns.like(founded, servers, keyring) as town:
        yield town


@pytest.fixture
async def town(town_of_all: Town) -> Town:
    """The town at its present time, nobody's requests counted."""
    town_of_all.api.hands.now = towns.NOW
    storage = town_of_all.api.house.limits.limiter.storage
    await storage.reset()  # type: ignore[misc]  # the asynchronous kind
    return town_of_all
