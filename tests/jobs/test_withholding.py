"""The story of a mandate by the clock alone: the runs of the timetable, what is announced, what is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from domain.borrowers.events import CardGivenUp
from domain.lending.models import Loan, Repayment, RepaymentMethod
from domain.lending.queries.loans import installments_of
from domain.messaging.models import Message
from domain.payments import flows
from domain.payments.flows import mandates
from domain.payments.models import Mandate, PaymentAttempt, PaymentOrder
from domain.payments.ports import Capabilities, CloseResult, PaymentChannel, Product
from domain.payments.rules.mandates import MandateStatus
from domain.payments.rules.states import AttemptState, OrderStatus, PaymentMethod
from domain.shared import failpoints, outbox
from domain.shared.clock import Clock
from domain.shared.db import Sessions
from domain.shared.outbox import OutboxRow, OutboxState
from jobs import asks
from jobs.consumers import DELIVERIES
from jobs.house import House
from jobs.ticks import install, run_due
from jobs.timetable import TIMETABLE
from tests.domain.lending.reminders.builders import at, lender, lent
from tests.domain.lending.services.laws import the_books_hold
from tests.domain.payments.builders import (
    NOT_EXECUTED,
    NOT_FOUND,
    PROCESSING,
    UNKNOWN,
    Debt,
    FakeChannel,
    Offer,
    an_order,
    paid,
)
from tests.domain.payments.mandates import SIGNED, DebitChannel, Debiting, refused, signed

DUE = date(2026, 2, 15)
MINUTE = timedelta(minutes=1)


class Killed(BaseException):
    """What a process is that dies: nobody catches it."""


@dataclass
class Channels:
    """What the jobs ask of the plugins."""

    ready: Mapping[str, PaymentChannel]
    asleep: frozenset[str] = frozenset()
    can: Capabilities = field(default_factory=lambda: Debiting().capabilities)

    def ready_channels(self) -> Mapping[str, PaymentChannel]:
        return self.ready

    def channel(self, code: str) -> PaymentChannel:
        return self.ready[code]

    def resting(self) -> frozenset[str]:
        return self.asleep

    def capabilities(self, _code: str) -> Capabilities:
        return self.can


@dataclass
class Office:
    sessions: Sessions
    clock: Clock
    registry: Channels


class World:
    """A lender, a borrower with a loan and a mandate, his bank, and time."""

    def __init__(self, sessions: Sessions, loan: Loan, mandate: Mandate) -> None:
        self.sessions, self.loan, self.mandate_id = sessions, loan, mandate.id
        self.now = at(DUE, 9)
        self.bank, self.pages = DebitChannel(), FakeChannel("pages")
        self.clock = Clock(movable=False, real=lambda: self.now)
        self.house = cast("House", Office(sessions, self.clock, Channels({"fake": self.bank, "pages": self.pages})))

    async def until(self, when: datetime) -> None:
        """Walk the timetable to a moment, then do everything that was announced."""
        self.now = when
        await run_due(self.sessions, self.clock, TIMETABLE)
        await self.deliver()

    async def deliver(self) -> None:
        while keys := await self._waiting():
            for key in keys:
                await DELIVERIES.deliver(self.house, key)

    async def ask(self) -> None:
        """What is due to be asked about is, and what comes of it is done. There are no other parties."""
        with capture_logs():
            await asks.run(self.house)
        await self.deliver()

    async def _waiting(self) -> list[Any]:
        # What goes by text message is nobody's business here.
        rows = select(OutboxRow.id).where(
            OutboxRow.state == OutboxState.PENDING, OutboxRow.topic != "messaging.queued", OutboxRow.tries == 0
        )
        async with self.sessions() as session:
            return list(await session.scalars(rows.order_by(OutboxRow.id)))

    async def open_page(self) -> PaymentOrder:
        async with self.sessions.begin() as session:
            offer = Offer("pages", Capabilities(products=frozenset({Product.PAGE}), close=True))
            debt = Debt(self.loan.id, self.loan.borrower_id)
            order = await an_order(session, debt, amount_fen=496_00, offer=offer, at=self.now)
        channels = self.house.registry.ready_channels()
        return await flows.start(self.sessions, self.clock, channels, order_id=order.id)

    async def revoke(self) -> Mandate:
        return await mandates.revoke(
            self.sessions,
            self.clock,
            self.house.registry.ready_channels(),
            mandate_id=self.mandate_id,
            borrower_id=self.loan.borrower_id,
        )

    async def debits(self) -> list[tuple[OrderStatus, AttemptState | None]]:
        """The withholdings of the loan, and what became of the debit of each."""
        rows = (
            select(PaymentOrder.status, PaymentAttempt.state)
            .outerjoin(PaymentAttempt, PaymentAttempt.order_id == PaymentOrder.id)
            .where(PaymentOrder.loan_id == self.loan.id, PaymentOrder.method == PaymentMethod.WITHHOLDING)
        )
        async with self.sessions() as session:
            return [(status, state) for status, state in await session.execute(rows.order_by(PaymentOrder.id))]

    async def repaid(self) -> list[tuple[RepaymentMethod, int]]:
        async with self.sessions() as session:
            assert await the_books_hold(session)
            rows = select(Repayment).where(Repayment.loan_id == self.loan.id).order_by(Repayment.id)
            return [(row.method, row.amount_fen) for row in await session.scalars(rows)]

    async def told(self) -> list[str]:
        rows = select(Message.template_code).where(Message.template_code.in_(WORDS)).order_by(Message.id)
        async with self.sessions() as session:
            return list(await session.scalars(rows))


WORDS = ("WITHHOLDING_DECLINED", "MANDATE_SUSPENDED", "REPAYMENT_RECEIVED")
TAKEN = (OrderStatus.PAID, AttemptState.SUCCEEDED)
REFUSED = (OrderStatus.FAILED, AttemptState.DECLINED)
NOT_BEGUN = (OrderStatus.CLOSED, None)


@pytest.fixture
async def world(sessions: Sessions) -> World:
    async with sessions.begin() as session:
        await lender(session)
        loan = await lent(session)
        mandate = await signed(session, loan.borrower_id, at=at(DUE - timedelta(days=10)))
        await install(session, TIMETABLE, at(DUE, 9))
    return World(sessions, loan, mandate)


async def test_without_money_in_the_morning_it_is_taken_in_the_evening(world: World) -> None:
    world.bank.debits, world.bank.queries = [refused(), PROCESSING], [paid(496_00)]
    await world.until(at(DUE, 10))
    assert (await world.debits(), await world.told()) == ([REFUSED], ["WITHHOLDING_DECLINED"])

    await world.until(at(DUE, 18))
    world.now += MINUTE
    await world.ask()

    assert await world.debits() == [REFUSED, TAKEN]
    assert await world.repaid() == [(RepaymentMethod.WITHHOLDING, 496_00)]
    assert await world.told() == ["WITHHOLDING_DECLINED", "REPAYMENT_RECEIVED"]
    await world.until(at(DUE + timedelta(days=3), 12))
    assert len(await world.debits()) == 2
    async with world.sessions() as session:
        assert (await installments_of(session, [world.loan.id]))[world.loan.id][0].status == "PAID"


async def test_a_bank_that_says_another_sum_than_it_took_is_asked_at_once_and_the_loan_has_what_came(
    world: World,
) -> None:
    world.bank.debits, world.bank.queries = [paid(495_99)], [paid(496_00)]

    await world.until(at(DUE, 10))

    assert await world.debits() == [TAKEN]
    assert await world.repaid() == [(RepaymentMethod.WITHHOLDING, 496_00)]


async def test_a_bank_that_cannot_be_asked_is_believed(world: World) -> None:
    can = replace(Debiting().capabilities, query=False)
    world.house = cast("House", Office(world.sessions, world.clock, Channels({"fake": world.bank}, can=can)))
    world.bank.debits = [paid(495_99)]

    await world.until(at(DUE, 10))

    assert await world.debits() == [(OrderStatus.MISMATCH, AttemptState.SUCCEEDED)]
    assert "query" not in world.bank.operations()


async def test_his_open_page_is_closed_before_he_is_debited(world: World) -> None:
    page = await world.open_page()
    world.bank.debits = [paid(496_00)]

    await world.until(at(DUE, 10))

    assert world.pages.operations() == ["create", "close"]
    assert await world.debits() == [TAKEN]
    async with world.sessions() as session:
        assert (await session.get_one(PaymentOrder, page.id)).status is OrderStatus.CLOSED


async def test_a_page_he_has_paid_is_found_and_he_is_not_debited(world: World) -> None:
    await world.open_page()
    world.pages.closes, world.pages.queries = [CloseResult.ALREADY_PAID], [paid(496_00)]

    await world.until(at(DUE, 10))
    await world.until(at(DUE, 18))

    assert (await world.debits(), world.bank.debited) == ([NOT_BEGUN], [])
    assert await world.repaid() == [(RepaymentMethod.ACTIVE, 496_00)]


async def test_while_nobody_knows_of_one_there_is_no_other(world: World) -> None:
    world.bank.debits, world.bank.queries = [UNKNOWN], [UNKNOWN]
    await world.until(at(DUE, 10))
    for hour in (18, 34, 42):
        await world.until(at(DUE, 0) + timedelta(hours=hour))
        await world.ask()
    assert await world.debits() == [(OrderStatus.PROCESSING, AttemptState.UNKNOWN)]

    world.bank.queries = [paid(496_00)]
    world.now += timedelta(hours=2)
    await world.ask()

    assert await world.debits() == [TAKEN]
    assert (await world.repaid(), len(world.bank.debited)) == ([(RepaymentMethod.WITHHOLDING, 496_00)], 1)


async def test_a_page_nobody_knows_of_blocks_the_debit_until_it_does(world: World) -> None:
    world.pages.creates, world.pages.closes = [TimeoutError()], [CloseResult.UNKNOWN]
    await world.open_page()
    await world.until(at(DUE, 10))
    assert await world.debits() == [NOT_BEGUN]

    world.pages.queries, world.bank.debits = [NOT_FOUND], [paid(496_00)]
    await world.until(at(DUE, 18))
    assert await world.debits() == [NOT_BEGUN, TAKEN]


async def test_a_revoked_mandate_is_never_debited(world: World) -> None:
    world.bank.revokes, world.bank.mandate_queries = [TimeoutError()], [SIGNED]
    await world.revoke()

    await world.until(at(DUE + timedelta(days=2), 12))
    await world.ask()

    assert (await world.debits(), world.bank.debited) == ([], [])
    assert {"revoke", "query mandate"} <= set(world.bank.operations())


async def test_a_card_that_is_given_up_takes_its_mandate_with_it(world: World) -> None:
    async with world.sessions.begin() as session:
        card_id = (await session.get_one(Mandate, world.mandate_id)).bank_card_id
        outbox.publish(session, CardGivenUp(card_id))
    await world.deliver()
    await world.ask()

    await world.until(at(DUE, 10))

    assert world.bank.debited == []
    async with world.sessions() as session:
        assert (await session.get_one(Mandate, world.mandate_id)).status is MandateStatus.REVOKED


async def test_a_worker_killed_between_claim_and_call_is_asked_about_and_not_repeated(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def die(_pid: int, _signal: int) -> None:
        raise Killed

    monkeypatch.setattr(failpoints.os, "kill", die)
    failpoints.arm(["payments.after_submitting"], tmp_path)
    world.bank.queries = [NOT_FOUND]
    with pytest.raises(Killed):
        await world.until(at(DUE, 10))
    await world.deliver()
    for _ in range(3):
        world.now += MINUTE
        await world.ask()
    assert (await world.debits(), world.bank.debited) == ([(OrderStatus.PROCESSING, AttemptState.SUBMITTING)], [])

    world.now += timedelta(minutes=15)
    await world.ask()
    assert (await world.debits(), world.bank.debited) == ([(OrderStatus.CLOSED, AttemptState.NOT_FOUND)], [])

    world.bank.debits = [paid(496_00)]
    await world.until(at(DUE, 18))
    assert (await world.repaid(), len(world.bank.debited)) == ([(RepaymentMethod.WITHHOLDING, 496_00)], 1)


async def test_one_killed_after_the_bank_took_the_money_is_found_by_asking(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def die(_pid: int, _signal: int) -> None:
        raise Killed

    monkeypatch.setattr(failpoints.os, "kill", die)
    failpoints.arm(["payments.after_submitting"], tmp_path)
    world.bank.queries = [paid(496_00)]
    with pytest.raises(Killed):
        await world.until(at(DUE, 10))

    world.now += MINUTE
    await world.ask()
    await world.until(at(DUE, 18))

    assert (await world.debits(), world.bank.debited) == ([TAKEN], [])
    assert await world.repaid() == [(RepaymentMethod.WITHHOLDING, 496_00)]


async def test_what_was_surely_not_sent_is_sent_again_by_the_janitor_under_one_number(world: World) -> None:
    world.bank.debits, world.bank.queries = [NOT_EXECUTED, NOT_EXECUTED, paid(496_00)], [NOT_FOUND]
    await world.until(at(DUE, 10))
    for _ in range(2):
        world.now += MINUTE
        await world.ask()

    assert await world.debits() == [TAKEN]
    assert len({debit.order_no for debit in world.bank.debited}) == 1
    assert await world.repaid() == [(RepaymentMethod.WITHHOLDING, 496_00)]


async def test_days_without_a_worker_are_made_up_for_by_one_debit(world: World) -> None:
    world.bank.debits = [refused()]
    await world.until(at(DUE + timedelta(days=2), 9))
    assert await world.debits() == [REFUSED]

    await world.until(at(DUE + timedelta(days=2), 10))
    await world.until(at(DUE + timedelta(days=2), 18))
    assert await world.debits() == [REFUSED] * 2
    assert await world.told() == ["WITHHOLDING_DECLINED"]


async def test_a_clock_that_jumps_debits_only_for_the_last_moment(world: World) -> None:
    """Moments that were crossed are lived one after another; what nobody could begin in time is given up."""
    when = at(DUE + timedelta(days=2), 12)
    world.now, world.bank.debits = when, [paid(496_00)]
    await run_due(world.sessions, Clock(movable=True, real=lambda: when), TIMETABLE)
    await world.deliver()

    assert await world.debits() == [NOT_BEGUN] * 4 + [TAKEN]
