"""What happened to a loan, and the installments that follow from it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.shared.db import Row


class EventKind(StrEnum):
    """What happens to a loan; each is a type in `rules.events`."""

    PAID = "PAID"
    WAIVED = "WAIVED"
    REVERSED = "REVERSED"
    WRITTEN_OFF = "WRITTEN_OFF"
    EXCESS_REFUNDED = "EXCESS_REFUNDED"


class LoanEvent(Row):
    """The journal: append only, ordered by (value_date, sequence); `source` says what caused it, once."""

    __tablename__ = "loan_events"
    __table_args__ = (UniqueConstraint("loan_id", "sequence"), UniqueConstraint("source"))

    loan_id: Mapped[UUID] = mapped_column(ForeignKey("loans.id"))
    borrower_id: Mapped[UUID] = mapped_column(ForeignKey("borrowers.id"))
    sequence: Mapped[int]
    kind: Mapped[EventKind]
    value_date: Mapped[date]
    payload: Mapped[dict[str, Any]]
    source: Mapped[str]
    recorded_at: Mapped[datetime]


class InstallmentStatus(StrEnum):
    """SM4; overdue is derived from the business date."""

    PENDING = "PENDING"
    DUE = "DUE"
    PARTIAL = "PARTIAL"
    PAID = "PAID"


class Installment(Row):
    """T13, the projection of a replay: what a row asks for and what was paid and waived of it."""

    __tablename__ = "installments"
    __table_args__ = (
        UniqueConstraint("loan_id", "n"),
        Index("ix_installments_due", "due_on", "id", postgresql_where=text("status <> 'PAID'")),
    )

    loan_id: Mapped[UUID] = mapped_column(ForeignKey("loans.id"))
    borrower_id: Mapped[UUID] = mapped_column(ForeignKey("borrowers.id"))
    n: Mapped[int]
    due_on: Mapped[date]
    principal_fen: Mapped[int]
    interest_fen: Mapped[int]
    penalty_fen: Mapped[int] = mapped_column(default=0)
    paid_principal_fen: Mapped[int] = mapped_column(default=0)
    paid_interest_fen: Mapped[int] = mapped_column(default=0)
    paid_penalty_fen: Mapped[int] = mapped_column(default=0)
    waived_interest_fen: Mapped[int] = mapped_column(default=0)
    waived_penalty_fen: Mapped[int] = mapped_column(default=0)
    status: Mapped[InstallmentStatus] = mapped_column(default=InstallmentStatus.PENDING)
    settled_on: Mapped[date | None]
