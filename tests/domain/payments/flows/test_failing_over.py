"""A channel we had chosen fails: it is asked, and the next one is tried under the same wish, while the borrower waits."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from domain.payments import flows
from domain.payments.models import (
    AttemptState,
    OrderStatus,
    PaymentAttempt,
    PaymentIntent,
    PaymentOrder,
    Unplaced,
    UnplacedReason,
)
from domain.payments.ports import Capabilities, ChannelError, CloseResult, ErrorCode, ErrorKind, PaymentResult, Product
from domain.payments.ports import PaymentState as Told
from domain.payments.rules.pricing import NAME
from domain.payments.rules.routing import Candidate
from domain.payments.services import attempts, orders
from domain.payments.services.attempts import Source
from domain.shared.db import Sessions
from domain.shared.errors import DomainError
from domain.shared.outbox import OutboxRow
from domain.shared.policy import PolicyValue
from tests.domain.payments.builders import (
    ACTION,
    CLOSED,
    NOT_EXECUTED,
    NOT_FOUND,
    PROCESSING,
    UNKNOWN,
    Debt,
    FakeChannel,
    Hand,
    Offer,
    a_loan,
    paid,
    received_fen,
    routed,
)

CAN = Capabilities(products=frozenset({Product.PAGE, Product.JSAPI}), close=True)
CHOSEN: dict[str, Any] = {"ranked": [], "excluded": []}
CANDIDATES = (Candidate("a", CAN), Candidate("b", CAN), Candidate("none", Capabilities()))


@pytest.fixture
async def sessions(sessions: Sessions) -> Sessions:
    async with sessions.begin() as session:
        if await session.scalar(select(PolicyValue.id).where(PolicyValue.name == NAME)) is None:
            await routed(session)
    return sessions


class Killed(BaseException):
    """What a process is that dies: nobody catches it."""


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


@pytest.fixture
async def world(sessions: Sessions) -> World:
    async with sessions.begin() as session:
        return World(sessions, await a_loan(session))


async def test_what_surely_was_not_made_is_asked_about_then_made_by_the_next(world: World) -> None:
    world.a.creates, world.a.queries = [NOT_EXECUTED], [NOT_FOUND]
    order_id = await world.ordered()

    order = await world.start(order_id)

    first, second = await world.orders()
    assert (order.id, order.channel, order.status) == (second.id, "b", OrderStatus.PROCESSING)
    assert (first.id, first.status, second.wish_id, second.instead_of_id) == (
        order_id,
        OrderStatus.CLOSED,
        first.wish_id,
        first.id,
    )
    assert await world.tries() == [("a", AttemptState.NOT_FOUND, False), ("b", AttemptState.ACTION_REQUIRED, True)]
    assert (world.a.operations(), world.b.operations()) == (["create", "query"], ["create"])
    assert second.choice is not None
    assert [each["channel"] for each in second.choice["ranked"]] == ["b"]
    assert {(each["channel"], each["reason"]) for each in second.choice["excluded"]} == {
        ("a", "TRIED"),
        ("none", "PRODUCT"),
    }


async def test_a_repeat_is_shown_the_order_that_took_its_place(world: World) -> None:
    world.a.creates, world.a.queries = [NOT_EXECUTED], [NOT_FOUND]
    order_id = await world.ordered()
    order = await world.start(order_id)

    assert (await world.start(order_id)).id == order.id
    assert (world.a.operations(), world.b.operations()) == (["create", "query"], ["create"])


@pytest.mark.parametrize("doubt", [UNKNOWN, RuntimeError()], ids=["unknown", "broken"])
@pytest.mark.parametrize(
    ("closing", "state"),
    [
        (CloseResult.CLOSED, AttemptState.CLOSED),
        (CloseResult.NOT_FOUND, AttemptState.UNKNOWN),
        (CloseResult.UNKNOWN, AttemptState.UNKNOWN),
    ],
)
async def test_what_nobody_knows_of_is_closed_or_gives_up_its_place_and_is_asked_on(
    world: World, doubt: Any, closing: CloseResult, state: AttemptState
) -> None:
    world.a.creates, world.a.closes, world.a.queries = [doubt], [closing], [UNKNOWN]

    order = await world.start(await world.ordered())

    (first, second) = await world.attempts()
    assert (order.channel, first.state, first.live, second.live) == ("b", state, False, True)
    assert (first.ask_at is None) == (state is AttemptState.CLOSED)
    assert world.a.operations()[:2] == ["create", "close"]


@pytest.mark.parametrize(
    ("created", "found"),
    [(NOT_EXECUTED, PROCESSING), (NOT_EXECUTED, paid()), (UNKNOWN, PROCESSING), (UNKNOWN, paid()), (UNKNOWN, ACTION)],
    ids=["working", "there", "paying", "paid", "a page"],
)
async def test_what_the_first_channel_has_after_all_stays_with_it(
    world: World, created: PaymentResult, found: PaymentResult
) -> None:
    world.a.creates, world.a.queries, world.a.closes = [created], [found], [CloseResult.UNKNOWN]

    order = await world.start(await world.ordered())

    assert (order.channel, world.b.operations()) == ("a", [])
    assert len(await world.attempts()) == 1


async def test_one_that_says_it_took_another_sum_is_not_left_for_the_next(world: World) -> None:
    world.a.creates, world.a.closes = [paid(999_99)], [CloseResult.NOT_FOUND]

    order = await world.start(await world.ordered())

    assert (order.channel, world.a.operations(), world.b.operations()) == ("a", ["create"], [])


async def test_a_refusal_of_the_channel_s_own_goes_on_and_one_of_the_account_does_not(world: World) -> None:
    def refused(code: ErrorCode) -> PaymentResult:
        return PaymentResult(Told.DECLINED, error=ChannelError(ErrorKind.DECLINED, code))

    world.a.creates = [refused(ErrorCode.ACCOUNT_FROZEN), refused(ErrorCode.NO_PERMISSION)]

    assert (await world.start(await world.ordered())).status is OrderStatus.FAILED
    assert (await world.start(await world.ordered())).channel == "b"
    assert world.a.operations() == ["create", "create"]


@pytest.mark.parametrize("why", ["named", "payer's id", "no other", "nobody asked"])
async def test_it_stays_with_its_channel(world: World, why: str) -> None:
    world.a.creates, world.a.queries = [NOT_EXECUTED], [NOT_FOUND]
    facts: dict[str, Any] = {"named": {"choice": None}, "payer's id": {"product": "jsapi"}}.get(why, {})
    candidates = {"no other": CANDIDATES[:1], "nobody asked": ()}.get(why, CANDIDATES)

    order = await world.start(await world.ordered(**facts), candidates)

    assert (order.channel, order.status) == ("a", OrderStatus.PROCESSING)
    assert await world.tries() == [("a", AttemptState.SUBMITTING, True)]
    assert (world.a.operations(), world.b.operations()) == (["create"], [])


async def test_where_both_fail_the_last_one_is_asked_about_to_its_end(world: World) -> None:
    world.a.creates, world.a.queries = [NOT_EXECUTED], [NOT_FOUND]
    world.b.creates = [UNKNOWN]

    order = await world.start(await world.ordered())

    assert (order.channel, order.status) == ("b", OrderStatus.PROCESSING)
    assert await world.tries() == [("a", AttemptState.NOT_FOUND, False), ("b", AttemptState.UNKNOWN, True)]


async def test_a_process_that_dies_before_the_second_call_leaves_one_that_goes_on(world: World) -> None:
    world.a.creates, world.a.queries = [NOT_EXECUTED], [NOT_FOUND]
    order_id = await world.ordered()

    async def dies() -> PaymentResult:
        raise Killed

    world.b.creates = [dies]
    with pytest.raises(Killed):
        await world.start(order_id)
    assert await world.tries() == [("a", AttemptState.NOT_FOUND, False), ("b", AttemptState.SUBMITTING, True)]

    world.b.creates, world.b.queries = [ACTION], [NOT_FOUND]
    attempt = (await world.attempts())[-1]
    assert await world.ask(attempt) is AttemptState.ACTION_REQUIRED
    assert (await world.start(order_id)).channel == "b"


async def test_of_two_that_go_on_at_once_one_makes_the_next_order(world: World) -> None:
    async def slowly() -> PaymentResult:
        await asyncio.sleep(0.05)
        return NOT_EXECUTED

    world.a.creates, world.a.queries = [slowly], [NOT_FOUND]
    order_id = await world.ordered()

    made = await asyncio.gather(*(world.start(order_id) for _ in range(3)), return_exceptions=True)

    assert all(isinstance(each, PaymentOrder) for each in made)
    assert [order.channel for order in await world.orders()] == ["a", "b"]
    assert [channel.operations().count("create") for channel in (world.a, world.b)] == [1, 1]


KEYS_REFUSED = PaymentResult(Told.DECLINED, error=ChannelError(ErrorKind.DECLINED, ErrorCode.NO_PERMISSION))
FAILURES = pytest.mark.parametrize(
    ("created", "found", "closing"),
    [
        (NOT_EXECUTED, NOT_FOUND, CloseResult.UNKNOWN),
        (UNKNOWN, UNKNOWN, CloseResult.CLOSED),
        (UNKNOWN, UNKNOWN, CloseResult.UNKNOWN),
        (KEYS_REFUSED, UNKNOWN, CloseResult.UNKNOWN),
    ],
    ids=["not made", "closed", "superseded", "refused"],
)


@FAILURES
async def test_a_repeat_at_any_moment_is_not_answered_with_an_order_that_was_left(
    world: World, created: PaymentResult, found: PaymentResult, closing: CloseResult
) -> None:
    world.a.creates, world.a.queries, world.a.closes = [created], [found], [closing]
    order_id = await world.ordered()

    async def repeats() -> list[PaymentOrder]:
        return [await world.start(order_id) for _ in range(10)]

    answers = [each for some in await asyncio.gather(*(repeats() for _ in range(3))) for each in some]

    first, second = await world.orders()
    assert {answer.id for answer in answers} <= {first.id, second.id}
    assert {answer.status for answer in answers} <= {OrderStatus.CREATED, OrderStatus.PROCESSING}
    assert (await world.start(order_id)).id == second.id
    assert [channel.operations().count("create") for channel in (world.a, world.b)] == [1, 1]
    assert "close" not in world.b.operations()


@FAILURES
async def test_from_the_moment_it_is_left_a_repeat_has_the_next_one(
    world: World, created: PaymentResult, found: PaymentResult, closing: CloseResult
) -> None:
    world.a.creates, world.a.queries, world.a.closes = [created], [found], [closing]
    order_id = await world.ordered()
    repeated: list[PaymentOrder] = []

    async def while_the_second_is_called() -> PaymentResult:
        repeated.append(await world.start(order_id))
        return ACTION

    world.b.creates = [while_the_second_is_called]
    order = await world.start(order_id)

    assert [(each.id, each.status) for each in repeated] == [(order.id, OrderStatus.PROCESSING)]
    assert (order.channel, world.b.operations()) == ("b", ["create"])


async def test_a_repeat_follows_several_hops(world: World) -> None:
    world.a.creates, world.a.queries = [NOT_EXECUTED], [NOT_FOUND]
    world.b.creates = [KEYS_REFUSED]
    order_id = await world.ordered()

    order = await world.start(order_id, (*CANDIDATES, Candidate("c", CAN)))

    first, second, third = await world.orders()
    assert (order.id, order.channel, third.wish_id) == (third.id, "c", first.id)
    assert [each.status for each in (first, second)] == [OrderStatus.CLOSED, OrderStatus.FAILED]
    assert {(await world.start(each.id)).id for each in (first, second, third)} == {third.id}
    assert world.c.operations() == ["create"]


async def test_who_comes_late_to_an_order_that_was_left_begins_it_not_again_and_closes_nothing(world: World) -> None:
    world.a.creates = [KEYS_REFUSED, ACTION]
    order_id = await world.ordered()
    await world.start(order_id)

    await flows.replace_open(world.sessions, world.hand.clock(), world.channels, order_id=order_id)
    order = await flows.submit(world.sessions, world.hand.clock(), world.a, order_id=order_id)

    assert order.status is OrderStatus.FAILED
    assert (world.a.operations(), world.b.operations()) == (["create"], ["create"])


async def test_what_its_borrower_closed_meanwhile_stays_closed(world: World) -> None:
    order_id = await world.ordered()

    async def he_closes_it() -> CloseResult:
        attempt = (await world.attempts())[0]
        async with world.sessions.begin() as session:
            await attempts.apply_result(
                session, attempt_id=attempt.id, result=CLOSED, source=Source.CLOSE, at=world.hand.at
            )
        return CloseResult.CLOSED

    world.a.creates, world.a.closes = [UNKNOWN], [he_closes_it]

    assert (await world.start(order_id)).status is OrderStatus.CLOSED
    assert (len(await world.orders()), world.b.operations()) == (1, [])


async def test_what_the_first_brings_after_all_is_recognised_as_paid_twice(world: World) -> None:
    world.a.creates, world.a.closes, world.a.queries = [UNKNOWN], [CloseResult.UNKNOWN], [UNKNOWN, paid()]
    world.b.queries = [paid()]
    await world.start(await world.ordered())
    first, second = await world.attempts()

    assert await world.ask(second) is AttemptState.SUCCEEDED
    assert await world.ask(first) is AttemptState.SUCCEEDED

    async with world.sessions() as session:
        (aside,) = await session.scalars(select(Unplaced).where(Unplaced.loan_id == world.debt.loan_id))
        assert (aside.reason, aside.attempt_id) == (UnplacedReason.DOUBLE, first.id)


async def test_what_surely_was_not_made_makes_way_at_once_where_he_goes_on_himself(world: World) -> None:
    """Nobody is sending it any more: he need not wait as for one that may be under way."""
    world.a.creates, world.a.queries, world.a.closes = [NOT_EXECUTED], [NOT_EXECUTED], [CloseResult.UNKNOWN]
    await world.start(await world.ordered(choice=None))
    world.a.creates = [ACTION]

    order = await world.start(await world.ordered(choice=None))

    first, second = await world.attempts()
    assert (first.live, first.ask_at is None, second.state) == (False, False, AttemptState.ACTION_REQUIRED)
    assert order.wish_id == first.order_id


# Laws


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
