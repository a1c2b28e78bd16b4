"""What tests of simulations suppose, and by whom."""

from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.models import Loan, Repayment
from domain.lending.rules.daycount import DayCount
from domain.lending.rules.events import Intent
from domain.lending.rules.simulating import Simulation
from domain.lending.rules.supposing import Supposed, SupposedKind
from domain.lending.services import committing, journal, repayment, simulating
from domain.lending.services.committing import Outcome, Way
from domain.lending.services.simulating import Simulated
from domain.shared.actors import Actor, ActorKind, Role
from domain.shared.ids import new_id
from tests.domain.lending.loans import loan as terms_like
from tests.domain.lending.rows import noon
from tests.domain.payments.builders import Offer

TERMS = terms_like(day_count=DayCount.ACT_360)
LATE = date(2026, 2, 25)
"""Ten days after the first due date, of which nothing is paid."""
FINANCE = Actor(ActorKind.STAFF, new_id(), frozenset({Role.FINANCE}))
CASHIER = Actor(ActorKind.STAFF, new_id(), frozenset({Role.CASHIER}))
COLLECTOR = Actor(ActorKind.STAFF, new_id(), frozenset({Role.COLLECTOR}))
PAGE = Way(Offer(), "page")

PAYMENT, WAIVER = SupposedKind.PAYMENT, SupposedKind.WAIVER
REVERSAL, WRITE_OFF = SupposedKind.REVERSAL, SupposedKind.WRITE_OFF


def paying(amount_fen: int | None, on: date | None = None, intent: Intent = Intent.PREPAY) -> Supposed:
    return Supposed(PAYMENT, on, amount_fen, intent)


def borrower_of(loan: Loan) -> Actor:
    return Actor(ActorKind.BORROWER, loan.borrower_id)


async def suppose(session: AsyncSession, loan: Loan, *supposed: Supposed, **changes: Any) -> Simulated:
    asked: dict[str, Any] = {"actor": borrower_of(loan), "at": noon(LATE)} | changes
    return await simulating.simulated(session, loan_id=loan.id, supposed=supposed, **asked)


async def commit(session: AsyncSession, made: Simulated, actor: Actor, **changes: Any) -> Outcome:
    asked: dict[str, Any] = {"way": Way(), "reason": "agreed", "at": noon(LATE)} | changes
    return await committing.commit(session, simulation_id=made.row.id, actor=actor, **asked)


async def is_as_simulated(session: AsyncSession, loan: Loan, would: Simulation) -> bool:
    """But for what events are called, the loan is what was simulated."""
    loan = await session.get_one(Loan, loan.id, populate_existing=True)
    now = (await journal.history_of(session, loan)).position(would.on)
    after = would.after.position
    assert list(now.allocations.values()) == list(after.allocations.values())
    assert list(now.waivers.values()) == list(after.waivers.values())
    nameless: dict[str, Any] = {"allocations": {}, "waivers": {}}
    assert replace(now, **nameless) == replace(after, **nameless)
    return True


async def offline(session: AsyncSession, loan: Loan, fen: int, intent: Intent = Intent.INSTALLMENT) -> Repayment:
    return await repayment.record_offline(
        session,
        loan_id=loan.id,
        payment_id=new_id(),
        amount_fen=fen,
        intent=intent,
        value_date=LATE,
        at=noon(LATE),
        actor=CASHIER,
    )


async def events_of(session: AsyncSession, loan: Loan) -> list[Any]:
    return (await committing.journal_queries.events_of(session, [loan.id]))[loan.id]
