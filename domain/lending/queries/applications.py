"""Selects on loans as they are applied for and reviewed, and on what a person owes in all."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import Select, case, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.models import Loan, LoanStatus
from domain.lending.rules.machine import OWED
from domain.shared.paging import Order, Window, rows_in

BY_APPLICATION = Order((Loan.applied_at, Loan.id))


async def exposure_fen(session: AsyncSession, borrower_id: UUID) -> int:
    """What a person owes or may come to owe: principal paid out and not repaid, and loans that are on their way."""
    coming = case((Loan.status.in_(OWED), Loan.principal_fen), else_=Loan.principal_open_fen)
    counted = (*OWED, LoanStatus.ACTIVE, LoanStatus.WRITTEN_OFF)
    total = await session.scalar(
        select(func.sum(coming)).where(Loan.borrower_id == borrower_id, Loan.status.in_(counted))
    )
    return int(total or 0)


async def applied_before(session: AsyncSession, loan: Loan) -> Sequence[Loan]:
    """The other loans its borrower had applied for by the time he applied for this one."""
    earlier = tuple_(Loan.applied_at, Loan.id) < tuple_(loan.applied_at, loan.id)
    rows = select(Loan).where(Loan.borrower_id == loan.borrower_id, Loan.id != loan.id, earlier)
    return (await session.scalars(rows.order_by(Loan.applied_at, Loan.id))).all()


async def loan_numbered(session: AsyncSession, number: str) -> Loan | None:
    return await session.scalar(select(Loan).where(Loan.number == number))


async def loans_by_id(session: AsyncSession, loan_ids: Sequence[UUID]) -> dict[UUID, Loan]:
    """Those of these loans that exist."""
    return {loan.id: loan for loan in await session.scalars(select(Loan).where(Loan.id.in_(loan_ids)))}


def listed(
    *, statuses: Collection[LoanStatus] | None = None, borrower_id: UUID | None = None, number: str | None = None
) -> Select[Loan]:
    """A list of loans, for `paging.rows_in` by BY_APPLICATION and for `paging.total`."""
    rows = select(Loan)
    if statuses is not None:
        rows = rows.where(Loan.status.in_(statuses))
    if borrower_id is not None:
        rows = rows.where(Loan.borrower_id == borrower_id)
    if number is not None:
        rows = rows.where(Loan.number == number)
    return rows


async def loan_page(
    session: AsyncSession,
    window: Window,
    *,
    statuses: Collection[LoanStatus] | None = None,
    borrower_id: UUID | None = None,
    number: str | None = None,
) -> Sequence[Loan]:
    """A page of loans, newest application first."""
    return await rows_in(
        session, listed(statuses=statuses, borrower_id=borrower_id, number=number), BY_APPLICATION, window
    )
