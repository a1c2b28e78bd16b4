"""What credit announces."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID


@dataclass(frozen=True)
class ApplicationSubmitted:
    """There is something to review; the bureau and the sources are to be asked."""

    topic: ClassVar[str] = "credit.application_submitted"
    application_id: UUID


@dataclass(frozen=True)
class RiskRequested:
    """A reviewer passed an application; the risk engine is to be asked."""

    topic: ClassVar[str] = "credit.risk_requested"
    decision_id: UUID


@dataclass(frozen=True)
class LineGranted:
    topic: ClassVar[str] = "credit.line_granted"
    line_id: UUID


@dataclass(frozen=True)
class ApplicationReturned:
    topic: ClassVar[str] = "credit.application_returned"
    application_id: UUID


@dataclass(frozen=True)
class ApplicationRejected:
    """By a reviewer or by the risk engine."""

    topic: ClassVar[str] = "credit.application_rejected"
    application_id: UUID
