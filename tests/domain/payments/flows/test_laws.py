"""Whatever is said, in whatever order, by whoever: the books hold what the channel took, each payment once."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from domain.ledger.models import Transfer
from domain.payments import flows
from domain.payments.models import AttemptChange, AttemptState, OrderStatus, PaymentAttempt, PaymentOrder, Unplaced
from domain.payments.ports import (
    CloseResult,
    CreatePayment,
    NotificationKind,
    PaymentRef,
    PaymentResult,
    PaymentState,
)
from domain.payments.rules.states import OPEN
from domain.shared.db import Sessions
from domain.shared.errors import DomainError
from domain.shared.outbox import OutboxRow
from tests.domain.payments.builders import (
    ACTION,
    CLOSED,
    DECLINED,
    HOUR,
    NOT_EXECUTED,
    NOT_FOUND,
    PROCESSING,
    UNKNOWN,
    Debt,
    FakeChannel,
    Hand,
    a_loan,
    an_order,
    notice,
    paid,
    received_fen,
)

Draw = Callable[[list[Any]], Any]


class Bank(FakeChannel):
    """A channel with a truth of its own, what it took by which number, which it tells with any noise."""

    def __init__(self, draw: Draw) -> None:
        super().__init__()
        self.draw = draw
        self.taken: dict[str, int] = {}
        self.honest = False

    async def create_payment(self, request: CreatePayment) -> PaymentResult:
        return self._noisy(request.order_no, [ACTION, ACTION, PROCESSING, DECLINED, UNKNOWN, NOT_EXECUTED])

    async def query_payment(self, ref: PaymentRef) -> PaymentResult:
        if self.honest:
            return self._noisy(ref.order_no, [NOT_FOUND])
        return self._noisy(ref.order_no, [NOT_FOUND, PROCESSING, CLOSED, ACTION, UNKNOWN])

    async def close_payment(self, ref: PaymentRef) -> CloseResult:
        if ref.order_no in self.taken:
            return self.draw([CloseResult.ALREADY_PAID, CloseResult.UNKNOWN])
        return self.draw([CloseResult.CLOSED, CloseResult.NOT_FOUND, CloseResult.UNKNOWN])

    def _noisy(self, order_no: str, words: list[PaymentResult]) -> PaymentResult:
        if order_no in self.taken:
            truth = paid(self.taken[order_no])
            return truth if self.honest else self.draw([truth, truth, UNKNOWN, PROCESSING, CLOSED])
        word = self.draw([*words, RuntimeError()]) if not self.honest else words[0]
        if isinstance(word, Exception):
            raise word
        return word


class History:
    """One loan, everything that happens to its payments, and the laws that hold at the end."""

    def __init__(self, sessions: Sessions, debt: Debt, draw: Draw) -> None:
        self.sessions = sessions
        self.debt = debt
        self.draw = draw
        self.hand = Hand()
        self.bank = Bank(draw)

    async def start(self) -> None:
        async with self.sessions.begin() as session:
            order = await an_order(session, self.debt, at=self.hand.at)
        try:
            await flows.start(self.sessions, self.hand.clock(), {"fake": self.bank}, order_id=order.id)
        except DomainError:
            return

    async def pay(self, attempt: PaymentAttempt) -> None:
        self.bank.taken.setdefault(attempt.order_no, attempt.amount_fen + self.draw([0, 0, 0, 1]))

    async def notify(self, attempt: PaymentAttempt) -> None:
        fen = self.bank.taken.get(attempt.order_no)
        states = [PaymentState.CLOSED, PaymentState.PROCESSING, PaymentState.UNKNOWN, PaymentState.DECLINED]
        state = self.draw([*states, *([PaymentState.SUCCEEDED] * 4 if fen else [])])
        kind = self.draw([NotificationKind.PAYMENT, NotificationKind.PAYMENT, NotificationKind.REFUND])
        raw = notice(attempt.order_no, state=state, fen=fen, kind=kind, nonce=self.draw([1, 2]))
        await flows.receive_notice(self.sessions, self.hand.clock(), self.bank, raw)

    async def ask(self, attempt: PaymentAttempt) -> None:
        await flows.ask(self.sessions, self.hand.clock(), self.bank, attempt_id=attempt.id)

    async def close(self, attempt: PaymentAttempt) -> None:
        try:
            await flows.close(self.sessions, self.hand.clock(), self.bank, order_id=attempt.order_id)
        except DomainError:
            return

    async def wait(self) -> None:
        self.hand.move(HOUR)

    async def attempts(self) -> list[PaymentAttempt]:
        async with self.sessions() as session:
            rows = select(PaymentAttempt).where(PaymentAttempt.loan_id == self.debt.loan_id).order_by(PaymentAttempt.id)
            return list(await session.scalars(rows))

    async def laws_hold(self) -> None:
        attempts = await self.attempts()
        assert sum(attempt.live for attempt in attempts) <= 1
        assert all(attempt.ask_at is not None for attempt in attempts if attempt.state in OPEN)
        async with self.sessions() as session:
            unpaid = select(func.count()).where(
                AttemptChange.attempt_id.in_([attempt.id for attempt in attempts]),
                AttemptChange.before == AttemptState.SUCCEEDED,
                AttemptChange.after != AttemptState.SUCCEEDED,
            )
            assert await session.scalar(unpaid) == 0
            sources = (
                await session.scalars(select(Transfer.source).where(Transfer.loan_id == self.debt.loan_id))
            ).all()
            assert sorted(sources) == sorted(
                f"payment:{attempt.id}" for attempt in attempts if attempt.state is AttemptState.SUCCEEDED
            )

    async def all_is_known_in_the_end(self) -> None:
        """Every attempt is asked about once more and told the truth: then the books hold what the bank took."""
        self.bank.honest = True
        for attempt in await self.attempts():
            await self.ask(attempt)
        await self.laws_hold()
        attempts = {attempt.id: attempt for attempt in await self.attempts()}
        async with self.sessions() as session:
            assert await received_fen(session, self.debt.loan_id) == sum(self.bank.taken.values())
            announced = [
                UUID(payload["attempt_id"])
                for payload in await session.scalars(
                    select(OutboxRow.payload).where(OutboxRow.topic == "payments.settled")
                )
            ]
            work = list(await session.scalars(select(Unplaced).where(Unplaced.loan_id == self.debt.loan_id)))
            settled = [attempts[attempt_id] for attempt_id in announced if attempt_id in attempts]
            assert sum(one.received_fen or 0 for one in settled) + sum(one.amount_fen for one in work) == sum(
                self.bank.taken.values()
            )
            assert all(one.received_fen == one.amount_fen for one in settled)
            wishes = [(await session.get_one(PaymentOrder, one.order_id)).wish_id for one in settled]
            assert len(set(wishes)) == len(wishes), "a wish was paid to the loan twice"
            for one in settled:
                assert (await session.get_one(PaymentOrder, one.order_id)).status is OrderStatus.PAID


ACTS = ["start", "start", "pay", "pay", "notify", "notify", "ask", "ask", "close", "wait"]


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking a history on a database takes minutes
)
@given(data=st.data(), acts=st.lists(st.sampled_from(ACTS), min_size=4, max_size=25))
async def test_the_books_hold_what_the_channel_took_each_payment_once(
    sessions: Sessions, data: st.DataObject, acts: list[str]
) -> None:
    async with sessions.begin() as session:
        debt = await a_loan(session)
    history = History(sessions, debt, lambda choices: data.draw(st.sampled_from(choices)))

    for act in ["start", *acts]:
        attempts = await history.attempts()
        if act in {"start", "wait"}:
            await getattr(history, act)()
        elif attempts:
            await getattr(history, act)(history.draw(attempts))
        await history.laws_hold()
    await history.all_is_known_in_the_end()
