"""Rows of credit: applications, reviews, risk decisions, credit lines."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.credit.rules import machine
from domain.credit.rules.line import Holding, LineMovementKind
from domain.credit.rules.machine import ApplicationStatus, CreditLineStatus, ReviewTaskStatus, RiskStatus
from domain.shared.db import Row


class CreditApplication(Row):
    """T14. A resubmission is a new application that `supersedes` the returned one; one is open at a time."""

    __tablename__ = "credit_applications"
    __table_args__ = (
        Index(
            "uq_credit_applications_open",
            "borrower_id",
            unique=True,
            postgresql_where=text("status IN ('SUBMITTED', 'RISK_PENDING')"),
        ),
        Index("ix_credit_applications_status", "status", "submitted_at", "id"),
        Index("ix_credit_applications_borrower", "borrower_id", "id"),
    )

    number: Mapped[str] = mapped_column(unique=True)
    borrower_id: Mapped[UUID] = mapped_column(ForeignKey("borrowers.id"))
    status: Mapped[ApplicationStatus]
    supersedes_id: Mapped[UUID | None] = mapped_column(ForeignKey("credit_applications.id"), unique=True)
    profile_id: Mapped[UUID] = mapped_column(ForeignKey("profiles.id"))
    employment_id: Mapped[UUID] = mapped_column(ForeignKey("employments.id"))
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Ids of the checks, contacts, consents and card it was judged by; no personal data."""
    submitted_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]

    def move_to(self, status: ApplicationStatus, at: datetime) -> None:
        self.status = machine.APPLICATION.move(self.status, status)
        self.updated_at = at


class ReviewSubject(StrEnum):
    CREDIT_APPLICATION = "CREDIT_APPLICATION"
    LOAN = "LOAN"


class ReviewTask(Row):
    """One thing in the review queue (T10, T15): who took it; decided once."""

    __tablename__ = "review_tasks"
    __table_args__ = (
        UniqueConstraint("subject_kind", "subject_id"),
        Index("ix_review_tasks_queue", "status", "opened_at", "id"),
    )

    subject_kind: Mapped[ReviewSubject]
    subject_id: Mapped[UUID]
    borrower_id: Mapped[UUID] = mapped_column(ForeignKey("borrowers.id"), index=True)
    status: Mapped[ReviewTaskStatus] = mapped_column(default=ReviewTaskStatus.OPEN)
    claimed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff_members.id"))
    claimed_at: Mapped[datetime | None]
    opened_at: Mapped[datetime]
    done_at: Mapped[datetime | None]

    def move_to(self, status: ReviewTaskStatus) -> None:
        self.status = machine.REVIEW_TASK.move(self.status, status)


class ReviewVerdict(StrEnum):
    APPROVED = "APPROVED"
    RETURNED = "RETURNED"
    REJECTED = "REJECTED"


class ReviewDecision(Row):
    """What a reviewer decided and why; field by field when something is to be mended. Append only."""

    __tablename__ = "review_decisions"

    task_id: Mapped[UUID] = mapped_column(ForeignKey("review_tasks.id"), unique=True)
    borrower_id: Mapped[UUID] = mapped_column(ForeignKey("borrowers.id"), index=True)
    reviewer_id: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"))
    verdict: Mapped[ReviewVerdict]
    reason: Mapped[str]
    field_reasons: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """{"employment.monthlyPay": "the slip says another figure"}: what to mend, where."""
    decided_at: Mapped[datetime]


class RiskDecision(Row):
    """T16: one application before one risk engine."""

    __tablename__ = "risk_decisions"
    __table_args__ = (
        UniqueConstraint("provider", "provider_decision_id"),
        Index("ix_risk_decisions_ask", "ask_at", postgresql_where=text("ask_at IS NOT NULL")),
    )

    application_id: Mapped[UUID] = mapped_column(ForeignKey("credit_applications.id"), unique=True)
    borrower_id: Mapped[UUID] = mapped_column(ForeignKey("borrowers.id"), index=True)
    provider: Mapped[str]
    reference: Mapped[str] = mapped_column(unique=True)
    status: Mapped[RiskStatus] = mapped_column(default=RiskStatus.SUBMITTING)
    provider_decision_id: Mapped[str | None]
    score: Mapped[int | None]
    limit_fen: Mapped[int | None]
    limit_until: Mapped[date | None]
    reasons: Mapped[list[Any]] = mapped_column(default=list)
    raw_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The answer as it came, in the borrower's box as "risk_raw"."""
    submitted_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    ask_at: Mapped[datetime | None]
    """None before it was first sent and after it is decided."""
    asks: Mapped[int] = mapped_column(default=0)

    def move_to(self, status: RiskStatus) -> None:
        self.status = machine.RISK_DECISION.move(self.status, status)

    @property
    def decided(self) -> bool:
        return self.status in (RiskStatus.APPROVED, RiskStatus.REJECTED)


class CreditLine(Row):
    """T17. Available is derived: limit - used - reserved, never below what a lowered limit leaves."""

    __tablename__ = "credit_lines"
    __table_args__ = (
        CheckConstraint("used_fen >= 0 AND reserved_fen >= 0 AND limit_fen >= 0", name="not_negative"),
        Index("uq_credit_lines_live", "borrower_id", unique=True, postgresql_where=text("status <> 'CLOSED'")),
    )

    number: Mapped[str] = mapped_column(unique=True)
    borrower_id: Mapped[UUID] = mapped_column(ForeignKey("borrowers.id"))
    application_id: Mapped[UUID] = mapped_column(ForeignKey("credit_applications.id"), unique=True)
    status: Mapped[CreditLineStatus] = mapped_column(default=CreditLineStatus.ACTIVE)
    limit_fen: Mapped[int]
    used_fen: Mapped[int] = mapped_column(default=0)
    reserved_fen: Mapped[int] = mapped_column(default=0)
    granted_at: Mapped[datetime]
    expires_on: Mapped[date]
    updated_at: Mapped[datetime]

    @property
    def holding(self) -> Holding:
        return Holding(self.limit_fen, self.used_fen, self.reserved_fen)

    @property
    def available_fen(self) -> int:
        return self.holding.available_fen

    def move_to(self, status: CreditLineStatus, at: datetime) -> None:
        self.status = machine.CREDIT_LINE.move(self.status, status)
        self.updated_at = at


class CreditLineMovement(Row):
    """Every change of a line, each `source` once: a limit is never given back twice."""

    __tablename__ = "credit_line_movements"
    __table_args__ = (Index("ix_credit_line_movements_line", "line_id", "id"),)

    line_id: Mapped[UUID] = mapped_column(ForeignKey("credit_lines.id"))
    borrower_id: Mapped[UUID] = mapped_column(ForeignKey("borrowers.id"))
    kind: Mapped[LineMovementKind]
    amount_fen: Mapped[int]
    source: Mapped[str] = mapped_column(unique=True)
    at: Mapped[datetime]
