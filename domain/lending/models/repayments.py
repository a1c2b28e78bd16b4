"""Payments applied to loans, and where each went."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from domain.shared.db import Row


class RepaymentMethod(StrEnum):
    """T22: the borrower himself, a withholding, or money that reached us outside every channel."""

    ACTIVE = "ACTIVE"
    WITHHOLDING = "WITHHOLDING"
    OFFLINE = "OFFLINE"


class RepaymentStatus(StrEnum):
    APPLIED = "APPLIED"
    REVERSED = "REVERSED"


class Repayment(Row):
    """T22: a settled payment applied to a loan. Its parts are the replay's and may change when history is mended."""

    __tablename__ = "repayments"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="positive"),
        CheckConstraint(
            "amount_fen = penalty_fen + interest_fen + principal_fen + fee_fen + recovery_fen + excess_fen",
            name="whole",
        ),
        Index("ix_repayments_loan", "loan_id", "id"),
        Index("ix_repayments_borrower", "borrower_id", "id"),
    )

    number: Mapped[str] = mapped_column(unique=True)
    loan_id: Mapped[UUID] = mapped_column(ForeignKey("loans.id"))
    borrower_id: Mapped[UUID] = mapped_column(ForeignKey("borrowers.id"))
    payment_id: Mapped[UUID] = mapped_column(unique=True)
    """The settled attempt, or the client's id of an offline payment: a payment counts once."""
    event_id: Mapped[UUID] = mapped_column(ForeignKey("loan_events.id"), unique=True)
    intent: Mapped[str]
    method: Mapped[RepaymentMethod]
    amount_fen: Mapped[int]
    penalty_fen: Mapped[int] = mapped_column(default=0)
    interest_fen: Mapped[int] = mapped_column(default=0)
    principal_fen: Mapped[int] = mapped_column(default=0)
    fee_fen: Mapped[int] = mapped_column(default=0)
    recovery_fen: Mapped[int] = mapped_column(default=0)
    excess_fen: Mapped[int] = mapped_column(default=0)
    value_date: Mapped[date]
    status: Mapped[RepaymentStatus] = mapped_column(default=RepaymentStatus.APPLIED)
    applied_at: Mapped[datetime]


class Allocation(Row):
    """T23: what a repayment paid of one row, and how late the row was then."""

    __tablename__ = "repayment_allocations"
    __table_args__ = (UniqueConstraint("repayment_id", "n"),)

    repayment_id: Mapped[UUID] = mapped_column(ForeignKey("repayments.id"))
    loan_id: Mapped[UUID] = mapped_column(ForeignKey("loans.id"), index=True)
    borrower_id: Mapped[UUID] = mapped_column(ForeignKey("borrowers.id"))
    n: Mapped[int]
    penalty_fen: Mapped[int] = mapped_column(default=0)
    interest_fen: Mapped[int] = mapped_column(default=0)
    principal_fen: Mapped[int] = mapped_column(default=0)
    days_past_due: Mapped[int] = mapped_column(default=0)
