"""Rows of collections: the case of an overdue loan, what is to be done in it, what was decided and done, what was promised."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.collections.rules.case import CASE, CaseStatus, CloseReason
from domain.collections.rules.contact import Channel, Outcome, Party
from domain.collections.rules.promise import PROMISE, PromiseStatus
from domain.collections.rules.task import TASK, TaskKind, TaskStatus
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


class CollectionTask(Row):
    """Something the strategy wants done in a case. `key` says what there is once: "CALL:2026-04-20", "LOCATE"."""

    __tablename__ = "collection_tasks"
    __table_args__ = (
        UniqueConstraint("case_id", "key"),
        Index("uq_collection_tasks_open", "case_id", "kind", unique=True, postgresql_where=text("status = 'OPEN'")),
        Index("ix_collection_tasks_day", "case_id", "kind", "on_day"),
    )

    case_id: Mapped[UUID] = mapped_column(ForeignKey("collection_cases.id"))
    borrower_id: Mapped[UUID] = mapped_column(ForeignKey("borrowers.id"), index=True)
    key: Mapped[str]
    kind: Mapped[TaskKind]
    rule: Mapped[str]
    """The strategy's step it follows from, such as "CALL:5"."""
    on_day: Mapped[date]
    priority: Mapped[int]
    status: Mapped[TaskStatus] = mapped_column(default=TaskStatus.OPEN)
    due_at: Mapped[datetime]
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    message_id: Mapped[UUID | None] = mapped_column(ForeignKey("messages.id"))
    evidence: Mapped[list[Any]] = mapped_column(default=list)
    """Of LOCATE: the attempts that prove that the debtor cannot be reached."""

    def end(self, status: TaskStatus, at: datetime) -> None:
        self.status, self.ended_at = TASK.move(self.status, status), at


class ContactDecision(Row):
    """What the guard said of one contact, and what it went by. Append only; a refusal is kept as well."""

    __tablename__ = "contact_decisions"
    __table_args__ = (
        CheckConstraint("allowed = (rule IS NULL)", name="reason"),
        Index("ix_contact_decisions_case", "case_id", "id"),
    )

    case_id: Mapped[UUID] = mapped_column(ForeignKey("collection_cases.id"))
    borrower_id: Mapped[UUID] = mapped_column(ForeignKey("borrowers.id"), index=True)
    channel: Mapped[Channel]
    party: Mapped[Party]
    contact_id: Mapped[UUID | None] = mapped_column(ForeignKey("contacts.id"))
    allowed: Mapped[bool]
    rule: Mapped[str | None]
    source: Mapped[str | None]
    until: Mapped[datetime | None]
    facts: Mapped[dict[str, Any]]
    """The packs by code, the strategy's part, the tally: with these it can be decided again."""
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    at: Mapped[datetime]


class ContactAttempt(Row):
    """One attempt of a collector to reach somebody, allowed by its decision. Append only."""

    __tablename__ = "contact_attempts"
    __table_args__ = (
        Index("ix_contact_attempts_case", "case_id", "id"),
        Index("ix_contact_attempts_borrower", "borrower_id", "id"),
    )

    case_id: Mapped[UUID] = mapped_column(ForeignKey("collection_cases.id"))
    borrower_id: Mapped[UUID] = mapped_column(ForeignKey("borrowers.id"))
    decision_id: Mapped[UUID] = mapped_column(ForeignKey("contact_decisions.id"), unique=True)
    channel: Mapped[Channel]
    party: Mapped[Party]
    contact_id: Mapped[UUID | None] = mapped_column(ForeignKey("contacts.id"))
    number: Mapped[bytes] = mapped_column(LargeBinary)
    """The index of the phone that was tried."""
    outcome: Mapped[Outcome]
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """In the borrower's box as "contact_note"."""
    recorded_by: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"))
    on_day: Mapped[date]
    at: Mapped[datetime]


class PaymentPromise(Row):
    """What a debtor said he would pay, and by when; one open promise a case."""

    __tablename__ = "payment_promises"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="positive"),
        Index("uq_payment_promises_open", "case_id", unique=True, postgresql_where=text("status = 'OPEN'")),
        Index("ix_payment_promises_case", "case_id", "id"),
    )

    case_id: Mapped[UUID] = mapped_column(ForeignKey("collection_cases.id"))
    loan_id: Mapped[UUID] = mapped_column(ForeignKey("loans.id"))
    borrower_id: Mapped[UUID] = mapped_column(ForeignKey("borrowers.id"), index=True)
    amount_fen: Mapped[int]
    promised_on: Mapped[date]
    status: Mapped[PromiseStatus] = mapped_column(default=PromiseStatus.OPEN)
    made_at: Mapped[datetime]
    recorded_by: Mapped[UUID] = mapped_column(ForeignKey("staff_members.id"))
    ended_at: Mapped[datetime | None]

    def end(self, status: PromiseStatus, at: datetime) -> None:
        self.status, self.ended_at = PROMISE.move(self.status, status), at
