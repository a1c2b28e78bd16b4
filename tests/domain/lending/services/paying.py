"""Payments that a test makes for a loan, and what it reads of them."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.credit.models import CreditLine
from domain.lending.models import Loan, Repayment
from domain.lending.queries import loans as queries
from domain.lending.services import repayment
from domain.shared.outbox import OutboxRow
from tests.domain.lending.rows import noon, settled_attempt

FIRST_DUE = date(2026, 2, 15)


async def pay(session: AsyncSession, loan: Loan, fen: int, on: date, intent: str = "INSTALLMENT") -> Repayment:
    attempt_id = await settled_attempt(session, loan, fen, paid_at=noon(on), intent=intent)
    made = await repayment.apply_settled(session, attempt_id=attempt_id, at=noon(on))
    assert made is not None
    return made


async def pay_rows(session: AsyncSession, loan: Loan, rows: int) -> None:
    """Pay the first rows, each on its due date."""
    for installment in (await queries.installments_of(session, [loan.id]))[loan.id][:rows]:
        due_fen = installment.principal_fen + installment.interest_fen
        await pay(session, loan, due_fen, installment.due_on)


def parts(made: Repayment) -> tuple[int, int, int]:
    return made.penalty_fen, made.interest_fen, made.principal_fen


async def used_fen(session: AsyncSession, loan: Loan) -> int:
    return (await session.get_one(CreditLine, loan.credit_line_id)).used_fen


async def topics(session: AsyncSession) -> list[str]:
    return list(await session.scalars(select(OutboxRow.topic).order_by(OutboxRow.id)))
