"""Days without a worker: money came, rows fell due, bills and nights were missed. The next start makes it good, once."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.collections.rules.case import CaseStatus
from domain.lending.models import Remittance, RemittanceState
from domain.reconciliation.models import Bill, Discrepancy, Settlement
from domain.reconciliation.rules.states import BillState
from domain.reconciliation.services import verification
from domain.shared import failpoints
from domain.shared.db import Sessions
from domain.shared.outbox import OutboxRow, OutboxState
from tests.domain.lending.services.laws import balances, the_books_hold
from tests.journeys.lender import PRINCIPAL, ROW, Killed, Lender, at

DUE = date(2026, 2, 15)
LENT = date(2026, 1, 15)
BACK = at(DUE + timedelta(days=2), 12)
"""When a worker is started again. The last one died the evening before the due date: two nights were missed."""

PLACES = (
    "payments.after_inbox",
    "jobs.before_done",
    "reconciliation.after_fetch",
    "reconciliation.after_reading",
    "lending.after_remit",
)


@pytest.fixture
async def lender(engine: AsyncEngine, sessions: Sessions) -> Lender:
    """Everybody's first row is due on the 15th, but Emma's, which is on the 18th."""
    house = Lender(engine, sessions, at(DUE - timedelta(days=3), 12))
    await house.begin()
    for name in ("Anna", "Ben", "Carl", "Dora"):
        await house.lends(name, LENT)
    await house.lends("Emma", LENT + timedelta(days=3))
    await house.signs("Carl")
    await house.until(at(DUE - timedelta(days=1), 20))
    return house


@pytest.fixture(params=[(), PLACES], ids=["nobody-dies", "killed-on-the-way"])
def places(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Sequence[str]]:
    """Where a process dies, once at each place."""

    def die(_pid: int, _signal: int) -> None:
        raise Killed

    monkeypatch.setattr(failpoints.os, "kill", die)
    failpoints.arm(request.param, tmp_path)
    yield request.param
    assert {marker.stem for marker in tmp_path.iterdir()} == set(request.param), "not every place was reached"


async def test_what_fell_into_days_without_a_worker_is_done_once_when_two_start(
    lender: Lender, places: Sequence[str]
) -> None:
    """Anna paid and we were told; Ben paid and the notice was lost; Carl has a mandate; Dora did not pay."""
    lender.now = at(DUE, 13)
    paid = [await lender.pays("Anna", told=True), await lender.pays("Ben", told=False)]
    lender.outside.bank.bill(DUE, *paid)

    await lender.until(BACK, workers=2)

    # Not the reminder on the due date, nor the notice of the first overdue day; Emma's, which was missed, is still of use.
    assert sorted((name, template) for name, template in await lender.told(since=at(DUE, 0))) == [
        ("Anna", "REPAYMENT_RECEIVED"),
        ("Ben", "REPAYMENT_RECEIVED"),
        ("Carl", "OVERDUE_NOTICE"),
        ("Carl", "REPAYMENT_RECEIVED"),
        ("Dora", "OVERDUE_NOTICE"),
        ("Emma", "REPAYMENT_REMINDER"),
    ]
    assert await lender.cases() == {"Carl": CaseStatus.CLOSED, "Dora": CaseStatus.OPEN}
    (debit,) = lender.outside.bank.debited
    assert await lender.repaid() == {
        "Anna": [(ROW, DUE)],
        "Ben": [(ROW, DUE)],
        "Carl": [(debit.amount_fen, BACK.date())],
    }
    assert debit.amount_fen > ROW, "two days late cost nothing"

    lender.outside.bank.bill(BACK.date(), debit.order_no)
    for minute in (0, 1):
        await lender.until(at(BACK.date() + timedelta(days=1), 17, minute), workers=2)

    assert len(lender.outside.bank.debited) == 1
    assert await lender.repaid() == {
        "Anna": [(ROW, DUE)],
        "Ben": [(ROW, DUE)],
        "Carl": [(debit.amount_fen, BACK.date())],
    }
    assert {bill.day: bill.state for bill in await lender.all(Bill)} == {
        DUE: BillState.PARSED,
        DUE + timedelta(days=1): BillState.EMPTY,
        BACK.date(): BillState.PARSED,
    }
    assert await lender.all(Discrepancy) == []
    assert sorted(row.payments_fen for row in await lender.all(Settlement)) == [debit.amount_fen, 2 * ROW]
    batches = await lender.all(Remittance)
    assert sum(batch.amount_fen for batch in batches) == 3 * PRINCIPAL
    assert {batch.state for batch in batches} == {RemittanceState.SUCCEEDED}
    assert len(lender.outside.backer.sent) == len(batches)
    assert {row.state for row in await lender.all(OutboxRow)} == {OutboxState.DONE}
    async with lender.sessions() as session:
        assert await the_books_hold(session)
        assert not await verification.verify(session)
        assert "clearing.fake" not in await balances(session)


async def test_whose_money_came_and_waits_to_be_applied_is_not_called_late(lender: Lender) -> None:
    """However long the queue is behind which his payment waits when the schedule is walked again."""
    lender.now = at(DUE, 13)
    await lender.pays("Anna", told=True)

    await lender.walk(BACK)

    assert "Anna" not in {name for name, _ in await lender.told(since=at(DUE, 0))}
    assert await lender.cases() == {"Ben": CaseStatus.OPEN, "Carl": CaseStatus.OPEN, "Dora": CaseStatus.OPEN}
