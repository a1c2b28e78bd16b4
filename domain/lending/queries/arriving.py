"""Money that came for a loan and is on its way to it: nobody is told that he owes it."""

from uuid import UUID

from sqlalchemy import Exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from domain.lending.models import Repayment
from domain.payments.models import AttemptState, PaymentAttempt, Unplaced


def unapplied(loan_id: UUID | InstrumentedAttribute[UUID]) -> Exists:
    """Whether a channel brought money for a loan that is neither applied to it yet nor on the work list.

    Or says that it did, while it is asked how much.
    """
    return (
        select(PaymentAttempt.id)
        .where(
            PaymentAttempt.loan_id == loan_id,
            or_(PaymentAttempt.state == AttemptState.SUCCEEDED, PaymentAttempt.doubted_at.is_not(None)),
            ~select(Repayment.id).where(Repayment.payment_id == PaymentAttempt.id).exists(),
            ~select(Unplaced.id).where(Unplaced.attempt_id == PaymentAttempt.id).exists(),
        )
        .exists()
    )
