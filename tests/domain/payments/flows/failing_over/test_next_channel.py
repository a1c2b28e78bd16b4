"""A channel we had chosen fails: it is asked, and the next one is tried under the same wish, while the borrower waits."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from domain.payments import flows
from domain.payments.models import AttemptState, OrderStatus, PaymentOrder, Unplaced, UnplacedReason
from domain.payments.ports import ChannelError, CloseResult, ErrorCode, ErrorKind, PaymentResult
from domain.payments.ports import PaymentState as Told
from domain.payments.rules.routing import Candidate
from domain.payments.services import attempts
from domain.payments.services.attempts import Source
from tests.domain.payments.builders import ACTION, CLOSED, NOT_EXECUTED, NOT_FOUND, PROCESSING, UNKNOWN, paid
from tests.domain.payments.flows.failing_over.two_channels import CAN, CANDIDATES, World


class Killed(BaseException):
    """What a process is that dies: nobody catches it."""


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
