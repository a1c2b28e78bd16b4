"""Rows of payments: what a borrower asked to pay (order), one try at one channel (attempt), what was exchanged."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.shared.db import Row
from domain.shared.money import CURRENCY


class OrderStatus(StrEnum):
    """`MISMATCH`: money came, but not what was asked; it lies in suspense and on a work list."""

    CREATED = "CREATED"
    PROCESSING = "PROCESSING"
    PAID = "PAID"
    CLOSED = "CLOSED"
    FAILED = "FAILED"
    MISMATCH = "MISMATCH"


class PaymentIntent(StrEnum):
    """What a paid order is for; lending reads it, payments only carries it."""

    INSTALLMENT = "INSTALLMENT"
    PREPAY = "PREPAY"
    PAYOFF = "PAYOFF"


class PaymentOrder(Row):
    """T28: a sum a borrower wants to pay for a loan."""

    __tablename__ = "payment_orders"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="positive"),
        Index("ix_payment_orders_loan", "loan_id", "id"),
        Index("ix_payment_orders_borrower", "borrower_id", "id"),
        Index("ix_payment_orders_status", "status", "created_at", "id"),
    )

    number: Mapped[str] = mapped_column(unique=True)
    borrower_id: Mapped[UUID] = mapped_column(ForeignKey("borrowers.id"))
    loan_id: Mapped[UUID] = mapped_column(ForeignKey("loans.id"))
    intent: Mapped[PaymentIntent]
    amount_fen: Mapped[int]
    currency: Mapped[str] = mapped_column(default=CURRENCY)
    channel: Mapped[str]
    product: Mapped[str]
    subject: Mapped[str]
    return_url: Mapped[str | None]
    status: Mapped[OrderStatus] = mapped_column(default=OrderStatus.CREATED)
    quoted_until: Mapped[datetime | None]
    """For a payoff: paid by then, the loan closes at 0."""
    expires_at: Mapped[datetime]
    created_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class AttemptState(StrEnum):
    """SUBMITTING is ours: committed before the call. The rest is what a channel says (ports.PaymentState)."""

    SUBMITTING = "SUBMITTING"
    ACTION_REQUIRED = "ACTION_REQUIRED"
    PROCESSING = "PROCESSING"
    SUCCEEDED = "SUCCEEDED"
    DECLINED = "DECLINED"
    CLOSED = "CLOSED"
    NOT_FOUND = "NOT_FOUND"
    UNKNOWN = "UNKNOWN"


class PaymentAttempt(Row):
    """One try at one channel. `live`: money may still move by it, so no other may start for the loan."""

    __tablename__ = "payment_attempts"
    __table_args__ = (
        UniqueConstraint("channel", "order_no"),
        Index("uq_payment_attempts_live", "loan_id", unique=True, postgresql_where=text("live")),
        Index("ix_payment_attempts_ask", "ask_at", "id", postgresql_where=text("ask_at IS NOT NULL")),
        Index("ix_payment_attempts_order", "order_id", "id"),
    )

    order_id: Mapped[UUID] = mapped_column(ForeignKey("payment_orders.id"))
    borrower_id: Mapped[UUID] = mapped_column(ForeignKey("borrowers.id"))
    loan_id: Mapped[UUID] = mapped_column(ForeignKey("loans.id"))
    channel: Mapped[str]
    product: Mapped[str]
    order_no: Mapped[str]
    """What the channel knows it by: letters and digits, new for each attempt."""
    amount_fen: Mapped[int]
    currency: Mapped[str] = mapped_column(default=CURRENCY)
    state: Mapped[AttemptState] = mapped_column(default=AttemptState.SUBMITTING)
    live: Mapped[bool] = mapped_column(default=True)
    submitted_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    action: Mapped[dict[str, Any] | None]
    channel_state: Mapped[dict[str, Any] | None]
    provider_no: Mapped[str | None]
    payer_masked: Mapped[str | None]
    received_fen: Mapped[int | None]
    paid_at: Mapped[datetime | None]
    late: Mapped[bool] = mapped_column(default=False)
    """It succeeded after we had taken it for closed or declined."""
    error: Mapped[dict[str, Any] | None]
    ask_at: Mapped[datetime | None]
    asks: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None]


class AttemptChange(Row):
    """Every change of an attempt, and who told us: the answer to the call, a notice, a query, a bill, a person."""

    __tablename__ = "payment_attempt_changes"
    __table_args__ = (Index("ix_payment_attempt_changes_attempt", "attempt_id", "id"),)

    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("payment_attempts.id"))
    source: Mapped[str]
    told: Mapped[str]
    before: Mapped[str]
    after: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime]


class ChannelExchange(Row):
    """The masked audit of one exchange with a channel. Append only."""

    __tablename__ = "channel_exchanges"
    __table_args__ = (Index("ix_channel_exchanges_attempt", "attempt_id", "id"),)

    channel: Mapped[str]
    attempt_id: Mapped[UUID | None]
    operation: Mapped[str]
    request: Mapped[dict[str, Any]]
    answer: Mapped[dict[str, Any] | None]
    outcome: Mapped[str]
    duration_ms: Mapped[int]
    at: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Unplaced(Row):
    """Money that came and cannot be applied: it lies in `suspense.payments` until a person decides. The work list."""

    __tablename__ = "unplaced_payments"
    __table_args__ = (
        Index("ix_unplaced_payments_open", "found_at", "id", postgresql_where=text("resolved_at IS NULL")),
    )

    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("payment_attempts.id"), unique=True)
    borrower_id: Mapped[UUID] = mapped_column(ForeignKey("borrowers.id"))
    loan_id: Mapped[UUID] = mapped_column(ForeignKey("loans.id"))
    amount_fen: Mapped[int]
    reason: Mapped[str]
    found_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    resolution: Mapped[str | None]
