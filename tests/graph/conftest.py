"""What tests of the API may ask for: the API on a fresh, seeded database, and towns in which much has happened."""

from collections.abc import AsyncIterator

import pytest

from domain.shared.crypto import Keyring
from domain.shared.db import Sessions, make_engine, make_sessions
from graph.context import House
from suidai.seed import seed
from tests.database import Servers, database_of
from tests.domain.borrowers.builders import Hands
from tests.graph import town as towns
from tests.graph.api import Api, Parties, api_of, house_of
from tests.graph.town import Founded, Town


@pytest.fixture
async def hands() -> Hands:
    return Hands()


@pytest.fixture
async def parties() -> Parties:
    return Parties()


@pytest.fixture(scope="session")
async def seeded(servers: Servers, keyring: Keyring) -> AsyncIterator[str]:
    """The name of a seeded database, to make others from."""
    async with database_of(servers) as url:
        engine = make_engine(url)
        await seed(make_sessions(engine, keyring), with_staff=True)
        await engine.dispose()
        yield towns.name_in(url)


@pytest.fixture
async def database_url(servers: Servers, seeded: str) -> AsyncIterator[str]:
    """A database of the test's own, seeded."""
    async with database_of(servers, seeded) as url:
        yield url


@pytest.fixture
async def house(sessions: Sessions, hands: Hands, parties: Parties) -> AsyncIterator[House]:
    async with house_of(sessions, hands.clock, parties) as house:
        yield house


@pytest.fixture
async def api(house: House, hands: Hands, parties: Parties) -> AsyncIterator[Api]:
    async with api_of(house, hands, parties) as api:
        yield api


@pytest.fixture(scope="session")
async def founded(servers: Servers, keyring: Keyring, seeded: str) -> AsyncIterator[Founded]:
    async with towns.founded(servers, keyring, seeded) as founded:
        yield founded


@pytest.fixture(scope="module")
async def town(servers: Servers, keyring: Keyring, founded: Founded) -> AsyncIterator[Town]:
    """A town for the tests of one module, which see what the others did in it."""
    async with towns.like(founded, servers, keyring) as town:
        yield town


@pytest.fixture
async def own_town(servers: Servers, keyring: Keyring, founded: Founded) -> AsyncIterator[Town]:
    """A town of the test's own."""
    async with towns.like(founded, servers, keyring) as town:
        yield town
