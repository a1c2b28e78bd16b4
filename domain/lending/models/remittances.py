"""What was repaid, passed on to the funding parties."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.lending.rules.machine import (
    REMITTANCE,
    RemittanceState,
)
from domain.shared.db import Row


class Remittance(Row):
    """One day's repayments passed on to a funding party: asked of it once, under one reference."""

    __tablename__ = "remittances"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="positive"),
        Index("ix_remittances_list", "requested_at", "id"),
        Index("ix_remittances_ask", "ask_at", postgresql_where=text("ask_at IS NOT NULL")),
    )

    reference: Mapped[str] = mapped_column(unique=True)
    funder: Mapped[str]
    day: Mapped[date]
    amount_fen: Mapped[int]
    state: Mapped[RemittanceState] = mapped_column(default=RemittanceState.REQUESTED)
    provider_reference: Mapped[str | None]
    value_date: Mapped[date | None]
    reason: Mapped[str | None]
    requested_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    ask_at: Mapped[datetime | None]
    asks: Mapped[int] = mapped_column(default=0)

    def move_to(self, state: RemittanceState) -> None:
        self.state = REMITTANCE.move(self.state, state)


class RemittanceLine(Row):
    """What of a remittance was repaid on one loan; below zero where a payment was taken off it again. Append only."""

    __tablename__ = "remittance_lines"
    __table_args__ = (
        UniqueConstraint("remittance_id", "loan_id"),
        CheckConstraint("principal_fen <> 0", name="something"),
        Index("ix_remittance_lines_loan", "loan_id", "id"),
    )

    remittance_id: Mapped[UUID] = mapped_column(ForeignKey("remittances.id"))
    loan_id: Mapped[UUID] = mapped_column(ForeignKey("loans.id"))
    borrower_id: Mapped[UUID] = mapped_column(ForeignKey("borrowers.id"), index=True)
    principal_fen: Mapped[int]
