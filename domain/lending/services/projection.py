"""What is stored of a replay for whoever reads: installments, the parts of repayments, the loan's own figures."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.models import (
    Allocation,
    Installment,
    InstallmentStatus,
    Loan,
    LoanStatus,
    Repayment,
    RepaymentStatus,
)
from domain.lending.queries import loans as queries
from domain.lending.rules import allocation
from domain.lending.rules.payoff import next_bill
from domain.lending.rules.position import Position, RowPosition
from domain.lending.rules.terms import Component, Terms
from domain.shared.days import add_months
from domain.shared.db import Base

ROW_FACTS = (
    "due_on",
    "principal_fen",
    "interest_fen",
    "penalty_fen",
    "paid_principal_fen",
    "paid_interest_fen",
    "paid_penalty_fen",
    "waived_interest_fen",
    "waived_penalty_fen",
    "status",
    "settled_on",
)
PART_FACTS = ("penalty_fen", "interest_fen", "principal_fen", "fee_fen", "recovery_fen", "excess_fen")
ALLOCATION_FACTS = ("penalty_fen", "interest_fen", "principal_fen", "days_past_due")
_PLACES = {Component.PENALTY: 0, Component.INTEREST: 1, Component.PRINCIPAL: 2}
LOAN_FACTS = (
    "status",
    "overdue_since",
    "next_due_on",
    "undue_fen",
    "principal_open_fen",
    "excess_fen",
    "settled_on",
    "settled_early",
)
"""The columns that hold nothing but what a replay says, of installments, repayments, their allocations, and loans."""


async def project(session: AsyncSession, loan: Loan, terms: Terms, position: Position, *, at: datetime) -> None:
    """Rewrite everything stored of a locked loan from its position; its status follows from that too."""
    await _installments(session, loan, position)
    await _repayments(session, loan, position)
    _loan(loan, terms, position, at)
    await session.flush()


async def add_repayment(session: AsyncSession, repayment: Repayment, position: Position) -> None:
    """Store a new repayment with the parts its event has in the position."""
    spread = position.allocations[repayment.event_id]
    _write(repayment, PART_FACTS, part_facts(spread))
    session.add(repayment)
    await session.flush()
    _write_repayment(session, repayment, spread, {})
    await session.flush()


async def _installments(session: AsyncSession, loan: Loan, position: Position) -> None:
    stored = {row.n: row for row in (await queries.installments_of(session, [loan.id]))[loan.id]}
    for row in position.rows:
        if (installment := stored.pop(row.n, None)) is None:
            installment = Installment(loan_id=loan.id, borrower_id=loan.borrower_id, n=row.n)
            session.add(installment)
        _write(installment, ROW_FACTS, row_facts(row))
    for dropped in stored.values():
        await session.delete(dropped)


def row_facts(row: RowPosition) -> tuple[Any, ...]:
    """What is stored of a row, in the order of `ROW_FACTS`."""
    return (
        row.due,
        row.principal_fen,
        row.interest_fen,
        row.penalty_fen,
        row.paid_principal_fen,
        row.paid_interest_fen,
        row.paid_penalty_fen,
        row.waived_interest_fen,
        row.waived_penalty_fen,
        InstallmentStatus(row.status),
        row.paid_on,
    )


async def _repayments(session: AsyncSession, loan: Loan, position: Position) -> None:
    """A reversed repayment keeps the parts it had, and pays nothing of any row any more."""
    stored = {(row.repayment_id, row.n): row for row in (await queries.allocations_of(session, [loan.id]))[loan.id]}
    for repayment in (await queries.repayments_of(session, [loan.id]))[loan.id]:
        if repayment.status is RepaymentStatus.APPLIED:
            _write_repayment(session, repayment, position.allocations[repayment.event_id], stored)
    for gone in stored.values():
        await session.delete(gone)


def _write_repayment(
    session: AsyncSession,
    repayment: Repayment,
    spread: allocation.Allocation,
    stored: dict[tuple[UUID, int], Allocation],
) -> None:
    _write(repayment, PART_FACTS, part_facts(spread))
    for n, facts in allocation_facts(spread).items():
        if (row := stored.pop((repayment.id, n), None)) is None:
            row = Allocation(
                repayment_id=repayment.id, loan_id=repayment.loan_id, borrower_id=repayment.borrower_id, n=n
            )
            session.add(row)
        _write(row, ALLOCATION_FACTS, facts)


def part_facts(spread: allocation.Allocation) -> tuple[int, ...]:
    """Where a payment went, in the order of `PART_FACTS`; what came after a write-off is recovery, whatever it paid."""
    booked = (0, 0, 0) if spread.recovery else (spread.penalty_fen, spread.interest_fen, spread.principal_fen)
    return (*booked, spread.fee_fen, spread.recovery_fen, spread.excess_fen)


def allocation_facts(spread: allocation.Allocation) -> Mapping[int, tuple[int, ...]]:
    """What a payment paid of each row, in the order of `ALLOCATION_FACTS`, by the row's number."""
    found: dict[int, list[int]] = {}
    for part in spread.parts:
        facts = found.setdefault(part.n, [0, 0, 0, 0])
        facts[_PLACES[part.component]] += part.amount_fen
        facts[-1] = max(facts[-1], part.days_past_due)
    return {n: tuple(facts) for n, facts in found.items()}


def loan_facts(terms: Terms, position: Position) -> tuple[Any, ...]:
    """What is stored of a loan, in the order of `LOAN_FACTS`."""
    bill = next_bill(position)
    settled = position.status is LoanStatus.SETTLED
    settled_on = max(row.paid_on for row in position.rows if row.paid_on) if settled else None
    return (
        position.status,
        position.on - timedelta(days=position.dpd) if position.dpd else None,
        bill.due if bill else None,
        position.undue_fen,
        position.undue_fen + position.principal_fen,
        position.excess_fen,
        settled_on,
        settled_on is not None and settled_on < add_months(terms.value_date, terms.terms),
    )


def _loan(loan: Loan, terms: Terms, position: Position, at: datetime) -> None:
    status, *facts = loan_facts(terms, position)
    if status is not loan.status:
        loan.move_to(status, at)
    _write(loan, LOAN_FACTS[1:], facts)
    loan.updated_at = at


def _write(row: Base, names: Iterable[str], facts: Iterable[Any]) -> None:
    for name, fact in zip(names, facts, strict=True):
        setattr(row, name, fact)
