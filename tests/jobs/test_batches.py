"""Two borrowers who are debited in one request, by the clock alone: the timetable, what is announced, UnionPay's own words."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from domain.lending.models import Repayment
from domain.operations.services import order_history
from domain.payments.models import PaymentAttempt, PaymentBatch, PaymentOrder
from domain.payments.ports import Capabilities, PaymentChannel
from domain.payments.rules.batching import BatchState
from domain.payments.rules.states import AttemptState, OrderStatus, PaymentMethod
from domain.payments.services.exchanges import record_exchange
from domain.shared import failpoints
from domain.shared.clock import Clock
from domain.shared.db import Sessions
from domain.shared.outbox import OutboxRow, OutboxState
from domain.shared.policy import PolicyValue
from domain.shared.settings import Settings
from jobs import asks
from jobs.consumers import DELIVERIES
from jobs.house import House
from jobs.ticks import install, run_due
from jobs.timetable import TIMETABLE
from plugins.channels.bank_withholding.plugin import payment_channels
from plugins.sandbox.app import create_sandbox
from plugins.sandbox.faults import Fault
from plugins.sandbox.house import House as Sandbox
from plugins.sandbox.unionpay import bindings, trades
from plugins.sandbox.unionpay.bindings import Binding
from plugins.testing import runtime
from suidai.runtime.channel_keys import ADDRESSES
from suidai.runtime.unionpay_keys import unionpay_keys
from tests.domain.lending.reminders.builders import at, lender, lent
from tests.domain.lending.services.laws import the_books_hold
from tests.domain.payments.mandates import SIGNED, signed

DUE = date(2026, 2, 15)
BANK = "bank_withholding"
HERE = "https://sandbox.test"
TOKENS = ("MD20260205000001a1b2c3d4", "MD20260205000002a1b2c3d5")


class Killed(BaseException):
    """What a process is that dies: nobody catches it."""


@dataclass
class Channels:
    """What the jobs ask of the plugins."""

    ready: Mapping[str, PaymentChannel]
    able: Capabilities

    def ready_channels(self) -> Mapping[str, PaymentChannel]:
        return self.ready

    def channel(self, code: str) -> PaymentChannel:
        return self.ready[code]

    def capabilities(self, _code: str) -> Capabilities:
        return self.able

    def resting(self) -> frozenset[str]:
        return frozenset()

    async def announce(self, _event: object) -> None:
        """Nobody listens."""


@dataclass
class Office:
    sessions: Sessions
    clock: Clock
    registry: Channels


class Town:
    """A lender, two borrowers with loans and mandates, their UnionPay, and time."""

    def __init__(self, sessions: Sessions, folder: Path, keys: Mapping[str, dict[str, Any]]) -> None:
        self.sessions, self.now = sessions, at(DUE, 9)
        told = {BANK: keys["sandbox"], "sms": {"secret": "nobody listens"}, "pace": {"delay": 0}}
        app = create_sandbox(Settings(home=folder, sandbox=told), lambda: self.now)
        self.sandbox: Sandbox = app.state.house
        (spec,) = payment_channels()
        config = spec.config_model(
            **keys["channel"] | {name: f"{HERE}/{path}" for name, path in ADDRESSES[BANK].items()}
        )
        given = runtime(
            now=lambda: self.now,
            transport=httpx.ASGITransport(app),
            code=BANK,
            audit=partial(record_exchange, sessions),
            masked_fields=spec.masked_fields,
        )
        self.clock = Clock(movable=False, real=lambda: self.now)
        channels = Channels({BANK: spec.factory(config, given)}, spec.capabilities_of(config))
        self.house = cast("House", Office(sessions, self.clock, channels))

    async def settle(self) -> None:
        """Two loans of which 496.00 is due, and two cards that are bound."""
        async with self.sessions.begin() as session:
            await lender(session)
            value = {"least": 2, "most": 100}
            since = date(2020, 1, 1)
            session.add(PolicyValue(name="withholding.batches", value=value, source="a test", effective_from=since))
            for token in TOKENS:
                loan = await lent(session)
                begun, bound = at(DUE - timedelta(days=10)), replace(SIGNED, token=token)
                await signed(session, loan.borrower_id, at=begun, result=bound, code=BANK)
                bindings.keep(self.sandbox.store, Binding(token, "6216***********0018", "0018"))
            await install(session, TIMETABLE, at(DUE, 9))

    async def until(self, when: datetime) -> None:
        """Walk the timetable to a moment, then do everything that was announced, and ask what is due."""
        self.now = when
        await run_due(self.sessions, self.clock, TIMETABLE)
        await self.deliver()
        with capture_logs():
            await asks.run(self.house)
        await self.deliver()

    async def deliver(self) -> None:
        waiting = select(OutboxRow.id).where(
            OutboxRow.state == OutboxState.PENDING, OutboxRow.topic != "messaging.queued", OutboxRow.tries == 0
        )
        while True:
            async with self.sessions() as session:
                keys = list(await session.scalars(waiting.order_by(OutboxRow.id)))
            if not keys:
                return
            for key in keys:
                await DELIVERIES.deliver(self.house, key)

    async def debits(self) -> list[tuple[OrderStatus, AttemptState | None]]:
        """The withholdings, and what became of the debit of each."""
        rows = (
            select(PaymentOrder.status, PaymentAttempt.state)
            .outerjoin(PaymentAttempt, PaymentAttempt.order_id == PaymentOrder.id)
            .where(PaymentOrder.method == PaymentMethod.WITHHOLDING)
        )
        async with self.sessions() as session:
            return [(status, state) for status, state in await session.execute(rows.order_by(PaymentOrder.id))]

    async def batches(self) -> list[BatchState]:
        async with self.sessions() as session:
            assert await the_books_hold(session)
            rows = select(PaymentBatch).order_by(PaymentBatch.id)
            return [batch.state for batch in await session.scalars(rows)]

    def taken_fen(self) -> list[int]:
        """What UnionPay took, debit by debit."""
        return [trade.amount_fen for trade in trades.of_money(self.sandbox.store) if trade.done]


TAKEN = (OrderStatus.PAID, AttemptState.SUCCEEDED)
REFUSED = (OrderStatus.FAILED, AttemptState.DECLINED)
NEVER_THERE = (OrderStatus.CLOSED, AttemptState.NOT_FOUND)
UNDER_WAY = (OrderStatus.PROCESSING, AttemptState.PROCESSING)


@pytest.fixture(scope="module")
def keys() -> Mapping[str, dict[str, Any]]:
    return unionpay_keys(at(DUE - timedelta(days=20)))


@pytest.fixture
async def town(sessions: Sessions, tmp_path: Path, keys: Mapping[str, dict[str, Any]]) -> AsyncIterator[Town]:
    here = Town(sessions, tmp_path, keys)
    await here.settle()
    yield here
    here.sandbox.store.close()


async def test_two_loans_are_debited_in_one_request_and_known_after_an_hour(town: Town) -> None:
    await town.until(at(DUE, 10))
    assert (await town.debits(), await town.batches()) == ([UNDER_WAY] * 2, [BatchState.SENT])

    await town.until(at(DUE, 11))

    assert (await town.debits(), await town.batches()) == ([TAKEN] * 2, [BatchState.DONE])
    assert town.taken_fen() == [496_00] * 2
    async with town.sessions() as session:
        for order in await session.scalars(select(PaymentOrder)):
            history = await order_history.of_order(session, order.id)
            said = [(entry.what, entry.after) for entry in history if entry.kind == "EXCHANGE"]
            assert said == [("debit_batch", "TAKEN"), ("query_batch", "COMPLETE")]
        rows = await session.scalars(select(Repayment.amount_fen))
        assert list(rows) == [496_00] * 2


async def test_an_empty_account_of_one_of_them_is_tried_again_alone_in_the_evening(town: Town) -> None:
    empty = bindings.find(town.sandbox.store, TOKENS[0])
    assert empty
    bindings.keep(town.sandbox.store, replace(empty, empty=True))
    await town.until(at(DUE, 10))
    await town.until(at(DUE, 11))
    assert sorted(await town.debits()) == sorted([REFUSED, TAKEN])

    bindings.keep(town.sandbox.store, empty)
    await town.until(at(DUE, 18))
    await town.until(at(DUE, 18, 1))

    assert sorted(await town.debits()) == sorted([REFUSED, TAKEN, TAKEN])
    assert (town.taken_fen(), await town.batches()) == ([496_00] * 2, [BatchState.DONE])


async def test_an_answer_that_was_lost_is_found_by_asking(town: Town) -> None:
    town.sandbox.faults.plan(BANK, Fault.LOSE_ANSWER)
    await town.until(at(DUE, 10))
    assert await town.batches() == [BatchState.UNKNOWN]

    await town.until(at(DUE, 10, 10))

    assert (await town.debits(), await town.batches()) == ([TAKEN] * 2, [BatchState.DONE])
    assert town.taken_fen() == [496_00] * 2


async def test_one_that_the_file_does_not_name_is_found_alone(town: Town) -> None:
    town.sandbox.faults.plan(BANK, Fault.LOSE_NOTICE)
    await town.until(at(DUE, 10))
    await town.until(at(DUE, 11))
    assert sorted(await town.debits()) == sorted([UNDER_WAY, TAKEN])

    await town.until(at(DUE, 11, 1))

    assert (await town.debits(), await town.batches()) == ([TAKEN] * 2, [BatchState.DONE])


async def test_a_worker_killed_before_the_call_debits_nobody_twice_and_nobody_is_forgotten(
    town: Town, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def die(_pid: int, _signal: int) -> None:
        raise Killed

    monkeypatch.setattr(failpoints.os, "kill", die)
    failpoints.arm(["payments.after_batch_claim"], tmp_path)
    with pytest.raises(Killed):
        await town.until(at(DUE, 10))
    await town.deliver()
    for minute in (1, 5, 30, 59):
        await town.until(at(DUE, 10, minute))
    assert (await town.batches(), town.taken_fen()) == ([BatchState.UNKNOWN], [])

    await town.until(at(DUE, 13))
    assert (await town.debits(), await town.batches()) == ([NEVER_THERE] * 2, [BatchState.DONE])

    await town.until(at(DUE, 18))
    await town.until(at(DUE, 19))
    assert await town.debits() == [NEVER_THERE] * 2 + [TAKEN] * 2
    assert town.taken_fen() == [496_00] * 2
