"""A channel that debits, and a borrower who has a card with us."""

from uuid import UUID

import pytest

from domain.shared.db import Sessions
from tests.domain.payments.builders import a_loan
from tests.domain.payments.mandates import DebitChannel, agreed


@pytest.fixture
def channel() -> DebitChannel:
    return DebitChannel()


@pytest.fixture
async def person(sessions: Sessions) -> UUID:
    """A borrower with a bound card."""
    async with sessions.begin() as session:
        await agreed(session)
        return (await a_loan(session)).borrower_id
