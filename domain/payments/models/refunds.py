"""Money that goes back to whoever paid it, through the channel it came by."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.payments.models.changes import Change
from domain.payments.rules.refunding import REFUND, RefundPurpose, RefundState
from domain.shared.db import Row


class Refund(Row):
    """A sum of one payment that goes back. What it is taken from says its purpose: suspense, or a borrower's excess."""

    __tablename__ = "refunds"
    __table_args__ = (
        UniqueConstraint("channel", "refund_no"),
        CheckConstraint("amount_fen > 0", name="positive"),
        CheckConstraint("(unplaced_id IS NULL) = (purpose = 'EXCESS')", name="taken_from"),
        CheckConstraint("attempt_id IS NOT NULL OR unplaced_id IS NOT NULL", name="of_a_payment"),
        Index(
            "uq_refunds_under_way",
            "unplaced_id",
            unique=True,
            postgresql_where=text("state IN ('REQUESTED', 'SUBMITTING', 'PROCESSING', 'UNKNOWN')"),
        ),
        Index("ix_refunds_attempt", "attempt_id", "id"),
        Index("ix_refunds_loan", "loan_id", "id"),
        Index("ix_refunds_unplaced", "unplaced_id", "id"),
        Index("ix_refunds_requested", "requested_at", "id"),
        Index("ix_refunds_state", "state", "requested_at", "id"),
        Index("ix_refunds_ask", "ask_at", "id", postgresql_where=text("ask_at IS NOT NULL")),
    )

    number: Mapped[str] = mapped_column(unique=True)
    channel: Mapped[str]
    refund_no: Mapped[str]
    """What the channel knows it by: letters and digits, the same however often it is sent."""
    attempt_id: Mapped[UUID | None] = mapped_column(ForeignKey("payment_attempts.id"))
    unplaced_id: Mapped[UUID | None] = mapped_column(ForeignKey("unplaced_payments.id"))
    borrower_id: Mapped[UUID | None] = mapped_column(ForeignKey("borrowers.id"))
    loan_id: Mapped[UUID | None] = mapped_column(ForeignKey("loans.id"))
    amount_fen: Mapped[int]
    purpose: Mapped[RefundPurpose]
    reason: Mapped[str]
    state: Mapped[RefundState] = mapped_column(default=RefundState.REQUESTED)
    requested_by: Mapped[str]
    requested_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    ask_at: Mapped[datetime | None]
    asks: Mapped[int] = mapped_column(default=0)
    channel_state: Mapped[dict[str, Any] | None]
    provider_no: Mapped[str | None]
    refunded_at: Mapped[datetime | None]
    """When the money went back, as the channel says."""
    error: Mapped[dict[str, Any] | None]
    finished_at: Mapped[datetime | None]

    def move_to(self, state: RefundState, at: datetime) -> None:
        """Raises IllegalMove."""
        self.state = REFUND.move(self.state, state)
        if state in {RefundState.SUCCEEDED, RefundState.DECLINED}:
            self.finished_at, self.ask_at = at, None


class RefundChange(Change):
    """Every change of a refund, and who told us. Append only."""

    __tablename__ = "refund_changes"
    __table_args__ = (Index("ix_refund_changes_refund", "refund_id", "id"),)

    refund_id: Mapped[UUID] = mapped_column(ForeignKey("refunds.id"))
