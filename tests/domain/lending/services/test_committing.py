"""A simulation is committed once: what is recorded then is what was simulated."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.models import Loan, LoanSimulation, LoanStatus
from domain.lending.rules.events import Intent
from domain.lending.rules.simulating import Meanwhile
from domain.lending.rules.supposing import Supposed
from domain.lending.services import repayment
from domain.lending.services.committing import Outcome, Way
from domain.lending.services.simulating import Simulated
from domain.lending.simulation_errors import (
    PaymentWayMissing,
    SimulationLapsed,
    SimulationNotCommittable,
    SimulationNotFound,
    SimulationStale,
    SimulationUsed,
)
from domain.payments.errors import AnotherPaymentLive
from domain.payments.models import PaymentOrder
from domain.shared.actors import Actor, ActorKind
from domain.shared.db import Sessions
from domain.shared.errors import DomainError
from domain.shared.idempotency import IdempotencyKey
from domain.shared.ids import new_id
from tests.domain.lending.rows import noon, running_loan, settled_attempt
from tests.domain.lending.services.laws import the_books_hold
from tests.domain.lending.services.suppositions import (
    CASHIER,
    FINANCE,
    LATE,
    PAGE,
    REVERSAL,
    TERMS,
    WAIVER,
    WRITE_OFF,
    borrower_of,
    commit,
    events_of,
    is_as_simulated,
    offline,
    paying,
    suppose,
)
from tests.domain.payments.builders import Offer, routed


@pytest.fixture
async def loan(session: AsyncSession) -> Loan:
    await routed(session)
    return await running_loan(session, TERMS)


# Committed


async def test_a_borrower_s_payment_becomes_an_order_and_paid_it_is_as_simulated(
    session: AsyncSession, loan: Loan
) -> None:
    made = await suppose(session, loan, paying(3_000_00))
    outcome = await commit(session, made, borrower_of(loan), way=PAGE)

    order = await session.get_one(PaymentOrder, outcome.id)
    assert (outcome.kind, order.amount_fen, order.intent) == ("RepaymentOrder", 3_000_00, "PREPAY")
    assert (made.row.committed_at, made.row.outcome_id) == (noon(LATE), order.id)

    attempt = await settled_attempt(session, loan, 3_000_00, paid_at=noon(LATE), order=order)
    await repayment.apply_settled(session, attempt_id=attempt, at=noon(LATE))
    assert await is_as_simulated(session, loan, made.would)
    assert await the_books_hold(session)


async def test_what_staff_supposed_is_recorded_in_one_go_and_comes_out_as_simulated(
    session: AsyncSession, loan: Loan
) -> None:
    wrong = await offline(session, loan, 1_000_00)
    made = await suppose(
        session,
        loan,
        Supposed(WAIVER, penalty_fen=50),
        paying(100_00, date(2026, 2, 18), Intent.INSTALLMENT),
        Supposed(REVERSAL, repayment_id=wrong.id),
        paying(50_00, date(2026, 2, 20)),
        actor=FINANCE,
    )
    outcome = await commit(session, made, FINANCE)

    assert outcome == Outcome("Loan", loan.id)
    assert [event.kind for event in await events_of(session, loan)] == ["PAID", "REVERSED", "PAID", "PAID", "WAIVED"]
    assert await is_as_simulated(session, loan, made.would)
    assert await the_books_hold(session)


async def test_a_write_off_that_is_committed_comes_out_as_simulated(session: AsyncSession, loan: Loan) -> None:
    made = await suppose(session, loan, Supposed(WRITE_OFF), actor=FINANCE)
    await commit(session, made, FINANCE)

    assert loan.status is LoanStatus.WRITTEN_OFF
    assert await is_as_simulated(session, loan, made.would)


async def test_what_is_refused_half_way_leaves_nothing(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        loan = await running_loan(session, TERMS)
        made = await suppose(session, loan, paying(10_00), Supposed(WAIVER, interest_fen=50), actor=FINANCE)

    with pytest.raises(DomainError, match="Say why"):
        async with sessions.begin() as session:
            await commit(session, made, FINANCE, reason=None)

    async with sessions() as session:
        assert await events_of(session, loan) == []
        assert (await session.get_one(LoanSimulation, made.row.id)).committed_at is None


async def stale_by_payment(session: AsyncSession, loan: Loan) -> None:
    await offline(session, loan, 5_00)


async def stale_by_money_on_its_way(session: AsyncSession, loan: Loan) -> None:
    await settled_attempt(session, loan, 5_00, paid_at=noon(LATE))


async def ordered_meanwhile(session: AsyncSession, loan: Loan) -> None:
    await repayment.request(
        session,
        borrower_id=loan.borrower_id,
        loan_id=loan.id,
        intent=Intent.INSTALLMENT,
        amount_fen=5_00,
        channel=Offer(),
        product="page",
        at=noon(LATE),
    )


async def nothing(_session: AsyncSession, _loan: Loan) -> None:
    pass


@pytest.mark.parametrize(
    ("meanwhile", "changes", "refusal", "says"),
    [
        (stale_by_payment, {}, SimulationStale, "PAID 2026-02-25"),
        (stale_by_money_on_its_way, {}, SimulationStale, "PAYMENT_ARRIVING"),
        (ordered_meanwhile, {}, AnotherPaymentLive, "PO2026"),
        (nothing, {"at": noon(LATE) + timedelta(hours=1, seconds=1)}, SimulationLapsed, "until 2026-02-25 13:00"),
        (nothing, {"way": Way()}, PaymentWayMissing, "a product of a channel"),
        (nothing, {"actor": Actor(ActorKind.BORROWER, new_id())}, SimulationNotFound, "no such"),
        (nothing, {"actor": FINANCE}, SimulationNotFound, "no such"),
    ],
)
async def test_what_does_not_hold_any_more_is_not_committed(
    session: AsyncSession,
    loan: Loan,
    meanwhile: Callable[[AsyncSession, Loan], Awaitable[None]],
    changes: dict[str, Any],
    refusal: type[DomainError],
    says: str,
) -> None:
    made = await suppose(session, loan, paying(3_000_00))
    await meanwhile(session, loan)

    with pytest.raises(refusal, match=says):
        await commit(session, made, **({"actor": borrower_of(loan), "way": PAGE} | changes))
    assert made.row.committed_at is None


async def test_a_simulation_is_committed_once(session: AsyncSession, loan: Loan) -> None:
    made = await suppose(session, loan, paying(3_000_00), actor=CASHIER)
    await commit(session, made, CASHIER)

    with pytest.raises(SimulationUsed, match="2026-02-25"):
        await commit(session, made, CASHIER)
    assert len(await events_of(session, loan)) == 1


async def test_what_can_only_be_looked_at_is_not_committed(session: AsyncSession, loan: Loan) -> None:
    made = await suppose(session, loan, paying(3_000_00, LATE + timedelta(days=1)))

    with pytest.raises(SimulationNotCommittable):
        await commit(session, made, borrower_of(loan), way=PAGE)


async def test_nothing_paid_until_a_day_is_looked_at_by_anybody(session: AsyncSession, loan: Loan) -> None:
    made = await suppose(session, loan, on=date(2026, 4, 1), meanwhile=Meanwhile.NOTHING)

    assert made.would.after.position.dpd == 45
    assert (made.row.saving_fen or 0) < 0


# Two at once, on two connections


async def _run(sessions: Sessions, made: Simulated, loan: Loan) -> Outcome | DomainError:
    try:
        async with sessions.begin() as session:
            outcome = await commit(session, made, borrower_of(loan), way=PAGE)
            await asyncio.sleep(0.05)  # hold the loan, so that the other surely comes meanwhile
            return outcome
    except DomainError as refusal:
        return refusal


async def test_two_commits_at_once_are_one(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await routed(session)
        loan = await running_loan(session, TERMS)
        made = await suppose(session, loan, paying(3_000_00))

    outcomes = await asyncio.gather(*[_run(sessions, made, loan) for _ in range(2)])

    assert sorted(type(each).__name__ for each in outcomes) == ["Outcome", "SimulationUsed"]
    async with sessions() as session:
        assert await session.scalar(select(func.count()).select_from(PaymentOrder)) == 1
        assert await session.scalar(select(func.count()).select_from(IdempotencyKey)) == 0


@pytest.mark.parametrize("first", ["payment", "commit"])
async def test_a_commit_and_a_payment_at_once_come_one_after_the_other(sessions: Sessions, first: str) -> None:
    async with sessions.begin() as session:
        loan = await running_loan(session, TERMS)
        made = await suppose(session, loan, paying(3_000_00), actor=CASHIER)
    held = asyncio.Event()

    async def doing(name: str, act: Callable[[AsyncSession], Awaitable[Any]]) -> UUID | str:
        if name != first:
            await held.wait()
        try:
            async with sessions.begin() as session:
                await act(session)
                held.set()
                await asyncio.sleep(0.05)
        except DomainError as refusal:
            return refusal.code
        return "done"

    outcomes = await asyncio.gather(
        doing("payment", lambda session: offline(session, loan, 5_00)),
        doing("commit", lambda session: commit(session, made, CASHIER)),
    )

    assert outcomes == ["done", "SIMULATION_STALE" if first == "payment" else "done"]
    async with sessions() as session:
        assert len(await events_of(session, loan)) == (1 if first == "payment" else 2)
        assert await the_books_hold(session)
