"""What is offered, version by version."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from domain.shared.db import Row


class ProductStatus(StrEnum):
    OPEN = "OPEN"
    CLOSED = "CLOSED"


class LoanProduct(Row):
    """What is offered. Its terms are in its versions; a loan pins one at signing."""

    __tablename__ = "loan_products"

    code: Mapped[str] = mapped_column(unique=True)
    name_en: Mapped[str]
    name_zh: Mapped[str]
    status: Mapped[ProductStatus] = mapped_column(default=ProductStatus.OPEN)


class ProductVersion(Row):
    """The terms of a product from a day on. Never changed once in force."""

    __tablename__ = "product_versions"
    __table_args__ = (
        UniqueConstraint("product_id", "version"),
        CheckConstraint("min_terms BETWEEN 1 AND max_terms", name="terms"),
        CheckConstraint("min_amount_fen BETWEEN 1 AND max_amount_fen", name="amounts"),
        CheckConstraint("min_payment_fen >= 0", name="min_payment"),
    )

    product_id: Mapped[UUID] = mapped_column(ForeignKey("loan_products.id"))
    version: Mapped[int]
    effective_from: Mapped[date]
    method: Mapped[str]
    min_terms: Mapped[int]
    max_terms: Mapped[int]
    min_amount_fen: Mapped[int]
    max_amount_fen: Mapped[int]
    amount_step_fen: Mapped[int]
    annual_rate: Mapped[Decimal]
    day_count: Mapped[str]
    penalty_multiplier: Mapped[Decimal]
    penalty_base: Mapped[str]
    grace_days: Mapped[int]
    prepay: Mapped[str]
    prepay_fee_rate: Mapped[Decimal]
    min_tail_fen: Mapped[int]
    min_payment_fen: Mapped[int] = mapped_column(default=0, server_default="0")
    """The least a borrower may pay at once, unless less is due or owed; 0: any sum."""
    dpd_switch: Mapped[int]
    dpd_threshold_fen: Mapped[int]
    waterfall: Mapped[dict[str, Any]]
    """{"current": ["penalty", "interest", "principal"], "late": [...], "recovery": [...]}."""
    funder: Mapped[str]
    min_read_seconds: Mapped[int]
    quote_valid_minutes: Mapped[int]
    sign_within_days: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
