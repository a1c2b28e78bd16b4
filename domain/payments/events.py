"""What payments announces by the outbox."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PaymentSettled:
    """The sum that was asked has come, and is in suspense, to be applied to its loan."""

    topic: ClassVar[str] = "payments.settled"
    attempt_id: UUID


@dataclass(frozen=True, slots=True)
class WithholdingRequested:
    """A sum that is due is to be debited, or a debit that was surely not sent is to be sent."""

    topic: ClassVar[str] = "payments.withholding_requested"
    order_id: UUID


@dataclass(frozen=True, slots=True)
class WithholdingDeclined:
    """A debit was refused, by whatever way we learnt it."""

    topic: ClassVar[str] = "payments.withholding_declined"
    attempt_id: UUID


@dataclass(frozen=True, slots=True)
class WithholdingNotMade:
    """A debit that was surely not sent is over: its channel, which has had its time, does not know it either."""

    topic: ClassVar[str] = "payments.withholding_not_made"
    attempt_id: UUID


@dataclass(frozen=True, slots=True)
class AskDue:
    """An attempt is to be asked about."""

    topic: ClassVar[str] = "payments.ask"
    attempt_id: UUID


@dataclass(frozen=True, slots=True)
class BatchAskDue:
    """A batch is to be asked about, or one that was surely not sent is to be sent."""

    topic: ClassVar[str] = "payments.ask_batch"
    batch_id: UUID


@dataclass(frozen=True, slots=True)
class MoneyPutAside:
    """Money came that is not applied to a loan: it is on the work list, or goes back by itself."""

    topic: ClassVar[str] = "payments.put_aside"
    unplaced_id: UUID


@dataclass(frozen=True, slots=True)
class RefundRequested:
    """A refund is to be sent."""

    topic: ClassVar[str] = "payments.refund_requested"
    refund_id: UUID


@dataclass(frozen=True, slots=True)
class RefundDue:
    """A refund is to be asked about, or sent if it never was."""

    topic: ClassVar[str] = "payments.refund_due"
    refund_id: UUID


@dataclass(frozen=True, slots=True)
class RefundSucceeded:
    """The money has gone back. Of excess, its loan is to be told: it books it."""

    topic: ClassVar[str] = "payments.refunded"
    refund_id: UUID


@dataclass(frozen=True, slots=True)
class PaymentHappened:
    """For observers: something happened to a payment. `name` is a `Happening`; nothing in it is about a person."""

    topic: ClassVar[str] = "payments.happened"
    event_id: UUID
    name: str
    channel: str
    order_no: str
    at: datetime
    facts: dict[str, Any]
