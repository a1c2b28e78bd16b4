"""What a borrower is told once his money has arrived or gone back, and once nothing is owed any more."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.models import Loan, Repayment
from domain.lending.services.parties import tell
from domain.payments.models import Refund
from domain.shared.money import yuan


async def for_repayment(session: AsyncSession, *, loan_id: UUID, repayment_id: UUID, at: datetime) -> None:
    """Thank him for a payment, once."""
    loan = await session.get_one(Loan, loan_id)
    repayment = await session.get_one(Repayment, repayment_id)
    await tell(session, loan, "REPAYMENT_RECEIVED", at=at, about=repayment.id, amount=yuan(repayment.amount_fen))


async def for_refund(session: AsyncSession, *, refund_id: UUID, at: datetime) -> None:
    """Tell him that money went back to him, once. Of money that belongs to no loan nobody is told."""
    refund = await session.get_one(Refund, refund_id)
    if refund.loan_id is None:
        return
    loan = await session.get_one(Loan, refund.loan_id)
    await tell(session, loan, "REFUND_SENT", at=at, about=refund.id, amount=yuan(refund.amount_fen))


async def for_settlement(session: AsyncSession, *, loan_id: UUID, at: datetime) -> None:
    """Tell him that the loan is settled, once: a loan that was reopened and settled again says no more."""
    await tell(session, await session.get_one(Loan, loan_id), "LOAN_SETTLED", at=at)
