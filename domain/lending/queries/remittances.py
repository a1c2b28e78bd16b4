"""Selects on what is passed on to funding parties."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.models import Loan, LoanBook, Remittance, RemittanceLine, RemittanceState
from domain.shared.paging import Order

BY_REQUEST = Order((Remittance.requested_at, Remittance.id))
BY_LOAN = Order((RemittanceLine.loan_id, RemittanceLine.id), newest_first=False)

_ONE_AT_A_TIME = 0x7375696461690003
"""Advisory lock: who makes a batch sees what every batch before it took."""


@dataclass(frozen=True, slots=True)
class Unremitted:
    """What was repaid on one loan and not passed on yet; below zero where too much was."""

    funder: str
    loan_id: UUID
    borrower_id: UUID
    principal_fen: int


async def hold_batches(session: AsyncSession) -> None:
    """Until this transaction ends nobody else makes a batch."""
    await session.execute(select(func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))


async def unremitted(session: AsyncSession) -> Sequence[Unremitted]:
    """Principal repaid less passed on, of each loan where they differ. What a failed batch held is not passed on."""
    passed_on = (
        select(RemittanceLine.loan_id, func.sum(RemittanceLine.principal_fen).label("fen"))
        .join(Remittance, Remittance.id == RemittanceLine.remittance_id)
        .where(Remittance.state != RemittanceState.FAILED)
        .group_by(RemittanceLine.loan_id)
        .subquery()
    )
    due_fen = (LoanBook.principal_paid_fen - func.coalesce(passed_on.c.fen, 0)).cast(BigInteger)
    rows = (
        select(LoanBook.funder, LoanBook.loan_id, LoanBook.borrower_id, due_fen)
        .outerjoin(passed_on, passed_on.c.loan_id == LoanBook.loan_id)
        .where(due_fen != 0)
        .order_by(LoanBook.funder, LoanBook.loan_id)
    )
    return [Unremitted(*row) for row in await session.execute(rows)]


async def remittance(session: AsyncSession, remittance_id: UUID) -> Remittance:
    return await session.get_one(Remittance, remittance_id)


async def lock_remittance(session: AsyncSession, remittance_id: UUID) -> Remittance:
    return await session.get_one(Remittance, remittance_id, with_for_update=True, populate_existing=True)


async def remittance_by_reference(session: AsyncSession, reference: str) -> Remittance | None:
    return await session.scalar(select(Remittance).where(Remittance.reference == reference))


async def items_of(session: AsyncSession, remittance_id: UUID) -> Sequence[tuple[str, int]]:
    """Loan number and principal of each line of a batch."""
    rows = (
        select(Loan.number, RemittanceLine.principal_fen)
        .join(Loan, Loan.id == RemittanceLine.loan_id)
        .where(RemittanceLine.remittance_id == remittance_id)
        .order_by(RemittanceLine.id)
    )
    return [(number, fen) for number, fen in await session.execute(rows)]


def lines_listed(remittance_id: UUID) -> Select[RemittanceLine]:
    """The lines of a batch, for `paging.rows_in` by BY_LOAN and for `paging.total`."""
    return select(RemittanceLine).where(RemittanceLine.remittance_id == remittance_id)


async def due_remittance_asks(session: AsyncSession, *, at: datetime, limit: int) -> list[tuple[UUID, str]]:
    """(id, funder) of batches to be asked about now; asking claims each under its lock."""
    rows = await session.execute(
        select(Remittance.id, Remittance.funder)
        .where(Remittance.ask_at <= at)
        .order_by(Remittance.ask_at, Remittance.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(rows)


async def remitted_by_funder(session: AsyncSession) -> Mapping[str, int]:
    """What each funding party has received, by the lines of the batches it took."""
    fen = func.sum(RemittanceLine.principal_fen).cast(BigInteger).label("fen")
    rows = await session.execute(
        select(Remittance.funder, fen)
        .join(RemittanceLine, RemittanceLine.remittance_id == Remittance.id)
        .where(Remittance.state == RemittanceState.SUCCEEDED)
        .group_by(Remittance.funder)
    )
    return {row.funder: row.fen for row in rows}


async def remitted_fen(session: AsyncSession, loan_id: UUID) -> int:
    """What the loan's funding party has received of it."""
    fen = select(func.coalesce(func.sum(RemittanceLine.principal_fen), 0).cast(BigInteger))
    of_loan = fen.join(Remittance, Remittance.id == RemittanceLine.remittance_id).where(
        RemittanceLine.loan_id == loan_id, Remittance.state == RemittanceState.SUCCEEDED
    )
    return await session.scalar(of_loan) or 0


def listed() -> Select[Remittance]:
    """All batches, for `paging.rows_in` by BY_REQUEST and for `paging.total`."""
    return select(Remittance)
