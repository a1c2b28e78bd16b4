"""Debits that go together: each is made at most once, told of one by one, and waits for nobody for ever."""

import pytest

from domain.shared.db import Sessions
from tests.domain.payments.batches import Town, a_town


@pytest.fixture
async def town(sessions: Sessions) -> Town:
    return await a_town(sessions)
