"""A borrower with a mandate who owes 1,000.00."""

import pytest

from domain.shared.db import Sessions
from tests.domain.payments.builders import a_loan
from tests.domain.payments.flows.withholding.debited import World
from tests.domain.payments.mandates import agreed, signed


@pytest.fixture
async def world(sessions: Sessions) -> World:
    async with sessions.begin() as session:
        await agreed(session)
        debt = await a_loan(session)
        return World(sessions, debt, (await signed(session, debt.borrower_id)).id)
