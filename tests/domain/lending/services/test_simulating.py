"""A simulation is kept and looked at; nothing of the loan changes by it."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.errors import DayNotAskable, LoanNotFound, LoanNotRunning, MoreThanOwed, RepaymentNotFound
from domain.lending.models import Loan, LoanSimulation
from domain.lending.rules.events import Intent
from domain.lending.rules.supposing import Supposed
from domain.lending.services import journal, repayment
from domain.lending.services.simulating import KEPT, forget_lapsed
from domain.lending.simulation_errors import (
    RepaymentReversed,
    SupposedEventNotAllowed,
    SupposedEventUnclear,
    TooManyEvents,
)
from domain.payments.models import PaymentOrder
from domain.shared.actors import Actor, ActorKind
from domain.shared.errors import DomainError
from domain.shared.ids import new_id
from tests.domain.lending.rows import noon, running_loan
from tests.domain.lending.services.laws import the_books_hold
from tests.domain.lending.services.suppositions import (
    CASHIER,
    COLLECTOR,
    FINANCE,
    LATE,
    PAYMENT,
    REVERSAL,
    TERMS,
    WAIVER,
    WRITE_OFF,
    offline,
    paying,
    suppose,
)


@pytest.fixture
async def loan(session: AsyncSession) -> Loan:
    return await running_loan(session, TERMS)


# Looked at


async def test_a_simulation_is_kept_and_changes_nothing_of_the_loan(session: AsyncSession, loan: Loan) -> None:
    made = await suppose(session, loan, paying(3_000_00))

    assert made.committable
    assert made.row.loan_version == loan.last_sequence == 0
    assert (made.row.payoff_fen, made.row.saving_fen) == (made.would.after.position.payoff_fen, made.would.saving_fen)
    assert made.row.valid_until == noon(LATE) + timedelta(hours=1)
    assert (await journal.history_of(session, loan)).events == ()
    assert await session.scalar(select(func.count()).select_from(PaymentOrder)) == 0
    assert await the_books_hold(session)


async def test_it_holds_no_longer_than_its_day(session: AsyncSession, loan: Loan) -> None:
    night = noon(LATE) + timedelta(hours=11, minutes=50)

    assert (await suppose(session, loan, at=night)).row.valid_until == night + timedelta(minutes=10)


async def test_what_lapsed_is_forgotten_a_day_later_and_what_was_committed_stays(
    session: AsyncSession, loan: Loan
) -> None:
    lapsing = (await suppose(session, loan, paying(3_000_00))).row
    committed = (await suppose(session, loan, paying(3_000_00))).row
    committed.committed_at, committed.outcome_kind, committed.outcome_id = noon(LATE), "Loan", loan.id
    a_day_later = lapsing.valid_until + KEPT

    assert await forget_lapsed(session, at=a_day_later, limit=9) == 0
    assert await forget_lapsed(session, at=a_day_later + timedelta(seconds=1), limit=9) == 1
    assert (await session.scalars(select(LoanSimulation.id))).all() == [committed.id]


async def test_of_what_lapsed_no_more_is_forgotten_at_once_than_is_said(session: AsyncSession, loan: Loan) -> None:
    for _ in range(3):
        await suppose(session, loan, paying(3_000_00))
    long_after = noon(LATE) + 3 * KEPT

    assert [await forget_lapsed(session, at=long_after, limit=2) for _ in range(3)] == [2, 1, 0]


async def test_a_payoff_without_a_sum_is_what_it_takes_on_its_day(session: AsyncSession, loan: Loan) -> None:
    june = date(2026, 6, 1)

    made = await suppose(session, loan, paying(None, june, Intent.PAYOFF))

    (payment,) = made.supposed
    assert payment.amount_fen == 8241_75  # what fell due until then is supposed paid on its day
    assert made.would.after.position.closed
    assert not made.committable


async def test_staff_looks_at_anything_and_only_some_of_it_can_be_committed(session: AsyncSession, loan: Loan) -> None:
    waiving = Supposed(WAIVER, LATE, penalty_fen=1_00)
    tomorrow = paying(1_00, LATE + timedelta(days=1))
    for actor, supposed, can in (
        (FINANCE, (waiving, paying(1_00), Supposed(WRITE_OFF)), True),
        (CASHIER, (paying(1_00, LATE - timedelta(days=9)), paying(1_00)), True),
        (CASHIER, (paying(1_00), waiving), False),
        (COLLECTOR, (waiving,), False),
        (FINANCE, (tomorrow,), False),
        (FINANCE, (), False),
    ):
        assert (await suppose(session, loan, *supposed, actor=actor)).committable == can, (actor, supposed)


REFUSED: list[tuple[str, type[DomainError], tuple[Supposed, ...], dict[str, Any], tuple[str, ...] | None]] = [
    ("another's", LoanNotFound, (), {"actor": Actor(ActorKind.BORROWER, new_id())}, None),
    ("25 events", TooManyEvents, (paying(1),) * 25, {}, ("events",)),
    ("a payment without a sum", SupposedEventUnclear, (paying(1_00), Supposed(PAYMENT)), {}, ("events.1",)),
    ("a payment and a waiver", SupposedEventUnclear, (replace(paying(1), penalty_fen=1),), {}, ("events.0",)),
    ("a waiver of nothing", SupposedEventUnclear, (Supposed(WAIVER),), {"actor": FINANCE}, ("events.0",)),
    ("a reversal of nothing", SupposedEventUnclear, (Supposed(REVERSAL),), {"actor": FINANCE}, ("events.0",)),
    ("a waiver by the borrower", SupposedEventNotAllowed, (Supposed(WAIVER, None, penalty_fen=1),), {}, ("events.0",)),
    ("yesterday", SupposedEventNotAllowed, (paying(1_00, LATE - timedelta(days=1)),), {}, ("events.0",)),
    ("more than owed", MoreThanOwed, (paying(20_000_00),), {}, ("events.0.amount",)),
    ("in the far future", DayNotAskable, (paying(1_00, date(2028, 1, 17)),), {}, ("events.0.on",)),
    ("a day too early", DayNotAskable, (paying(1_00),), {"on": LATE - timedelta(days=1)}, ("asOf",)),
    (
        "a repayment of nobody",
        RepaymentNotFound,
        (Supposed(REVERSAL, repayment_id=new_id()),),
        {"actor": FINANCE},
        ("events.0.repaymentId",),
    ),
]


@pytest.mark.parametrize(
    ("what", "refusal", "supposed", "changes", "about"), REFUSED, ids=[each[0] for each in REFUSED]
)
async def test_what_cannot_be_supposed_is_refused_and_not_kept(
    session: AsyncSession,
    loan: Loan,
    what: str,
    refusal: type[DomainError],
    supposed: tuple[Supposed, ...],
    changes: dict[str, Any],
    about: tuple[str, ...] | None,
) -> None:
    with pytest.raises(refusal) as refused:
        await suppose(session, loan, *supposed, **changes)

    assert about in {None, refused.value.fields}, what
    assert await session.scalar(select(func.count()).select_from(LoanSimulation)) == 0


async def test_of_a_loan_that_is_over_only_a_reversal_is_supposed(session: AsyncSession, loan: Loan) -> None:
    paid = await offline(session, loan, 30_000_00, Intent.PAYOFF)

    with pytest.raises(LoanNotRunning):
        await suppose(session, loan, paying(1_00))
    undo = Supposed(REVERSAL, repayment_id=paid.id)
    made = await suppose(session, loan, undo, paying(1_00), actor=FINANCE)
    assert made.would.after.position.allocations["events.1"].excess_fen == 0

    await repayment.reverse(session, repayment_id=paid.id, reason="never came", at=noon(LATE), actor=FINANCE)
    with pytest.raises(RepaymentReversed):
        await suppose(session, loan, undo, actor=FINANCE)
