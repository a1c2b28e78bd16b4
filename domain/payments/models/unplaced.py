"""Money that came and is not applied to a loan: the work list."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.payments.rules.refunding import Resolution
from domain.shared.db import Row


class UnplacedReason(StrEnum):
    """Why money that came is not applied to a loan."""

    WRONG_AMOUNT = "WRONG_AMOUNT"
    WRONG_CURRENCY = "WRONG_CURRENCY"
    """Not in the books, which hold CNY; `details` say how much of what."""
    DOUBLE = "DOUBLE"
    """The same wish was paid before."""
    UNKNOWN_ORDER = "UNKNOWN_ORDER"
    """The channel proves a payment by a number we never gave, or have lost."""
    LOAN_CANNOT_TAKE_IT = "LOAN_CANNOT_TAKE_IT"
    REPAYMENT_REVERSED = "REPAYMENT_REVERSED"
    """It was applied to a loan and taken off it again."""


class Unplaced(Row):
    """Money that came and is not applied: it lies in `suspense.payments` until it goes back or to a loan. The work list."""

    __tablename__ = "unplaced_payments"
    __table_args__ = (
        UniqueConstraint("channel", "order_no"),
        CheckConstraint("attempt_id IS NOT NULL OR reason = 'UNKNOWN_ORDER'", name="owned"),
        CheckConstraint("(resolved_at IS NULL) = (resolution IS NULL)", name="resolved"),
        Index("ix_unplaced_payments_open", "found_at", "id", postgresql_where=text("resolved_at IS NULL")),
        Index("ix_unplaced_payments_found", "found_at", "id"),
    )

    channel: Mapped[str]
    order_no: Mapped[str]
    attempt_id: Mapped[UUID | None] = mapped_column(ForeignKey("payment_attempts.id"), unique=True)
    borrower_id: Mapped[UUID | None] = mapped_column(ForeignKey("borrowers.id"))
    loan_id: Mapped[UUID | None] = mapped_column(ForeignKey("loans.id"))
    amount_fen: Mapped[int]
    """What lies in suspense for it."""
    reason: Mapped[UnplacedReason]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    found_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    resolution: Mapped[Resolution | None]
    resolved_by: Mapped[str | None]
    resolution_reason: Mapped[str | None]
    applied_as: Mapped[UUID | None] = mapped_column(unique=True)
    """The payment id of the repayment it was applied as: one of its own, as an attempt may be applied, reversed, and
    applied again."""

    def resolve(self, resolution: Resolution, *, by: str, reason: str, at: datetime) -> None:
        """Take it off the list. Whoever calls holds its row."""
        self.resolved_at, self.resolution, self.resolved_by, self.resolution_reason = at, resolution, by, reason
