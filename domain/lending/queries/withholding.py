"""The selects behind the withholding run."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.models import Installment, InstallmentStatus, Loan
from domain.lending.queries.arriving import unapplied
from domain.lending.rules.machine import LoanStatus
from domain.payments.models import Mandate
from domain.payments.rules.mandates import MandateStatus

# Written into the statements, not bound: only then is it seen that the partial indexes serve.
_UNPAID = Installment.status != literal(InstallmentStatus.PAID, Installment.status.type, literal_execute=True)
_ACTIVE = Mandate.status == literal(MandateStatus.ACTIVE, Mandate.status.type, literal_execute=True)


async def to_withhold(session: AsyncSession, *, today: date, after: UUID | None, limit: int) -> Sequence[UUID]:
    """Running loans with an installment due by today and not paid, of borrowers with a mandate, by id, beyond one."""
    rows = (
        select(Loan.id)
        .where(
            Loan.status == LoanStatus.ACTIVE,
            select(Mandate.id).where(Mandate.borrower_id == Loan.borrower_id, _ACTIVE).exists(),
            select(Installment.id).where(Installment.loan_id == Loan.id, Installment.due_on <= today, _UNPAID).exists(),
        )
        .order_by(Loan.id)
        .limit(limit)
    )
    return (await session.scalars(rows if after is None else rows.where(Loan.id > after))).all()


async def next_due(session: AsyncSession, borrower_id: UUID, today: date) -> date | None:
    """The next day after this one on which something falls due on a running loan of his."""
    return await session.scalar(
        select(func.min(Installment.due_on))
        .join(Loan, Loan.id == Installment.loan_id)
        .where(Loan.borrower_id == borrower_id, Loan.status == LoanStatus.ACTIVE, Installment.due_on > today, _UNPAID)
    )


async def has_unapplied(session: AsyncSession, loan_id: UUID) -> bool:
    """Whether money for a loan is on its way to it."""
    return bool(await session.scalar(select(unapplied(loan_id))))
