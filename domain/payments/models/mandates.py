"""A borrower's permission to debit his card, or his account at a channel, and how it came to be what it is."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.payments.models.changes import Change
from domain.payments.rules.mandates import MANDATE, MandateRefusal, MandateStatus
from domain.shared.db import Row


class Mandate(Row):
    """It covers all running loans of its borrower. One is live for a card at a channel, or for an account of his there."""

    __tablename__ = "mandates"
    __table_args__ = (
        UniqueConstraint("channel", "mandate_no"),
        CheckConstraint("cap_fen > 0", name="capped"),
        CheckConstraint("status <> 'ACTIVE' OR token_sealed IS NOT NULL", name="debitable"),
        Index(
            "uq_mandates_live",
            "borrower_id",
            "bank_card_id",
            "channel",
            unique=True,
            postgresql_where=text("status NOT IN ('REVOKING', 'REVOKED', 'DECLINED', 'EXPIRED')"),
        ),
        Index(
            "uq_mandates_live_account",
            "borrower_id",
            "channel",
            unique=True,
            postgresql_where=text(
                "bank_card_id IS NULL AND status NOT IN ('REVOKING', 'REVOKED', 'DECLINED', 'EXPIRED')"
            ),
        ),
        Index("ix_mandates_active", "borrower_id", "signed_at", postgresql_where=text("status = 'ACTIVE'")),
        Index("ix_mandates_ask", "ask_at", "id", postgresql_where=text("ask_at IS NOT NULL")),
        Index("ix_mandates_borrower", "borrower_id", "created_at", "id"),
        Index("ix_mandates_token", "channel", "token_index", postgresql_where=text("token_index IS NOT NULL")),
        Index("ix_mandates_card", "bank_card_id"),
    )

    number: Mapped[str] = mapped_column(unique=True)
    borrower_id: Mapped[UUID] = mapped_column(ForeignKey("borrowers.id"))
    bank_card_id: Mapped[UUID | None] = mapped_column(ForeignKey("bank_cards.id"))
    """None: he signs for the account he has at the channel, which nobody tells us before."""
    channel: Mapped[str]
    mandate_no: Mapped[str]
    """What the channel knows it by: letters and digits."""
    status: Mapped[MandateStatus] = mapped_column(default=MandateStatus.REQUESTED)
    cap_fen: Mapped[int]
    """The largest single debit."""
    terms: Mapped[str]
    """What was agreed, word for word."""
    terms_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    return_url: Mapped[str | None]
    """Where a page to sign on sends the borrower after."""
    first_due_on: Mapped[date | None]
    """The next due day of his loans when he asked for it: some channels debit by a calendar that is signed."""
    action: Mapped[dict[str, Any] | None]
    token_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    token_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The keyring's blind index of the token: a bank that ends a mandate may name nothing else."""
    account_masked: Mapped[str | None]
    bank: Mapped[str | None]
    valid_to: Mapped[date | None]
    channel_state: Mapped[dict[str, Any] | None]
    refusal: Mapped[MandateRefusal | None]
    tries: Mapped[int] = mapped_column(default=0)
    """Wrong codes."""
    asks: Mapped[int] = mapped_column(default=0)
    ask_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    """When the channel was first asked: it is asked to begin only once."""
    query_final_after: Mapped[timedelta] = mapped_column(default=timedelta(minutes=10), server_default="10 minutes")
    """So long after a call the channel may not know yet what we asked of it."""
    final_at: Mapped[datetime | None]
    """From then on the channel's NOT_FOUND is final, of a call that was being made."""
    signed_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    """When the borrower, his bank or we took it back; from then on nothing is debited."""

    def move_to(self, status: MandateStatus) -> None:
        self.status = MANDATE.move(self.status, status)

    def in_force(self, on: date) -> bool:
        return self.status is MandateStatus.ACTIVE and (self.valid_to is None or on <= self.valid_to)


class MandateChange(Change):
    """Every change of a mandate, and who made it. Append only."""

    __tablename__ = "mandate_changes"
    __table_args__ = (Index("ix_mandate_changes_mandate", "mandate_id", "id"),)

    mandate_id: Mapped[UUID] = mapped_column(ForeignKey("mandates.id"))
