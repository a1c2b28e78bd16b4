"""A loan, the contract that is signed for it, and the requests to pay it out."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.lending.rules.machine import (
    CONTRACT,
    FUNDING,
    LOAN,
    ContractStatus,
    FundingState,
    LoanStatus,
)
from domain.shared.db import Row


class Loan(Row):
    """T9. Its terms are frozen: the pinned product version, the principal, the number of terms, the value date."""

    __tablename__ = "loans"
    __table_args__ = (
        CheckConstraint("principal_fen > 0", name="positive"),
        Index("ix_loans_borrower", "borrower_id", "id"),
        Index("ix_loans_status", "status", "applied_at", "id"),
        Index("ix_loans_overdue", "overdue_since", "id", postgresql_where=text("overdue_since IS NOT NULL")),
    )

    number: Mapped[str] = mapped_column(unique=True)
    borrower_id: Mapped[UUID] = mapped_column(ForeignKey("borrowers.id"))
    product_version_id: Mapped[UUID] = mapped_column(ForeignKey("product_versions.id"))
    quote_id: Mapped[UUID] = mapped_column(ForeignKey("loan_quotes.id"), unique=True)
    credit_line_id: Mapped[UUID] = mapped_column(ForeignKey("credit_lines.id"))
    bank_card_id: Mapped[UUID] = mapped_column(ForeignKey("bank_cards.id"))
    status: Mapped[LoanStatus] = mapped_column(default=LoanStatus.PENDING_REVIEW)
    principal_fen: Mapped[int]
    terms: Mapped[int]
    purpose: Mapped[str]
    applied_at: Mapped[datetime]
    reviewed_at: Mapped[datetime | None]
    sign_by: Mapped[datetime | None]
    value_date: Mapped[date | None]
    settled_on: Mapped[date | None]
    settled_early: Mapped[bool] = mapped_column(default=False)
    last_sequence: Mapped[int] = mapped_column(default=0)
    """Of its journal; also the version a simulation is checked against."""
    overdue_since: Mapped[date | None]
    """Projection: due date of the oldest row that is past due; days past due count from it."""
    next_due_on: Mapped[date | None]
    undue_fen: Mapped[int] = mapped_column(default=0)
    principal_open_fen: Mapped[int] = mapped_column(default=0)
    excess_fen: Mapped[int] = mapped_column(default=0)
    closed_reason: Mapped[str | None]
    updated_at: Mapped[datetime]

    def move_to(self, status: LoanStatus, at: datetime) -> None:
        self.status = LOAN.move(self.status, status)
        self.updated_at = at


class Contract(Row):
    """T11: the document that is signed; it carries the hash of the disclosure the borrower confirmed."""

    __tablename__ = "contracts"
    __table_args__ = (Index("ix_contracts_ask", "ask_at", postgresql_where=text("ask_at IS NOT NULL")),)

    number: Mapped[str] = mapped_column(unique=True)
    loan_id: Mapped[UUID] = mapped_column(ForeignKey("loans.id"), unique=True)
    borrower_id: Mapped[UUID] = mapped_column(ForeignKey("borrowers.id"), index=True)
    status: Mapped[ContractStatus] = mapped_column(default=ContractStatus.SUBMITTING)
    provider: Mapped[str]
    reference: Mapped[str] = mapped_column(unique=True)
    provider_reference: Mapped[str | None]
    document_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    document_hash: Mapped[bytes] = mapped_column(LargeBinary)
    disclosure_hash: Mapped[bytes] = mapped_column(LargeBinary)
    signing_url: Mapped[str | None]
    signed_document_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    signed_document_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    certificates: Mapped[list[Any]] = mapped_column(default=list)
    sent_at: Mapped[datetime | None]
    viewed_at: Mapped[datetime | None]
    signed_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    ask_at: Mapped[datetime | None]
    asks: Mapped[int] = mapped_column(default=0)

    def move_to(self, status: ContractStatus) -> None:
        self.status = CONTRACT.move(self.status, status)


class Funding(Row):
    """T12: one request to a funding party to pay out a loan. A retry after FAILED is a new row; one is alive at a time."""

    __tablename__ = "fundings"
    __table_args__ = (
        Index("uq_fundings_live", "loan_id", unique=True, postgresql_where=text("state <> 'FAILED'")),
        Index("ix_fundings_ask", "ask_at", postgresql_where=text("ask_at IS NOT NULL")),
    )

    loan_id: Mapped[UUID] = mapped_column(ForeignKey("loans.id"), index=True)
    borrower_id: Mapped[UUID] = mapped_column(ForeignKey("borrowers.id"), index=True)
    funder: Mapped[str]
    reference: Mapped[str] = mapped_column(unique=True)
    amount_fen: Mapped[int]
    state: Mapped[FundingState] = mapped_column(default=FundingState.SUBMITTING)
    provider_reference: Mapped[str | None]
    value_date: Mapped[date | None]
    reason: Mapped[str | None]
    raw_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The answer as it came, in the borrower's box as "funding_raw"."""
    submitted_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    ask_at: Mapped[datetime | None]
    asks: Mapped[int] = mapped_column(default=0)

    def move_to(self, state: FundingState) -> None:
        self.state = FUNDING.move(self.state, state)
