"""A small run in the suite; `just chaos` is the large one."""

import os

import pytest

from tests.journeys.chaos.__main__ import run
from tests.journeys.chaos.plan import plan

pytestmark = pytest.mark.waits(50)

SEED = int(os.environ.get("SUIDAI_CHAOS_SEED", "20261122"))
ORDERS, KILLS = 45, 3


async def test_every_fen_comes_out_whatever_is_lost_repeated_refused_or_killed() -> None:
    """Orders over all channels, faults and odd borrowers; the API, the worker and the gateways are killed in between."""
    told: list[str] = []

    found = await run(plan(SEED, ORDERS, KILLS), told.append)

    assert not found, "\n".join([f"seed {SEED}, orders {ORDERS}, kills {KILLS}", *told, *found])
