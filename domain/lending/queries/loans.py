"""Selects on loans, what is projected of them, and what the books hold of them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Text, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.errors import LoanNotFound
from domain.lending.models import (
    Allocation,
    Installment,
    Loan,
    LoanBook,
    LoanEvent,
    ProductVersion,
    Repayment,
    RepaymentStatus,
)
from domain.payments.models import PaymentAttempt, Refund, RefundPurpose, RefundState, Resolution, Unplaced
from domain.payments.rules.states import AttemptState


async def lock_loan(session: AsyncSession, loan_id: UUID) -> Loan:
    """The loan, for whoever changes it: the only way to. Raises LoanNotFound."""
    await session.flush()
    loan = await session.get(Loan, loan_id, with_for_update=True, populate_existing=True)
    if loan is None:
        raise LoanNotFound
    return loan


async def loan_of(session: AsyncSession, loan_id: UUID, borrower_id: UUID) -> Loan:
    """A borrower's own loan; another's does not exist for him. Raises LoanNotFound."""
    loan = await session.get(Loan, loan_id)
    if loan is None or loan.borrower_id != borrower_id:
        raise LoanNotFound
    return loan


async def version_of(session: AsyncSession, loan: Loan) -> ProductVersion:
    """The product version the loan pinned at signing."""
    return await session.get_one(ProductVersion, loan.product_version_id)


async def book_of(session: AsyncSession, loan_id: UUID) -> LoanBook:
    """What the ledger holds of a loan that was paid out, as of now; the loan's lock guards it."""
    await session.flush()
    return await session.get_one(LoanBook, loan_id, populate_existing=True)


async def installments_of(session: AsyncSession, loan_ids: Iterable[UUID]) -> Mapping[UUID, list[Installment]]:
    """The rows of each loan, by number."""
    found: dict[UUID, list[Installment]] = {loan_id: [] for loan_id in loan_ids}
    rows = select(Installment).where(Installment.loan_id.in_(found)).order_by(Installment.loan_id, Installment.n)
    for row in await session.scalars(rows):
        found[row.loan_id].append(row)
    return found


async def repayments_of(session: AsyncSession, loan_ids: Iterable[UUID]) -> Mapping[UUID, list[Repayment]]:
    """The repayments of each loan, oldest first."""
    found: dict[UUID, list[Repayment]] = {loan_id: [] for loan_id in loan_ids}
    rows = select(Repayment).where(Repayment.loan_id.in_(found)).order_by(Repayment.loan_id, Repayment.id)
    for row in await session.scalars(rows):
        found[row.loan_id].append(row)
    return found


async def allocations_of(session: AsyncSession, loan_ids: Iterable[UUID]) -> Mapping[UUID, list[Allocation]]:
    """What the repayments of each loan paid, row by row."""
    found: dict[UUID, list[Allocation]] = {loan_id: [] for loan_id in loan_ids}
    rows = select(Allocation).where(Allocation.loan_id.in_(found)).order_by(Allocation.repayment_id, Allocation.n)
    for row in await session.scalars(rows):
        found[row.loan_id].append(row)
    return found


async def repayment_of_payment(session: AsyncSession, payment_id: UUID) -> Repayment | None:
    """The repayment a payment was applied as."""
    return await session.scalar(select(Repayment).where(Repayment.payment_id == payment_id))


async def applied_since(session: AsyncSession, loan_id: UUID, since: datetime) -> Sequence[Repayment]:
    """The repayments that were applied to a loan from a moment on and count."""
    rows = select(Repayment).where(
        Repayment.loan_id == loan_id, Repayment.applied_at >= since, Repayment.status == RepaymentStatus.APPLIED
    )
    return (await session.scalars(rows)).all()


async def waiting_in_time(session: AsyncSession, loan_id: UUID, *, but: UUID) -> Sequence[UUID]:
    """Other attempts that brought a loan what was asked while we waited for it, and are yet to be applied."""
    listed = exists().where(Unplaced.attempt_id == PaymentAttempt.id)
    applied = exists().where(Repayment.payment_id == PaymentAttempt.id)
    rows = select(PaymentAttempt.id).where(
        PaymentAttempt.loan_id == loan_id,
        PaymentAttempt.id != but,
        PaymentAttempt.state == AttemptState.SUCCEEDED,
        PaymentAttempt.superseded_at.is_(None),
        ~PaymentAttempt.late,
        ~listed,
        ~applied,
    )
    return (await session.scalars(rows.order_by(PaymentAttempt.paid_at, PaymentAttempt.id))).all()


async def paid_by(session: AsyncSession, loan_id: UUID) -> Sequence[PaymentAttempt]:
    """The attempts whose money was applied to a loan and counts, latest first."""
    direct = exists().where(Repayment.payment_id == PaymentAttempt.id, Repayment.status == RepaymentStatus.APPLIED)
    placed = exists().where(Unplaced.attempt_id == PaymentAttempt.id, Unplaced.resolution == Resolution.APPLIED)
    rows = select(PaymentAttempt).where(PaymentAttempt.loan_id == loan_id, direct | placed)
    return (await session.scalars(rows.order_by(PaymentAttempt.paid_at.desc(), PaymentAttempt.id.desc()))).all()


async def excess_on_its_way_fen(session: AsyncSession, loan_id: UUID) -> int:
    """What of a loan's excess may be going back, and is not yet taken off it."""
    booked = exists().where(LoanEvent.source == func.concat("refund:", Refund.id.cast(Text)))
    rows = select(func.coalesce(func.sum(Refund.amount_fen), 0).cast(BigInteger)).where(
        Refund.loan_id == loan_id,
        Refund.purpose == RefundPurpose.EXCESS,
        Refund.state != RefundState.DECLINED,
        ~booked,
    )
    return await session.scalar(rows) or 0


async def booked_loans(
    session: AsyncSession, *, limit: int, after: UUID | None = None
) -> Sequence[tuple[Loan, LoanBook, ProductVersion]]:
    """A page of loans that were paid out, beyond an id, with what the books hold of them and their product's terms."""
    query = (
        select(Loan, LoanBook, ProductVersion)
        .join(LoanBook, LoanBook.loan_id == Loan.id)
        .join(ProductVersion, ProductVersion.id == Loan.product_version_id)
        .order_by(LoanBook.loan_id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(LoanBook.loan_id > after)
    return [(loan, book, version) for loan, book, version in await session.execute(query)]


async def count_booked(session: AsyncSession) -> int:
    """How many loans were paid out."""
    return await session.scalar(select(func.count()).select_from(LoanBook)) or 0
