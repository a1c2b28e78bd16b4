"""What the ledger holds of each loan."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from domain.shared.db import Base

_EXACT = Numeric(48, 0)
"""Whole units of a fraction of a fen: too many for a bigint."""


class LoanBook(Base):
    """What the ledger already holds of a loan, per component, cumulative. Postings are target minus this."""

    __tablename__ = "loan_books"

    loan_id: Mapped[UUID] = mapped_column(ForeignKey("loans.id"), primary_key=True)
    borrower_id: Mapped[UUID] = mapped_column(ForeignKey("borrowers.id"))
    product_version_id: Mapped[UUID] = mapped_column(ForeignKey("product_versions.id"))
    funder: Mapped[str]
    posted_through: Mapped[date] = mapped_column(index=True)
    posting: Mapped[int] = mapped_column(default=0)
    """Counts this loan's postings: makes each transfer's source unique."""
    disbursed_fen: Mapped[int] = mapped_column(default=0)
    interest_earned_fen: Mapped[int] = mapped_column(default=0)
    penalty_earned_fen: Mapped[int] = mapped_column(default=0)
    fee_earned_fen: Mapped[int] = mapped_column(default=0)
    principal_paid_fen: Mapped[int] = mapped_column(default=0)
    interest_paid_fen: Mapped[int] = mapped_column(default=0)
    penalty_paid_fen: Mapped[int] = mapped_column(default=0)
    excess_received_fen: Mapped[int] = mapped_column(default=0)
    excess_refunded_fen: Mapped[int] = mapped_column(default=0)
    interest_waived_fen: Mapped[int] = mapped_column(default=0)
    penalty_waived_fen: Mapped[int] = mapped_column(default=0)
    nonaccrual_fen: Mapped[int] = mapped_column(default=0)
    """Interest earned and kept out of income: of a loan 90 days past due."""
    memo_fen: Mapped[int] = mapped_column(default=0)
    """What of it still stands off balance."""
    principal_written_off_fen: Mapped[int] = mapped_column(default=0)
    interest_written_off_fen: Mapped[int] = mapped_column(default=0)
    penalty_written_off_fen: Mapped[int] = mapped_column(default=0)
    recovered_fen: Mapped[int] = mapped_column(default=0)
    look_again_on: Mapped[date | None] = mapped_column(index=True)
    """The day by which the line below ends or something else moves by itself; none: nothing moves any more."""
    line_from: Mapped[date | None]
    line_billed_fen: Mapped[int] = mapped_column(default=0)
    line_exact: Mapped[Decimal] = mapped_column(_EXACT, default=Decimal(0))
    line_a_day: Mapped[Decimal] = mapped_column(_EXACT, default=Decimal(0))
    line_scale: Mapped[Decimal] = mapped_column(_EXACT, default=Decimal(1))
    """Interest earned on a day before `look_again_on`: billed + round((exact + a day x days since line_from) / scale)."""
