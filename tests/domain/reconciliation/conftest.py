"""A world in which nothing is kept: its steps are one connection's."""

import pytest

from domain.shared.db import Sessions
from tests.domain.reconciliation.builders import World


@pytest.fixture
async def world(steps: Sessions) -> World:
    world = World(steps)
    await world.begin()
    return world
