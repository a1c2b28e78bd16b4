"""Whatever two channels say of one loan's payments: never two live ones, and what is paid twice is known for that."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from domain.payments.models import AttemptState, Unplaced
from domain.payments.ports import ChannelError, CloseResult, ErrorCode, ErrorKind, PaymentResult
from domain.payments.ports import PaymentState as Told
from domain.shared.db import Sessions
from domain.shared.errors import DomainError
from domain.shared.outbox import OutboxRow
from tests.domain.payments.builders import (
    ACTION,
    NOT_EXECUTED,
    NOT_FOUND,
    PROCESSING,
    UNKNOWN,
    FakeChannel,
    a_loan,
    paid,
    received_fen,
)
from tests.domain.payments.flows.failing_over.two_channels import World

Draw = Callable[[list[Any]], Any]


class Noisy(FakeChannel):
    """Takes what it was asked for whenever its borrower pays, and says of it whatever it likes, until it is honest."""

    def __init__(self, code: str, draw: Draw) -> None:
        super().__init__(code)
        self.draw, self.honest = draw, False
        self.taken: set[str] = set()

    async def _say(self, operation: str, order_no: str, script: list[Any]) -> Any:
        self.asked.append((operation, order_no))
        if operation == "close":
            words = [CloseResult.CLOSED, CloseResult.NOT_FOUND, CloseResult.UNKNOWN]
            return CloseResult.UNKNOWN if self.honest or order_no in self.taken else self.draw(words)
        if order_no in self.taken and (self.honest or self.draw([True, False])):
            return paid()
        if self.honest:
            return NOT_FOUND
        if order_no in self.taken:
            return self.draw([UNKNOWN, PROCESSING])
        said = self.draw([ACTION, NOT_EXECUTED, UNKNOWN, REFUSED, RuntimeError(), NOT_FOUND])
        if isinstance(said, Exception):
            raise said
        return said


REFUSED = PaymentResult(Told.DECLINED, error=ChannelError(ErrorKind.DECLINED, ErrorCode.RISK))


class History:
    """One loan, two channels that say what they like, and what is true of its payments at the end."""

    def __init__(self, world: World, draw: Draw) -> None:
        self.world, self.draw = world, draw
        self.channels = {"a": Noisy("a", draw), "b": Noisy("b", draw)}
        world.a, world.b = self.channels["a"], self.channels["b"]

    async def start(self) -> None:
        with suppress(DomainError):
            await self.world.start(await self.world.ordered())

    async def wait(self) -> None:
        self.world.hand.move(timedelta(minutes=20))

    async def pay(self) -> None:
        if tries := await self.world.attempts():
            attempt = self.draw(tries)
            self.channels[attempt.channel].taken.add(attempt.order_no)

    async def ask(self) -> None:
        if tries := await self.world.attempts():
            await self.world.ask(self.draw(tries))

    async def all_is_known(self) -> set[str]:
        """Everything is asked about once more and told the truth; what was taken, by its number."""
        self.world.hand.move(timedelta(hours=5))
        for channel in self.channels.values():
            channel.honest = True
        for attempt in await self.world.attempts():
            await self.world.ask(attempt)
        return {number for channel in self.channels.values() for number in channel.taken}


_SETTLED = select(OutboxRow.payload).where(OutboxRow.topic == "payments.settled")


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(data=st.data(), acts=st.lists(st.sampled_from(["start", "pay", "pay", "ask", "wait"]), max_size=10))
async def test_never_two_live_ones_and_what_is_paid_twice_is_known_for_that(
    sessions: Sessions, data: st.DataObject, acts: list[str]
) -> None:
    async with sessions.begin() as session:
        world = World(sessions, await a_loan(session))
    history = History(world, lambda choices: data.draw(st.sampled_from(choices)))

    for act in ["start", *acts]:
        await getattr(history, act)()
        assert sum(each.live for each in await world.attempts()) <= 1

    taken = await history.all_is_known()
    async with sessions() as session:
        assert await received_fen(session, world.debt.loan_id) == 1000_00 * len(taken)
        settled = {UUID(each["attempt_id"]) for each in await session.scalars(_SETTLED)}
        rows = select(Unplaced.attempt_id).where(Unplaced.loan_id == world.debt.loan_id)
        aside = set(await session.scalars(rows))
        wishes = {order.id: order.wish_id for order in await world.orders()}
    tries = await world.attempts()
    assert {each.order_no for each in tries if each.state is AttemptState.SUCCEEDED} == taken
    assert all((each.id in settled) + (each.id in aside) == (each.order_no in taken) for each in tries)
    paid_for = [wishes[each.order_id] for each in tries if each.id in settled]
    assert len(set(paid_for)) == len(paid_for), "a wish was paid to the loan twice"
