"""Quotes that are kept."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from domain.shared.db import Row


class Quote(Row):
    """What a loan would cost, kept: the sheet that is disclosed, when it was opened and confirmed. Never changed after."""

    __tablename__ = "loan_quotes"
    __table_args__ = (Index("ix_loan_quotes_borrower", "borrower_id", "id"),)

    borrower_id: Mapped[UUID] = mapped_column(ForeignKey("borrowers.id"))
    product_version_id: Mapped[UUID] = mapped_column(ForeignKey("product_versions.id"))
    principal_fen: Mapped[int]
    terms: Mapped[int]
    value_date: Mapped[date]
    """Assumed; the plan of the loan is made from the day the money really came."""
    plan: Mapped[list[Any]]
    total_interest_fen: Mapped[int]
    total_fen: Mapped[int]
    cost_nominal: Mapped[Decimal]
    cost_effective: Mapped[Decimal]
    cost_simple: Mapped[Decimal]
    ceiling: Mapped[dict[str, Any]]
    """{"measure", "limit", "paths", "source"} as in force on that day."""
    worst_case: Mapped[dict[str, Any] | None]
    """{"path", "months", "rate"}: the dearest way to pay it; NULL on quotes of an earlier release."""
    disclosure: Mapped[dict[str, Any]]
    disclosure_hash: Mapped[bytes] = mapped_column(LargeBinary)
    min_read_seconds: Mapped[int]
    created_at: Mapped[datetime]
    valid_until: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
