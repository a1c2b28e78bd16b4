"""What borrowers repay is passed on to the funding party: each fen once, whatever happens on the way."""

import asyncio
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from domain.lending.flows import funding, remittance
from domain.lending.models import Remittance, RemittanceLine, RemittanceState
from domain.lending.ports import FundingResult, FundingState, Remit
from domain.lending.queries.loans import installments_of, lock_loan
from domain.lending.services import figures, repayment
from domain.lending.services.remittance import gather
from domain.shared.actors import SYSTEM
from domain.shared.clock import Clock
from domain.shared.db import Sessions
from domain.shared.outbox import OutboxRow
from tests.domain.lending.origination.fakes import ACCEPTED, Funder, payout
from tests.domain.lending.rows import noon, running_loan
from tests.domain.lending.services.laws import balances, the_books_hold
from tests.domain.lending.services.paying import pay
from tests.domain.parties import signed

DUE = date(2026, 2, 15)
PRINCIPAL = 935_71
"""Of the first row."""
TOOK = FundingResult(FundingState.SUCCEEDED, amount_fen=PRINCIPAL, currency="CNY", value_date=DUE, provider_ref="R1")
NOT_FOUND = FundingResult(FundingState.NOT_FOUND)
UNKNOWN = FundingResult(FundingState.UNKNOWN)


class Bank(Funder):
    """A funding party that is remitted to; `code` is who lent the loans of these tests."""

    code = "own"

    async def remit(self, request: Remit) -> FundingResult:
        return self.take(request)


@dataclass
class Till:
    """One loan, its funding party, and the days."""

    sessions: Sessions
    bank: Bank = field(default_factory=lambda: Bank(TOOK, TOOK))
    at: datetime = noon(DUE) + timedelta(hours=4)
    loan: Any = None

    @property
    def clock(self) -> Clock:
        return Clock(movable=False, real=lambda: self.at)

    async def lend(self) -> None:
        async with self.sessions.begin() as session:
            self.loan = await running_loan(session)

    async def pay(self, fen: int = 1079_71, on: date = DUE, intent: str = "INSTALLMENT") -> Any:
        async with self.sessions.begin() as session:
            return await pay(session, await lock_loan(session, self.loan.id), fen, on, intent)

    async def batch(self) -> int:
        async with self.sessions.begin() as session:
            return await gather(session, at=self.at)

    async def send(self) -> Remittance:
        for row in await self.rows():
            await remittance.remit(self.sessions, self.clock, self.bank, remittance_id=row.id)
        return (await self.rows())[-1]

    async def ask(self, after: timedelta = timedelta(minutes=1)) -> Remittance:
        self.at += after
        for row in await self.rows():
            await remittance.ask(self.sessions, self.clock, self.bank, remittance_id=row.id)
        return (await self.rows())[-1]

    async def rows(self) -> list[Remittance]:
        async with self.sessions() as session:
            return list(await session.scalars(select(Remittance).order_by(Remittance.id)))

    async def lines(self) -> list[int]:
        async with self.sessions() as session:
            return list(await session.scalars(select(RemittanceLine.principal_fen).order_by(RemittanceLine.id)))

    async def owed(self) -> int:
        """What the books owe the funding party; their laws hold."""
        async with self.sessions() as session:
            assert await the_books_hold(session)
            return (await balances(session)).get("funders.payable.own", 0)


@pytest.fixture
async def till(steps: Sessions) -> Till:
    till = Till(steps)
    await till.lend()
    return till


async def test_what_was_repaid_is_passed_on_and_booked_once(till: Till) -> None:
    await till.pay()

    assert await till.batch() == 1
    row = await till.send()

    assert (row.state, row.amount_fen, row.value_date, row.ask_at) == (RemittanceState.SUCCEEDED, PRINCIPAL, DUE, None)
    (sent,) = till.bank.sent
    assert [(item.principal_fen, item.interest_fen) for item in sent.items] == [(PRINCIPAL, 0)]
    assert await till.owed() == 12_000_00 - PRINCIPAL
    async with till.sessions() as session:
        topics = list(await session.scalars(select(OutboxRow.topic)))
    assert topics.count("lending.remittance_requested") == 1


async def test_the_same_repayment_is_in_no_second_batch(till: Till) -> None:
    await till.pay()
    await till.batch()

    assert await till.batch() == 0
    await till.send()
    assert await till.batch() == 0
    assert await till.lines() == [PRINCIPAL]


async def test_after_a_payoff_and_the_day_s_batch_the_funding_party_is_owed_nothing(till: Till) -> None:
    await till.pay()
    await till.batch()
    async with till.sessions() as session:
        rows = (await installments_of(session, [till.loan.id]))[till.loan.id]
    rest = sum(row.principal_fen for row in rows[1:])
    await till.pay(rest, DUE, "PAYOFF")
    await till.batch()
    till.bank.told = till.bank.answer = FundingResult(FundingState.SUCCEEDED)
    await till.send()

    assert await till.owed() == 0
    async with till.sessions() as session:
        shares = await figures.shares_of(session, till.loan.id)
    assert shares.get("funders.payable.own", 0) == 0


async def test_a_repayment_taken_off_again_is_taken_off_the_next_batch(till: Till) -> None:
    made = await till.pay()
    await till.batch()
    await till.send()
    async with till.sessions.begin() as session:
        await repayment.reverse(session, repayment_id=made.id, reason="never was", at=till.at, actor=SYSTEM)

    assert await till.batch() == 0, "a batch below zero is carried over"
    till.at += timedelta(days=1)
    await till.pay(3000_00, date(2026, 2, 16), "PREPAY")
    assert await till.batch() == 1

    first, second = await till.lines()
    async with till.sessions() as session:
        repaid = 12_000_00 - (await lock_loan(session, till.loan.id)).principal_open_fen
    assert first + second == repaid


async def test_a_batch_the_party_refused_goes_out_again_in_the_next_one(till: Till) -> None:
    await till.pay()
    await till.batch()
    till.bank.answer = FundingResult(FundingState.FAILED, reasons=("closed today",))
    row = await till.send()
    assert (row.state, row.reason) == (RemittanceState.FAILED, "closed today")
    assert await till.owed() == 12_000_00

    till.bank.answer = TOOK
    assert await till.batch() == 1
    again = await till.send()

    assert again.reference != row.reference
    assert await till.owed() == 12_000_00 - PRINCIPAL


async def test_an_answer_that_was_lost_is_asked_for_and_never_sent_again(till: Till) -> None:
    await till.pay()
    await till.batch()
    till.bank.answer = UNKNOWN
    assert (await till.send()).state is RemittanceState.UNKNOWN
    assert await till.batch() == 0, "what may be on its way is in no other batch"

    row = await till.ask()

    assert row.state is RemittanceState.SUCCEEDED
    assert len(till.bank.sent) == 1
    assert await till.owed() == 12_000_00 - PRINCIPAL


async def test_a_batch_the_party_never_saw_is_sent_again_under_its_own_reference(till: Till) -> None:
    await till.pay()
    await till.batch()
    till.bank.answer = ConnectionError("gone")
    till.bank.told = NOT_FOUND
    await till.send()
    till.bank.answer = TOOK
    assert (await till.ask(timedelta(seconds=6))).state is RemittanceState.UNKNOWN, "it may be on its way"

    row = await till.ask()

    assert row.state is RemittanceState.SUCCEEDED
    assert len({request.ref for request in till.bank.sent}) == 1
    assert await till.owed() == 12_000_00 - PRINCIPAL


async def test_a_worker_that_died_after_claiming_is_asked_about(till: Till) -> None:
    await till.pay()
    await till.batch()
    till.bank.answer = BaseExceptionGroup("killed", [KeyboardInterrupt()])
    with pytest.raises(BaseExceptionGroup):
        await till.send()
    assert (await till.rows())[0].state is RemittanceState.SUBMITTING
    till.bank.answer = TOOK
    await till.send()
    assert len(till.bank.sent) == 1, "claimed once, sent once"

    assert (await till.ask()).state is RemittanceState.SUCCEEDED


async def test_a_batch_whose_announcement_came_to_nothing_is_sent_all_the_same(till: Till) -> None:
    await till.pay()
    await till.batch()

    assert (await till.ask()).state is RemittanceState.SUCCEEDED
    assert len(till.bank.sent) == 1


async def test_another_sum_than_was_sent_is_not_believed(till: Till) -> None:
    await till.pay()
    await till.batch()
    till.bank.answer = FundingResult(FundingState.SUCCEEDED, amount_fen=1, currency="CNY")

    row = await till.send()

    assert (row.state, row.reason) == (RemittanceState.UNKNOWN, f"1 fen CNY taken, {PRINCIPAL} CNY sent")
    assert await till.owed() == 12_000_00


async def test_the_party_s_own_callback_ends_it_once(till: Till) -> None:
    await till.pay()
    await till.batch()
    till.bank.answer = ACCEPTED
    row = await till.send()
    assert row.state is RemittanceState.ACCEPTED

    for event in ("E1", "E2"):
        told = signed(payout(row.reference, amount_fen=PRINCIPAL, event=event), till.at)
        answer = await funding.receive_callback(till.sessions, till.clock, till.bank, "own", told)
        assert answer.status == 200

    assert (await till.rows())[0].state is RemittanceState.SUCCEEDED
    assert await till.owed() == 12_000_00 - PRINCIPAL


async def test_two_workers_that_make_the_day_s_batch_make_one(sessions: Sessions) -> None:
    till = Till(sessions)
    await till.lend()
    await till.pay()

    made = await asyncio.gather(till.batch(), till.batch())
    await asyncio.gather(till.send(), till.send())

    assert sorted(made) == [0, 1]
    assert len(till.bank.sent) == 1
    assert await till.owed() == 12_000_00 - PRINCIPAL
