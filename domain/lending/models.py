"""Rows of lending: products, quotes, loans, contracts, fundings, the journal of a loan and what is projected from it."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Numeric, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.lending.rules.machine import (
    CONTRACT,
    FUNDING,
    LOAN,
    REMITTANCE,
    ContractStatus,
    FundingState,
    LoanStatus,
    RemittanceState,
)
from domain.shared.db import Base, Row


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
    dpd_switch: Mapped[int]
    dpd_threshold_fen: Mapped[int]
    waterfall: Mapped[dict[str, Any]]
    """{"current": ["penalty", "interest", "principal"], "late": [...], "recovery": [...]}."""
    funder: Mapped[str]
    min_read_seconds: Mapped[int]
    quote_valid_minutes: Mapped[int]
    sign_within_days: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


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
    """{"measure", "limit", "source"} as in force on that day."""
    disclosure: Mapped[dict[str, Any]]
    disclosure_hash: Mapped[bytes] = mapped_column(LargeBinary)
    min_read_seconds: Mapped[int]
    created_at: Mapped[datetime]
    valid_until: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]


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
