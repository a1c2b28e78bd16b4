"""What payments announces by the outbox."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PaymentSettled:
    """The sum that was asked has come, and is in suspense, to be applied to its loan."""

    topic: ClassVar[str] = "payments.settled"
    attempt_id: UUID


@dataclass(frozen=True, slots=True)
class AskDue:
    """An attempt is to be asked about."""

    topic: ClassVar[str] = "payments.ask"
    attempt_id: UUID
