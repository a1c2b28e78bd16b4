"""Simulations that are kept, so that they can be committed."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from domain.shared.db import Row


class LoanSimulation(Row):
    """What somebody supposed of a loan as it stood then. The last three say what came of it, once."""

    __tablename__ = "loan_simulations"
    __table_args__ = (Index("ix_loan_simulations_loan", "loan_id", "id"),)

    loan_id: Mapped[UUID] = mapped_column(ForeignKey("loans.id"))
    borrower_id: Mapped[UUID] = mapped_column(ForeignKey("borrowers.id"))
    made_by: Mapped[str]
    """An actor's name."""
    loan_version: Mapped[int]
    """The last sequence of the loan's journal."""
    supposed: Mapped[list[Any]]
    """In the order in which it would be recorded, every sum and day said."""
    meanwhile: Mapped[str]
    looked_at_on: Mapped[date]
    saving_fen: Mapped[int | None]
    payoff_fen: Mapped[int]
    """What would close the loan on that day."""
    made_on: Mapped[date]
    """The business day the loan stood at."""
    made_at: Mapped[datetime]
    valid_until: Mapped[datetime]
    committed_at: Mapped[datetime | None]
    outcome_kind: Mapped[str | None]
    outcome_id: Mapped[UUID | None]
