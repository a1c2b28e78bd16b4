"""A debit whose channel does nothing goes by another mandate in the same run, once its channel does not know it."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest
from sqlalchemy import select

from domain.lending.flows.withholding import debit
from domain.lending.services.withholding import still_wanted
from domain.payments.flows import DebitDesk
from domain.payments.models import AttemptState, OrderStatus, PaymentAttempt, PaymentOrder
from domain.payments.ports import ErrorCode, MandateResult, MandateState
from domain.shared.db import Sessions
from jobs.house import House
from jobs.ticks import install
from jobs.timetable import TIMETABLE
from tests.domain.lending.reminders.builders import at, lender, lent
from tests.domain.payments.builders import NOT_EXECUTED, NOT_FOUND, PROCESSING, UNKNOWN, paid, routed
from tests.domain.payments.mandates import DebitChannel, refused, signed
from tests.jobs.test_withholding import DUE, MINUTE, Channels, Office, World


class TwoWays(World):
    """The borrower has a mandate at a cheap channel and at a dear one."""

    def __init__(self, sessions: Sessions, *facts: Any) -> None:
        super().__init__(sessions, *facts)
        self.cheap, self.dear = DebitChannel("cheap"), DebitChannel("dear")
        self.cheap.queries = self.dear.queries = [NOT_FOUND]
        self.knows("cheap", "dear")

    def knows(self, *codes: str, asleep: str = "") -> None:
        """Which channels the worker finds ready, and which of them rest."""
        ready = {code: getattr(self, code) for code in codes}
        resting = frozenset({asleep} - {""})
        self.house = cast("House", Office(self.sessions, self.clock, replace(Channels(ready), asleep=resting)))

    def sent(self) -> list[int]:
        return [channel.operations().count("debit") for channel in (self.cheap, self.dear)]

    async def ways(self) -> list[tuple[str, OrderStatus, AttemptState | None, bool | None]]:
        rows = (
            select(PaymentOrder.channel, PaymentOrder.status, PaymentAttempt.state, PaymentAttempt.live)
            .outerjoin(PaymentAttempt, PaymentAttempt.order_id == PaymentOrder.id)
            .where(PaymentOrder.loan_id == self.loan.id)
        )
        async with self.sessions() as session:
            return [tuple(row) for row in await session.execute(rows.order_by(PaymentOrder.id))]  # pyright: ignore[reportReturnType] - four columns are a tuple of four


@pytest.fixture
async def world(sessions: Sessions) -> TwoWays:
    async with sessions.begin() as session:
        await lender(session)
        channels = {"cheap": {"fee": {"per_mille": "2"}}, "dear": {"fee": {"per_mille": "5"}}}
        await routed(session, DUE - timedelta(days=30), channels=channels)
        loan = await lent(session)
        made = [
            await signed(session, loan.borrower_id, at=at(DUE - timedelta(days=10)), result=_signed(code), code=code)
            for code in ("cheap", "dear")
        ]
        await install(session, TIMETABLE, at(DUE, 9))
    return TwoWays(sessions, loan, made[0])


def _signed(code: str) -> MandateResult:
    return MandateResult(MandateState.ACTIVE, token=f"T-{code}")


PAID = (OrderStatus.PAID, AttemptState.SUCCEEDED, False)


async def test_what_was_surely_not_sent_goes_by_the_other_once_its_channel_does_not_know_it(world: TwoWays) -> None:
    world.cheap.debits, world.dear.debits = [NOT_EXECUTED], [paid(496_00)]
    await world.until(at(DUE, 10))
    assert await world.ways() == [("cheap", OrderStatus.PROCESSING, AttemptState.SUBMITTING, True)]

    world.now += MINUTE
    await world.ask()

    assert await world.ways() == [
        ("cheap", OrderStatus.CLOSED, AttemptState.NOT_FOUND, False),
        ("dear", *PAID),
    ]
    assert world.sent() == [1, 1]
    assert world.cheap.operations()[-1] == "query", "asked before anything else is tried"
    assert [fen for _, fen in await world.repaid()] == [496_00]


@pytest.mark.parametrize("told", [UNKNOWN, PROCESSING, paid(496_00)], ids=lambda told: told.state)
async def test_what_its_channel_may_know_stays_with_it(world: TwoWays, told: Any) -> None:
    world.cheap.debits, world.cheap.queries = [NOT_EXECUTED], [NOT_FOUND, told]
    await world.until(at(DUE, 10))
    world.now += MINUTE
    await world.ask()

    assert [channel for channel, *_ in await world.ways()] == ["cheap"]
    assert world.sent() == [1, 0]


async def test_while_the_channel_cannot_be_asked_it_keeps_its_debit(world: TwoWays) -> None:
    """It was surely not sent, says the channel's own plugin alone: money is not risked on that."""
    world.cheap.debits, world.cheap.queries = [NOT_EXECUTED], [NOT_EXECUTED]
    await world.until(at(DUE, 10))
    for _ in range(3):
        world.now += MINUTE
        await world.ask()

    assert await world.ways() == [("cheap", OrderStatus.PROCESSING, AttemptState.SUBMITTING, True)]
    assert world.sent()[1] == 0


async def test_it_goes_by_the_other_in_the_same_run_also_if_its_channel_could_be_asked_only_hours_later(
    world: TwoWays,
) -> None:
    world.cheap.debits, world.dear.debits = [NOT_EXECUTED], [paid(496_00)]
    await world.until(at(DUE, 10))

    world.now += timedelta(hours=3)
    await world.ask()

    assert await world.ways() == [("cheap", OrderStatus.CLOSED, AttemptState.NOT_FOUND, False), ("dear", *PAID)]
    assert world.sent() == [1, 1]
    assert [fen for _, fen in await world.repaid()] == [496_00]


async def test_what_may_have_been_sent_is_left_to_the_next_run_when_its_channel_does_not_know_it(
    world: TwoWays,
) -> None:
    world.cheap.debits = [UNKNOWN]
    await world.until(at(DUE, 10))

    world.now += timedelta(hours=3)
    await world.ask()

    assert await world.ways() == [("cheap", OrderStatus.CLOSED, AttemptState.NOT_FOUND, False)]


async def test_where_there_is_no_other_it_is_sent_again_under_its_number(world: TwoWays) -> None:
    world.knows("cheap")
    world.cheap.debits = [NOT_EXECUTED, paid(496_00)]
    await world.until(at(DUE, 10))
    world.now += MINUTE
    await world.ask()

    assert await world.ways() == [("cheap", *PAID)]
    assert len({debit.order_no for debit in world.cheap.debited}) == 1


@pytest.mark.parametrize("why", ["gone", "resting"])
async def test_a_channel_that_cannot_be_used_is_left_before_anything_is_sent(world: TwoWays, why: str) -> None:
    world.dear.debits = [paid(496_00)]
    if why == "gone":
        world.knows("dear")
    else:
        world.knows("cheap", "dear", asleep="cheap")

    await world.until(at(DUE, 10))

    assert await world.ways() == [("cheap", OrderStatus.CLOSED, None, None), ("dear", *PAID)]
    assert world.sent() == [0, 1]


async def test_one_that_rests_is_used_where_there_is_no_other(world: TwoWays) -> None:
    world.knows("cheap", asleep="cheap")
    world.cheap.debits = [paid(496_00)]

    await world.until(at(DUE, 10))

    assert await world.ways() == [("cheap", *PAID)]


async def test_a_refusal_of_the_channel_s_own_found_later_goes_on_too(world: TwoWays) -> None:
    world.cheap.debits, world.cheap.queries = [PROCESSING], [refused(ErrorCode.LIMIT_EXCEEDED)]
    world.dear.debits = [paid(496_00)]
    await world.until(at(DUE, 10))
    world.now += MINUTE
    await world.ask()

    assert await world.ways() == [("cheap", OrderStatus.FAILED, AttemptState.DECLINED, False), ("dear", *PAID)]
    assert [fen for _, fen in await world.repaid()] == [496_00]


async def test_of_two_workers_that_leave_a_channel_at_once_one_requests_the_other(world: TwoWays) -> None:
    world.cheap.debits = [NOT_EXECUTED]
    await world.until(at(DUE, 10))
    async with world.sessions() as session:
        order_id = (await session.scalars(select(PaymentOrder.id))).one()

    async def leave() -> None:
        registry = cast("Channels", world.house.registry)
        ready = registry.ready_channels()
        desk = DebitDesk(world.sessions, world.clock, ready, registry.capabilities, still_wanted)
        await debit(desk, registry.resting(), order_id=order_id)

    await asyncio.gather(leave(), leave(), leave())

    assert [channel for channel, *_ in await world.ways()] == ["cheap", "dear"]
    assert world.sent() == [1, 0]
