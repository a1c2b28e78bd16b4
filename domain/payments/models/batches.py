"""Debits that went to a channel in one request."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.payments.rules.batching import BATCH, OVER, BatchState
from domain.shared.db import Row
from domain.shared.money import CURRENCY


class PaymentBatch(Row):
    """A batch as such. What became of each debit in it stands at its attempt, which names the batch and its place."""

    __tablename__ = "payment_batches"
    __table_args__ = (
        UniqueConstraint("channel", "batch_no"),
        CheckConstraint("items > 0", name="not_empty"),
        CheckConstraint("total_fen > 0", name="positive"),
        Index("ix_payment_batches_submitted", "submitted_at", "id"),
        Index("ix_payment_batches_state", "state", "submitted_at", "id"),
        Index("ix_payment_batches_ask", "ask_at", "id", postgresql_where=text("ask_at IS NOT NULL")),
    )

    channel: Mapped[str]
    batch_no: Mapped[str]
    """What the channel knows it by: letters and digits, with the Beijing day and a count within it, and new for ever."""
    items: Mapped[int]
    total_fen: Mapped[int]
    currency: Mapped[str] = mapped_column(default=CURRENCY)
    state: Mapped[BatchState] = mapped_column(default=BatchState.SUBMITTING)
    submitted_at: Mapped[datetime]
    """The same in every repeat, and that of all its attempts."""
    final_at: Mapped[datetime]
    channel_state: Mapped[dict[str, Any] | None]
    error: Mapped[dict[str, Any] | None]
    ask_at: Mapped[datetime | None]
    asks: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None]

    def move_to(self, state: BatchState, at: datetime) -> None:
        """Where it is already, it stays. Raises IllegalMove."""
        if state is not self.state:
            self.state = BATCH.move(self.state, state)
        if state in OVER:
            self.ask_at, self.finished_at = None, at
