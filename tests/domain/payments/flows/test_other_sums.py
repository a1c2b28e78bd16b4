"""A channel that says another sum than was asked for, unasked: it is asked, and what it says then is what came."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select

from domain.payments import flows, queries
from domain.payments.errors import AnotherPaymentLive
from domain.payments.models import AttemptState, OrderStatus, PaymentAttempt, PaymentOrder
from domain.payments.ports import CloseResult, PaymentState
from domain.payments.services import janitor
from domain.shared.db import Sessions
from domain.shared.inbox import InboxRow, InboxState
from domain.shared.outbox import OutboxRow
from tests.domain.payments.builders import (
    ACTION,
    HOUR,
    NOT_FOUND,
    UNKNOWN,
    Debt,
    FakeChannel,
    Hand,
    a_loan,
    an_order,
    attempt_of,
    notice,
    paid,
    received_fen,
)

FEN = 1000_00


class Town:
    """A borrower with an order that its channel knows."""

    def __init__(self, sessions: Sessions, channel: FakeChannel, debt: Debt) -> None:
        self.sessions, self.channel, self.debt, self.hand = sessions, channel, debt, Hand()
        self.order: PaymentOrder

    async def begin(self) -> PaymentOrder:
        async with self.sessions.begin() as session:
            self.order = await an_order(session, self.debt, at=self.hand.at)
        return await self.start()

    async def start(self) -> PaymentOrder:
        channels = {"fake": self.channel}
        return await flows.start(self.sessions, self.hand.clock(), channels, order_id=self.order.id)

    async def attempt(self) -> PaymentAttempt:
        async with self.sessions() as session:
            return await attempt_of(session, self.order)

    async def first_attempt(self) -> PaymentAttempt:
        async with self.sessions() as session:
            of_loan = select(PaymentAttempt).where(PaymentAttempt.loan_id == self.debt.loan_id)
            return (await session.scalars(of_loan.order_by(PaymentAttempt.id).limit(1))).one()

    async def told(self, fen: int, **facts: Any) -> str:
        raw = notice((await self.attempt()).order_no, fen=fen, at=self.hand.at, **facts)
        return (await flows.receive_notice(self.sessions, self.hand.clock(), self.channel, raw)).body.decode()

    async def ask(self, *, answers: bool = True) -> AttemptState:
        attempt = await self.attempt()
        return await flows.ask(self.sessions, self.hand.clock(), self.channel, attempt_id=attempt.id, answers=answers)

    async def stands(self) -> tuple[OrderStatus, int, int, int]:
        """Where the order is, what the books received for it, how often it was announced, what waits for a person."""
        async with self.sessions() as session:
            settled = select(func.count()).where(OutboxRow.topic == "payments.settled")
            return (
                (await session.get_one(PaymentOrder, self.order.id)).status,
                await received_fen(session, self.debt.loan_id),
                await session.scalar(settled) or 0,
                len(await queries.unplaced(session, limit=10)),
            )


@pytest.fixture
async def town(sessions: Sessions, channel: FakeChannel) -> Town:
    async with sessions.begin() as session:
        return Town(sessions, channel, await a_loan(session))


async def test_a_notice_of_another_sum_is_applied_and_asked_about_and_what_is_said_then_is_applied(town: Town) -> None:
    await town.begin()
    town.channel.queries = [UNKNOWN, RuntimeError(), paid()]

    answers = [await town.told(999_99), await town.told(999_99), await town.told(999_99, nonce=2)]

    assert answers == ["ACCEPTED", "DUPLICATE", "ACCEPTED"]
    async with town.sessions() as session:
        assert {row.state for row in await session.scalars(select(InboxRow))} == {InboxState.APPLIED}
    for _ in range(2):
        assert await town.ask() is AttemptState.ACTION_REQUIRED
        assert await town.stands() == (OrderStatus.PROCESSING, 0, 0, 0)
    assert await town.ask() is AttemptState.SUCCEEDED
    assert await town.stands() == (OrderStatus.PAID, FEN, 1, 0)


async def test_an_ask_that_is_lost_is_made_by_the_janitor(town: Town) -> None:
    await town.begin()
    await town.told(999_99)
    town.hand.move(HOUR)

    async with town.sessions.begin() as session:
        assert (await town.attempt()).id in await janitor.due(session, at=town.hand.at)


@pytest.mark.parametrize("last", ["notices", "queries", "any"])
async def test_of_all_that_is_said_at_the_same_moment_the_truth_is_booked_and_the_rest_can_be_seen(
    town: Town, last: str
) -> None:
    await town.begin()
    town.channel.queries = [paid()]
    notices = [town.told(999_99, nonce=1), town.told(FEN, nonce=2), town.told(1000_01, nonce=3)]
    asks = [town.ask() for _ in range(3)]
    for some in {"notices": [asks, notices], "queries": [notices, asks], "any": [[*notices, *asks]]}[last]:
        await asyncio.gather(*some)

    assert await town.stands() == (OrderStatus.PAID, FEN, 1, 0)
    attempt = await town.attempt()
    assert (attempt.state, attempt.doubted_at, attempt.ask_at) == (AttemptState.SUCCEEDED, None, None)
    async with town.sessions() as session:
        changes = await queries.changes_of(session, attempt.id)
    said = [change.facts["amount_fen"] for change in changes if {"doubted", "contradicts"} & set(change.facts)]
    assert sorted(said) == [999_99, 1000_01]


async def test_a_channel_that_cannot_be_asked_is_believed(town: Town) -> None:
    await town.begin()
    asked = len(town.channel.asked)
    await town.told(999_99)

    states = [await town.ask(answers=False) for _ in range(2)]

    assert states == [AttemptState.SUCCEEDED] * 2
    assert len(town.channel.asked) == asked
    assert await town.stands() == (OrderStatus.MISMATCH, 999_99, 0, 1)


async def test_an_answer_of_another_sum_is_asked_about_and_made_by_nobody_again(town: Town) -> None:
    town.channel.creates, town.channel.queries = [paid(999_99), ACTION], [NOT_FOUND, ACTION, paid()]

    assert (await town.begin()).status is OrderStatus.PROCESSING
    states = [await town.ask() for _ in range(3)]

    assert states == [AttemptState.UNKNOWN, AttemptState.ACTION_REQUIRED, AttemptState.SUCCEEDED]
    assert town.channel.operations().count("create") == 1
    assert await town.stands() == (OrderStatus.PAID, FEN, 1, 0)


async def test_he_who_may_have_paid_begins_no_other_payment_unless_the_first_can_be_closed(town: Town) -> None:
    await town.begin()
    await town.told(999_99)
    town.channel.closes = [CloseResult.UNKNOWN, CloseResult.CLOSED]

    with pytest.raises(AnotherPaymentLive):
        await town.begin()
    assert (await town.first_attempt()).state is AttemptState.ACTION_REQUIRED
    assert (await town.begin()).status is OrderStatus.PROCESSING
    assert (await town.first_attempt()).doubted_at is not None, "it is asked whether it was paid before that"


async def test_an_unpaid_word_of_another_sum_says_nothing_of_money(town: Town) -> None:
    await town.begin()

    assert await town.told(999_99, state=PaymentState.PROCESSING) == "ACCEPTED"
    assert (await town.attempt()).doubted_at is None
