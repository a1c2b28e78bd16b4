"""What a borrower asked to pay (order), one try at one channel (attempt), what was exchanged."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, false, func, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.payments.models.changes import Change
from domain.payments.rules.states import ORDER_MOVES, AttemptState, OrderStatus, PaymentIntent, PaymentMethod
from domain.shared.db import Row
from domain.shared.money import CURRENCY


class PaymentOrder(Row):
    """T28: a sum a borrower wants to pay for a loan."""

    __tablename__ = "payment_orders"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="positive"),
        CheckConstraint("(method = 'WITHHOLDING') = (mandate_id IS NOT NULL)", name="mandated"),
        Index("ix_payment_orders_loan", "loan_id", "id"),
        Index("ix_payment_orders_borrower", "borrower_id", "id"),
        Index("ix_payment_orders_status", "status", "created_at", "id"),
        Index("ix_payment_orders_wish", "wish_id"),
        Index("ix_payment_orders_unsent", "expires_at", postgresql_where=text("status = 'CREATED'")),
        Index(
            "uq_payment_orders_instead",
            "instead_of_id",
            unique=True,
            postgresql_where=text("instead_of_id IS NOT NULL"),
        ),
    )

    number: Mapped[str] = mapped_column(unique=True)
    borrower_id: Mapped[UUID] = mapped_column(ForeignKey("borrowers.id"))
    loan_id: Mapped[UUID] = mapped_column(ForeignKey("loans.id"))
    intent: Mapped[PaymentIntent]
    method: Mapped[PaymentMethod] = mapped_column(default=PaymentMethod.ACTIVE, server_default=PaymentMethod.ACTIVE)
    mandate_id: Mapped[UUID | None] = mapped_column(ForeignKey("mandates.id"))
    due_on: Mapped[date | None]
    """Of a withholding: the oldest due date it is for."""
    once_key: Mapped[str | None] = mapped_column(unique=True)
    """Of a withholding: its loan and the moment of the run; there is one order for both."""
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
    final_at: Mapped[datetime]
    """From then on the channel's NOT_FOUND is final."""
    wish_id: Mapped[UUID]
    """Its own id, or that of the first order it takes the place of: the same wish, paid twice, is paid double."""
    instead_of_id: Mapped[UUID | None] = mapped_column(ForeignKey("payment_orders.id"))
    """The order by another channel that came to nothing, after which we chose this one's by ourselves."""
    choice: Mapped[dict[str, Any] | None]
    """Where we chose the channel: which there were, in order, with the figures (`rules.routing.Choice.facts`)."""
    created_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    def move_to(self, status: OrderStatus, at: datetime) -> bool:
        """Follow what an attempt found, and say whether it moved; a status that cannot come next changes nothing."""
        if status not in ORDER_MOVES[self.status]:
            return False
        self.status = status
        if status is OrderStatus.CLOSED:
            self.closed_at = at
        return True


class PaymentAttempt(Row):
    """One try at one channel. `live`: it holds the loan's one place, so no other may start."""

    __tablename__ = "payment_attempts"
    __table_args__ = (
        UniqueConstraint("channel", "order_no"),
        Index("uq_payment_attempts_live", "loan_id", unique=True, postgresql_where=text("live")),
        Index("ix_payment_attempts_ask", "ask_at", "id", postgresql_where=text("ask_at IS NOT NULL")),
        Index("ix_payment_attempts_order", "order_id", "id"),
        Index("ix_payment_attempts_loan", "loan_id", "id"),
        Index("ix_payment_attempts_tries", "channel", "submitted_at"),
        CheckConstraint("(batch_no IS NULL) = (batch_position IS NULL)", name="batched"),
        Index(
            "uq_payment_attempts_batch",
            "channel",
            "batch_no",
            "batch_position",
            unique=True,
            postgresql_where=text("batch_no IS NOT NULL"),
        ),
        Index("ix_payment_attempts_paid", "channel", "paid_at", postgresql_where=text("paid_at IS NOT NULL")),
        Index("ix_payment_attempts_batch", "batch_id", "id", postgresql_where=text("batch_id IS NOT NULL")),
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
    final_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]
    """When its borrower went on to a new payment although this one could not be closed."""
    action: Mapped[dict[str, Any] | None]
    channel_state: Mapped[dict[str, Any] | None]
    provider_no: Mapped[str | None]
    payer_masked: Mapped[str | None]
    received_fen: Mapped[int | None]
    paid_at: Mapped[datetime | None]
    late: Mapped[bool] = mapped_column(default=False)
    """It succeeded after we had taken it for closed or declined."""
    doubted_at: Mapped[datetime | None]
    """Since when a notice or an answer says that another sum came than was asked for; the channel is asked if it did."""
    error: Mapped[dict[str, Any] | None]
    ask_at: Mapped[datetime | None]
    asks: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None]
    unsent: Mapped[bool] = mapped_column(default=False, server_default=false())
    """The call was surely not executed: the same one may be made once more."""
    batch_id: Mapped[UUID | None] = mapped_column(ForeignKey("payment_batches.id"))
    """The batch it was put in, for ever; one that was surely not sent lets its debits go, and they lose their place."""
    batch_no: Mapped[str | None]
    batch_position: Mapped[int | None]
    """Of a debit that was sent in a batch: which, and, counted from 0, where in it; committed before it was sent."""

    def to_pay_with(self) -> dict[str, Any] | None:
        """What its borrower can pay with, until it is over or another has taken its place."""
        return self.action if self.superseded_at is None else None


class AttemptChange(Change):
    """Every change of an attempt, and who told us: the answer to the call, a notice, a query, a bill, a person."""

    __tablename__ = "payment_attempt_changes"
    __table_args__ = (Index("ix_payment_attempt_changes_attempt", "attempt_id", "id"),)

    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("payment_attempts.id"))


class ChannelExchange(Row):
    """The masked audit of one exchange with a channel, and what it was about. Append only."""

    __tablename__ = "channel_exchanges"
    __table_args__ = (
        Index("ix_channel_exchanges_attempt", "attempt_id", "id"),
        Index("ix_channel_exchanges_refund", "refund_id", "id", postgresql_where=text("refund_id IS NOT NULL")),
        Index("ix_channel_exchanges_mandate", "mandate_id", "id", postgresql_where=text("mandate_id IS NOT NULL")),
        Index("ix_channel_exchanges_batch", "batch_id", "id", postgresql_where=text("batch_id IS NOT NULL")),
    )

    channel: Mapped[str]
    attempt_id: Mapped[UUID | None]
    refund_id: Mapped[UUID | None]
    mandate_id: Mapped[UUID | None]
    batch_id: Mapped[UUID | None]
    operation: Mapped[str]
    request: Mapped[dict[str, Any]]
    answer: Mapped[dict[str, Any] | None]
    outcome: Mapped[str]
    duration_ms: Mapped[int]
    at: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Signature(StrEnum):
    """What is known of the signature on an answer. NOT_SAID: none came, or what came proved nothing either way."""

    HELD = "HELD"
    BROKEN = "BROKEN"
    NOT_SAID = "NOT_SAID"


class ExchangeVerdict(Row):
    """What the call that an exchange belongs to came to, known only once it was over. Append only."""

    __tablename__ = "channel_exchange_verdicts"

    exchange_id: Mapped[UUID] = mapped_column(ForeignKey("channel_exchanges.id"), unique=True)
    told: Mapped[str]
    code: Mapped[str | None]
    """Of the channel's error, if it had one."""
    signature: Mapped[Signature]
