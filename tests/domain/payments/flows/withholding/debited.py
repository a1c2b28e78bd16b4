"""A borrower who is debited under a mandate, and may pay by a page of his own meanwhile."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments import flows
from domain.payments.models import Mandate, PaymentAttempt, PaymentOrder
from domain.payments.ports import Capabilities, Product
from domain.payments.rules.states import AttemptState, OrderStatus
from domain.shared.db import Sessions
from domain.shared.outbox import OutboxRow
from tests.domain.payments.builders import Debt, FakeChannel, Hand, Offer, an_order, attempt_of, received_fen
from tests.domain.payments.mandates import DebitChannel, Debiting, to_withhold


class World:
    """A borrower who owes 1,000.00 and has a mandate, his channel, and the time."""

    def __init__(self, sessions: Sessions, debt: Debt, mandate_id: UUID) -> None:
        self.sessions, self.debt, self.mandate_id = sessions, debt, mandate_id
        self.hand, self.channel = Hand(), DebitChannel()
        self.page = FakeChannel("pages")
        self.owed_fen = 1000_00

    async def wanted(self, _session: AsyncSession, order: PaymentOrder, _at: datetime) -> bool:
        return order.amount_fen <= self.owed_fen

    async def request(self, **facts: Any) -> UUID:
        async with self.sessions.begin() as session:
            mandate = await session.get_one(Mandate, self.mandate_id)
            return (await to_withhold(session, self.debt, mandate, at=self.hand.at, **facts)).id

    async def withhold(self, order_id: UUID, offer: Debiting | None = None) -> OrderStatus:
        channels = {"fake": self.channel, "pages": self.page}
        desk = flows.DebitDesk(self.sessions, self.hand.clock(), channels, (offer or Debiting()).can, self.wanted)
        return (await flows.withhold(desk, order_id=order_id)).status

    async def ask(self, order_id: UUID) -> AttemptState:
        attempt = await self.attempt(order_id)
        return await flows.ask(self.sessions, self.hand.clock(), self.channel, attempt_id=attempt.id)

    async def attempt(self, order_id: UUID) -> PaymentAttempt:
        async with self.sessions() as session:
            return await attempt_of(session, await session.get_one(PaymentOrder, order_id))

    async def attempts(self, order_id: UUID) -> int:
        async with self.sessions() as session:
            rows = select(PaymentAttempt).where(PaymentAttempt.order_id == order_id)
            return len((await session.scalars(rows)).all())

    async def order(self, order_id: UUID) -> PaymentOrder:
        async with self.sessions() as session:
            return await session.get_one(PaymentOrder, order_id)

    async def open_page(self) -> UUID:
        """A page of his own at the other channel, that he has not paid."""
        async with self.sessions.begin() as session:
            offer = Offer("pages", Capabilities(products=frozenset({Product.PAGE}), close=True))
            order = await an_order(session, self.debt, offer=offer, at=self.hand.at)
        return await self.pay_by_page(order.id)

    async def pay_by_page(self, order_id: UUID) -> UUID:
        channels = {"pages": self.page, "fake": self.channel}
        return (await flows.start(self.sessions, self.hand.clock(), channels, order_id=order_id)).id

    async def announced(self, topic: str) -> int:
        async with self.sessions() as session:
            rows = await session.scalars(select(OutboxRow).where(OutboxRow.topic == topic))
            return len(rows.all())

    async def booked(self) -> int:
        async with self.sessions() as session:
            return await received_fen(session, self.debt.loan_id)

    def debits(self) -> int:
        return self.channel.operations().count("debit")
