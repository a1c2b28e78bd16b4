"""A debt, an order for it and what became of it, each looked at in a transaction of its own."""

from domain.payments.models import PaymentAttempt, PaymentOrder
from domain.shared.db import Sessions
from tests.domain.payments.builders import Debt, Hand, an_order, attempt_of, received_fen


async def ordered(sessions: Sessions, hand: Hand, debt: Debt | None = None) -> PaymentOrder:
    async with sessions.begin() as session:
        return await an_order(session, debt, at=hand.at)


async def the_attempt(sessions: Sessions, order: PaymentOrder) -> PaymentAttempt:
    async with sessions() as session:
        return await attempt_of(session, order)


async def booked(sessions: Sessions, order: PaymentOrder) -> int:
    async with sessions() as session:
        return await received_fen(session, order.loan_id)
