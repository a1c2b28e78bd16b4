"""Rows of collections: the case of an overdue loan."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.collections.rules import CASE, CaseStatus, CloseReason
from domain.shared.db import Row


class CollectionCase(Row):
    """T24: one open case a loan. Sorted by `overdue_since`; severity is computed from it, not kept."""

    __tablename__ = "collection_cases"
    __table_args__ = (
        Index("uq_collection_cases_open", "loan_id", unique=True, postgresql_where=text("status = 'OPEN'")),
        Index("ix_collection_cases_loan", "loan_id", "id"),
        Index("ix_collection_cases_queue", "status", "overdue_since", "id"),
        Index("ix_collection_cases_assignee", "assigned_to", "status", "overdue_since", "id"),
    )

    number: Mapped[str] = mapped_column(unique=True)
    loan_id: Mapped[UUID] = mapped_column(ForeignKey("loans.id"))
    borrower_id: Mapped[UUID] = mapped_column(ForeignKey("borrowers.id"), index=True)
    status: Mapped[CaseStatus] = mapped_column(default=CaseStatus.OPEN)
    overdue_since: Mapped[date]
    overdue_fen_at_import: Mapped[int]
    imported_at: Mapped[datetime]
    assigned_to: Mapped[UUID | None] = mapped_column(ForeignKey("staff_members.id"))
    assigned_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    close_reason: Mapped[CloseReason | None]

    def close(self, reason: CloseReason, at: datetime) -> None:
        self.status = CASE.move(self.status, CaseStatus.CLOSED)
        self.close_reason, self.closed_at = reason, at
