"""A loan, two channels by which it can be paid, and what its borrower and the janitor do."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain.payments import flows
from domain.payments.models import AttemptState, PaymentAttempt, PaymentIntent, PaymentOrder
from domain.payments.ports import Capabilities, Product
from domain.payments.rules.routing import Candidate
from domain.payments.services import orders
from domain.shared.db import Sessions
from tests.domain.payments.builders import Debt, FakeChannel, Hand, Offer

CAN = Capabilities(products=frozenset({Product.PAGE, Product.JSAPI}), close=True)
CHOSEN: dict[str, Any] = {"ranked": [], "excluded": []}
CANDIDATES = (Candidate("a", CAN), Candidate("b", CAN), Candidate("none", Capabilities()))


class World:
    """A borrower, two channels, and an order of which we had chosen the first."""

    def __init__(self, sessions: Sessions, debt: Debt) -> None:
        self.sessions, self.debt, self.hand = sessions, debt, Hand()
        self.a, self.b, self.c = FakeChannel("a"), FakeChannel("b"), FakeChannel("c")

    async def ordered(self, *, product: str = "page", choice: Any = CHOSEN) -> UUID:
        async with self.sessions.begin() as session:
            order = await orders.create(
                session,
                borrower_id=self.debt.borrower_id,
                loan_id=self.debt.loan_id,
                intent=PaymentIntent.INSTALLMENT,
                amount_fen=1000_00,
                channel=Offer("a", CAN),
                product=product,
                subject="Repayment",
                at=self.hand.at,
                expires_at=self.hand.at + timedelta(hours=2),
                choice=choice,
            )
            return order.id

    async def start(self, order_id: UUID, candidates: Sequence[Candidate] = CANDIDATES) -> PaymentOrder:
        return await flows.start(
            self.sessions, self.hand.clock(), self.channels, order_id=order_id, candidates=candidates
        )

    @property
    def channels(self) -> dict[str, FakeChannel]:
        return {"a": self.a, "b": self.b, "c": self.c}

    async def tries(self) -> list[tuple[str, AttemptState, bool]]:
        return [(each.channel, each.state, each.live) for each in await self.attempts()]

    async def attempts(self) -> list[PaymentAttempt]:
        async with self.sessions() as session:
            rows = select(PaymentAttempt).where(PaymentAttempt.loan_id == self.debt.loan_id).order_by(PaymentAttempt.id)
            return list(await session.scalars(rows))

    async def ask(self, attempt: PaymentAttempt) -> AttemptState:
        channel = self.channels[attempt.channel]
        return await flows.ask(self.sessions, self.hand.clock(), channel, attempt_id=attempt.id)

    async def orders(self) -> list[PaymentOrder]:
        async with self.sessions() as session:
            rows = select(PaymentOrder).where(PaymentOrder.loan_id == self.debt.loan_id).order_by(PaymentOrder.id)
            return list(await session.scalars(rows))
