"""Rows of messaging: templates and messages. A row decides what was sent, never a log."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.messaging.rules import machine
from domain.messaging.rules.machine import MessageStatus, TemplateKind
from domain.shared.db import Row


class MessageTemplate(Row):
    """The wording of a message, versioned by date."""

    __tablename__ = "message_templates"
    __table_args__ = (UniqueConstraint("code", "language", "version"),)

    code: Mapped[str]
    language: Mapped[str]
    version: Mapped[int]
    kind: Mapped[TemplateKind]
    body: Mapped[str]
    effective_from: Mapped[date]
    created_at: Mapped[datetime]


class Message(Row):
    """T27. `once_key` says what must be sent once: "reminder:<installment>:-2:<day>"."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("once_key"),
        Index("ix_messages_borrower", "borrower_id", "created_at", "id"),
        Index(
            "ix_messages_waiting",
            "send_after",
            "id",
            postgresql_where=text("status = 'QUEUED' AND released_at IS NULL"),
        ),
        Index("ix_messages_asks", "ask_at", "id", postgresql_where=text("ask_at IS NOT NULL")),
    )

    borrower_id: Mapped[UUID | None] = mapped_column(ForeignKey("borrowers.id"))
    loan_id: Mapped[UUID | None]
    once_key: Mapped[str]
    template_code: Mapped[str]
    template_version: Mapped[int]
    language: Mapped[str]
    kind: Mapped[TemplateKind]
    to_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """Sealed in the system's box as "message_to": a stranger has no box yet."""
    to_masked: Mapped[str]
    params_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """Sealed in the system's box as "message_params", JSON: a code or an amount is nobody else's business.

    The params of a VERIFICATION are forgotten once it is sent or given up.
    """
    status: Mapped[MessageStatus] = mapped_column(default=MessageStatus.QUEUED)
    provider: Mapped[str | None]
    provider_reference: Mapped[str | None] = mapped_column(index=True)
    tries: Mapped[int] = mapped_column(default=0)
    asks: Mapped[int] = mapped_column(default=0)
    ask_at: Mapped[datetime | None]
    """When the provider is asked what became of it; set while nobody knows."""
    failure: Mapped[str | None]
    created_at: Mapped[datetime]
    send_after: Mapped[datetime]
    released_at: Mapped[datetime | None]
    """When it was handed to the outbox; before that it waits for `send_after`."""
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    decision_id: Mapped[UUID | None]
    """The contact guard's leave to send it, without which nothing that speaks of a missed payment is queued."""
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What a report may count by, such as {"installment": 3, "offset": -2}; no personal data."""

    def move_to(self, status: MessageStatus) -> None:
        self.status = machine.MESSAGE.move(self.status, status)
