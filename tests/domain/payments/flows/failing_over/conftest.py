"""A routing policy, and a loan that can be paid by two channels."""

import pytest
from sqlalchemy import select, update

from domain.payments.models import PaymentAttempt
from domain.payments.rules.pricing import NAME
from domain.shared.db import Sessions
from domain.shared.policy import PolicyValue
from tests.domain.payments.builders import a_loan, routed
from tests.domain.payments.flows.failing_over.two_channels import World


@pytest.fixture
async def sessions(sessions: Sessions) -> Sessions:
    async with sessions.begin() as session:
        if await session.scalar(select(PolicyValue.id).where(PolicyValue.name == NAME)) is None:
            await routed(session)
        # How these channels fared in other tests says nothing of which is the next best in this one.
        tried = update(PaymentAttempt).where(PaymentAttempt.channel.in_(("a", "b", "c")))
        await session.execute(tried.values(channel="before"))
    return sessions


@pytest.fixture
async def world(sessions: Sessions) -> World:
    async with sessions.begin() as session:
        return World(sessions, await a_loan(session))
