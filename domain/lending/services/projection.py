"""What is stored of a replay for whoever reads: installments, the parts of repayments, the loan's own figures."""

from collections.abc import Mapping
from datetime import datetime, timedelta
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
from domain.lending.rules.terms import Component
from domain.shared.days import add_months


async def project(session: AsyncSession, loan: Loan, position: Position, *, at: datetime) -> None:
    """Rewrite everything stored of a locked loan from its position; a loan that owes nothing is SETTLED by this."""
    await _installments(session, loan, position)
    await _repayments(session, loan, position)
    _loan(loan, position, at)
    await session.flush()


async def add_repayment(session: AsyncSession, repayment: Repayment, position: Position) -> None:
    """Store a new repayment with the parts its event has in the position."""
    spread = position.allocations[repayment.event_id]
    _write_parts(repayment, spread)
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
        _write(installment, row)
    for dropped in stored.values():
        await session.delete(dropped)


def _write(installment: Installment, row: RowPosition) -> None:
    installment.due_on = row.due
    installment.principal_fen = row.principal_fen
    installment.interest_fen = row.interest_fen
    installment.penalty_fen = row.penalty_fen
    installment.paid_principal_fen = row.paid_principal_fen
    installment.paid_interest_fen = row.paid_interest_fen
    installment.paid_penalty_fen = row.paid_penalty_fen
    installment.waived_interest_fen = row.waived_interest_fen
    installment.waived_penalty_fen = row.waived_penalty_fen
    installment.status = InstallmentStatus(row.status)
    installment.settled_on = row.paid_on


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
    _write_parts(repayment, spread)
    for n, parts in _by_row(spread).items():
        if (row := stored.pop((repayment.id, n), None)) is None:
            row = Allocation(
                repayment_id=repayment.id, loan_id=repayment.loan_id, borrower_id=repayment.borrower_id, n=n
            )
            session.add(row)
        _write_row(row, parts)


def _write_parts(repayment: Repayment, spread: allocation.Allocation) -> None:
    repayment.penalty_fen = 0 if spread.recovery else spread.penalty_fen
    repayment.interest_fen = 0 if spread.recovery else spread.interest_fen
    repayment.principal_fen = 0 if spread.recovery else spread.principal_fen
    repayment.fee_fen = spread.fee_fen
    repayment.recovery_fen = spread.recovery_fen
    repayment.excess_fen = spread.excess_fen


def _by_row(spread: allocation.Allocation) -> Mapping[int, list[allocation.Part]]:
    found: dict[int, list[allocation.Part]] = {}
    for part in spread.parts:
        found.setdefault(part.n, []).append(part)
    return found


def _write_row(row: Allocation, parts: list[allocation.Part]) -> None:
    row.penalty_fen = allocation.total_fen(parts, Component.PENALTY)
    row.interest_fen = allocation.total_fen(parts, Component.INTEREST)
    row.principal_fen = allocation.total_fen(parts, Component.PRINCIPAL)
    row.days_past_due = max(part.days_past_due for part in parts)


def _loan(loan: Loan, position: Position, at: datetime) -> None:
    bill = next_bill(position)
    loan.overdue_since = position.on - timedelta(days=position.dpd) if position.dpd else None
    loan.next_due_on = bill.due if bill else None
    loan.undue_fen = position.undue_fen
    loan.principal_open_fen = position.undue_fen + position.principal_fen
    loan.excess_fen = position.excess_fen
    loan.updated_at = at
    if position.closed and loan.status is LoanStatus.ACTIVE:
        loan.move_to(LoanStatus.SETTLED, at)
    elif not position.closed and loan.status is LoanStatus.SETTLED:
        loan.move_to(LoanStatus.ACTIVE, at)
    _settlement(loan, position)


def _settlement(loan: Loan, position: Position) -> None:
    """When a settled loan was paid whole, and whether that was before its last due date."""
    loan.settled_on, loan.settled_early = None, False
    if loan.status is LoanStatus.SETTLED and loan.value_date:
        settled_on = max(row.paid_on for row in position.rows if row.paid_on)
        loan.settled_on, loan.settled_early = settled_on, settled_on < add_months(loan.value_date, loan.terms)
