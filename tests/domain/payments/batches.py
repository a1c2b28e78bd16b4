"""A channel that takes batches, borrowers whose loans fall due at the same time, and what is done for all of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments import flows
from domain.payments.models import Mandate, PaymentAttempt, PaymentBatch, PaymentOrder
from domain.payments.ports import BatchRef, BatchResult, Capabilities, DebitBatch, PaymentResult, PaymentState, Product
from domain.payments.rules.states import AttemptState, OrderStatus
from domain.payments.services import batches, janitor
from domain.shared.db import Sessions
from domain.shared.ids import new_id
from domain.shared.outbox import OutboxRow, OutboxState
from domain.shared.policy import PolicyValue
from tests.domain.payments.builders import Debt, FakeChannel, Hand, Offer, a_loan, an_order, attempt_of, received_fen
from tests.domain.payments.mandates import DebitChannel, Debiting, agreed, signed, to_withhold

HOUR = timedelta(hours=1)
Answer = BatchResult | Exception | Callable[[DebitBatch | BatchRef], Any]


def taken(**facts: Any) -> Answer:
    """The channel takes the batch, and says of each debit that it is under way."""

    def answer(asked: DebitBatch | BatchRef) -> BatchResult:
        under_way = PaymentResult(PaymentState.PROCESSING)
        return BatchResult({item.order_no: under_way for item in asked.items}, retry_after=HOUR, **facts)

    return answer


def telling(*results: PaymentResult | None, complete: bool = False, **facts: Any) -> Answer:
    """What the channel says of each debit, by place; of one with None it says nothing."""

    def answer(asked: DebitBatch | BatchRef) -> BatchResult:
        said = zip(asked.items, results, strict=True)
        return BatchResult({item.order_no: told for item, told in said if told}, complete=complete, **facts)

    return answer


def telling_all(result: PaymentResult) -> Answer:
    """What the channel says of every debit, however many were sent to it together."""

    def answer(asked: DebitBatch | BatchRef) -> BatchResult:
        return BatchResult({item.order_no: result for item in asked.items})

    return answer


class BatchChannel(DebitChannel):
    """Answers batches as `batches` and `batch_queries` hold, the last one for ever; `sent` are those it was given."""

    def __init__(self, code: str = "fake") -> None:
        super().__init__(code)
        self.batches: list[Any] = [taken()]
        self.batch_queries: list[Any] = [BatchResult()]
        self.sent: list[DebitBatch] = []
        self.refs: list[BatchRef] = []

    async def debit_batch(self, request: DebitBatch) -> BatchResult:
        self.sent.append(request)
        return await self._answer("batch", request, self.batches)

    async def query_batch(self, ref: BatchRef) -> BatchResult:
        self.refs.append(ref)
        return await self._answer("query batch", ref, self.batch_queries)

    async def _answer(self, operation: str, asked: DebitBatch | BatchRef, script: list[Any]) -> Any:
        says = await self._say(operation, asked.batch_no, [script.pop(0) if len(script) > 1 else script[0]])
        return says(asked) if callable(says) else says

    async def _say(self, operation: str, order_no: str, script: list[Any]) -> Any:
        if "batch" not in operation:
            return await super()._say(operation, order_no, script)
        self.asked.append((operation, order_no))
        if isinstance(script[0], Exception):
            raise script[0]
        return script[0]


@dataclass(frozen=True)
class Batching(Debiting):
    capabilities: Capabilities = field(
        default_factory=lambda: Capabilities(
            autodebit=True, batch_autodebit=50, max_fen=50_000_00, query_final_after=timedelta(minutes=10)
        )
    )


@dataclass
class Borrower:
    debt: Debt
    mandate_id: UUID


class Town:
    """Some borrowers who each owe 1,000.00 and have mandates, their channel, and the time."""

    def __init__(self, sessions: Sessions, code: str, borrowers: Sequence[Borrower]) -> None:
        self.sessions, self.code, self.borrowers = sessions, code, borrowers
        self.hand, self.channel, self.page = Hand(), BatchChannel(code), FakeChannel("pages")
        self.offer = Batching(code)
        self.unwanted: set[UUID] = set()

    async def wanted(self, _session: AsyncSession, order: PaymentOrder, _at: object) -> bool:
        return order.id not in self.unwanted

    async def request(self) -> list[UUID]:
        """What the withholding run does: an order each, in one transaction."""
        async with self.sessions.begin() as session:
            return [
                (
                    await to_withhold(
                        session, each.debt, await session.get_one(Mandate, each.mandate_id), at=self.hand.at
                    )
                ).id
                for each in self.borrowers
            ]

    async def withhold(self, order_id: UUID) -> OrderStatus:
        return (await flows.withhold(self.desk, order_id=order_id)).status

    async def ask(self, batch: PaymentBatch) -> str:
        return await flows.ask_batch(self.desk, batch_id=batch.id)

    @property
    def desk(self) -> flows.DebitDesk:
        channels = {self.code: self.channel, "pages": self.page}
        return flows.DebitDesk(self.sessions, self.hand.clock(), channels, self.offer.can, self.wanted)

    async def ask_alone(self, order_id: UUID) -> AttemptState:
        attempt = await self.attempt(order_id)
        return await flows.ask(self.sessions, self.hand.clock(), self.channel, attempt_id=attempt.id)

    async def due(self) -> tuple[list[UUID], list[UUID]]:
        """The attempts and the batches that are to be asked about now."""
        async with self.sessions.begin() as session:
            alone = await janitor.due(session, at=self.hand.at)
            together = await batches.due(session, at=self.hand.at)
        ours = {attempt.id for attempt in await self.attempts()}
        ours |= {batch.id for batch in await self.batches()}
        return [each for each in alone if each in ours], [each for each in together if each in ours]

    async def batches(self) -> list[PaymentBatch]:
        debts = [each.debt.loan_id for each in self.borrowers]
        used = select(PaymentAttempt.batch_id).where(PaymentAttempt.loan_id.in_(debts))
        async with self.sessions() as session:
            rows = select(PaymentBatch).where(PaymentBatch.id.in_(used)).order_by(PaymentBatch.id)
            return list(await session.scalars(rows))

    async def batch(self) -> PaymentBatch:
        (batch,) = await self.batches()
        return batch

    async def attempt(self, of: UUID | Debt) -> PaymentAttempt:
        async with self.sessions() as session:
            if isinstance(of, Debt):
                rows = select(PaymentAttempt).where(PaymentAttempt.loan_id == of.loan_id)
                return (await session.scalars(rows.order_by(PaymentAttempt.id.desc()).limit(1))).one()
            return await attempt_of(session, await session.get_one(PaymentOrder, of))

    async def attempts(self) -> list[PaymentAttempt]:
        """All that was ever tried here."""
        loans = [each.debt.loan_id for each in self.borrowers]
        async with self.sessions() as session:
            rows = select(PaymentAttempt).where(PaymentAttempt.loan_id.in_(loans)).order_by(PaymentAttempt.id)
            return list(await session.scalars(rows))

    async def states(self) -> list[AttemptState]:
        """Of the latest attempt of each borrower."""
        return [(await self.attempt(each.debt)).state for each in self.borrowers]

    async def statuses(self, order_ids: Sequence[UUID]) -> list[OrderStatus]:
        async with self.sessions() as session:
            return [(await session.get_one(PaymentOrder, each)).status for each in order_ids]

    async def booked(self) -> list[int]:
        async with self.sessions() as session:
            return [await received_fen(session, each.debt.loan_id) for each in self.borrowers]

    async def open_page(self, debt: Debt) -> UUID:
        """A page of his own at the other channel, that he has not paid."""
        async with self.sessions.begin() as session:
            offer = Offer("pages", Capabilities(products=frozenset({Product.PAGE}), close=True))
            order = await an_order(session, debt, offer=offer, at=self.hand.at)
        channels = {"pages": self.page, self.code: self.channel}
        return (await flows.start(self.sessions, self.hand.clock(), channels, order_id=order.id)).id

    async def announced(self, topic: str) -> list[dict[str, Any]]:
        async with self.sessions() as session:
            rows = select(OutboxRow).where(OutboxRow.topic == topic, OutboxRow.state == OutboxState.PENDING)
            return [row.payload for row in await session.scalars(rows.order_by(OutboxRow.id))]

    def debits(self) -> int:
        return self.channel.operations().count("debit")


async def a_town(sessions: Sessions, *, borrowers: int = 3) -> Town:
    """With a channel of its own: what waits for it is nobody else's."""
    code = f"bank_{new_id().hex[-12:]}"
    async with sessions.begin() as session:
        await agreed(session)
        value = {"least": 2, "most": 50}
        session.add(
            PolicyValue(name="withholding.batches", value=value, source="a test", effective_from=date(2020, 1, 1))
        )
        here: list[Borrower] = []
        for _ in range(borrowers):
            debt = await a_loan(session)
            here.append(Borrower(debt, (await signed(session, debt.borrower_id, code=code)).id))
    here.sort(key=lambda each: each.debt.loan_id.bytes)
    return Town(sessions, code, here)
