"""What outside parties must do for a credit decision: score an application, report on a person, give consented data.

Requests carry our reference as idempotency key and are answered at once, by a signed callback, or to a `query`. A
timeout is a result in state UNKNOWN, never an exception; ask before repeating.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol, runtime_checkable

from domain.shared.parties import PartyError
from domain.shared.secret import SecretStr
from domain.shared.tolerant import Tolerant
from domain.shared.wire import Callback, RawRequest


def _nothing() -> dict[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Subject:
    """The person asked about."""

    name: SecretStr
    id_number: SecretStr
    phone: SecretStr


class RiskState(Tolerant):
    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    NOT_FOUND = "NOT_FOUND"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class RiskSubmission:
    """An application and the facts the engine weighs: plain JSON, amounts in fen, no images."""

    ref: str
    subject: Subject
    facts: Mapping[str, Any] = field(default_factory=_nothing, repr=False)
    submitted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RiskResult:
    """APPROVED comes with score, limit and the last day the limit may be used; REJECTED with reasons.

    `decision_no` is the engine's number of the decision: one decision, however often it is told.
    """

    state: RiskState
    score: int | None = None
    limit_fen: int | None = None
    expires_on: date | None = None
    reasons: tuple[str, ...] = ()
    decision_no: str | None = None
    decided_at: datetime | None = None
    error: PartyError | None = None
    raw: Mapping[str, Any] = field(default_factory=_nothing, repr=False)


@runtime_checkable
class RiskEngine(Protocol):
    """Scores credit applications, usually later by callback."""

    code: str

    async def submit(self, request: RiskSubmission) -> RiskResult: ...

    async def query(self, ref: str) -> RiskResult: ...

    async def parse_callback(self, request: RawRequest) -> Callback[RiskResult]:
        """Read a callback; no side effects. Raises SignatureError when it proves nothing."""
        ...


class ReportState(Tolerant):
    PENDING = "PENDING"
    READY = "READY"
    REFUSED = "REFUSED"
    NOT_FOUND = "NOT_FOUND"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """Ask for a report or a person's data. `consent_ref` names the consent that allows it, `reason` why it is needed.

    `kind` is what is asked for where a party has several: social_security, carrier, housing_fund, credit_card_bill.
    """

    ref: str
    subject: Subject
    consent_ref: str
    reason: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class ReportResult:
    state: ReportState
    report: Mapping[str, Any] = field(default_factory=_nothing, repr=False)
    report_no: str | None = None
    reported_at: datetime | None = None
    reasons: tuple[str, ...] = ()
    error: PartyError | None = None
    raw: Mapping[str, Any] = field(default_factory=_nothing, repr=False)


@runtime_checkable
class ReportSource(Protocol):
    """Says something of a person who consented: at once, by a signed callback, or when it is queried."""

    code: str

    async def request(self, request: ReportRequest) -> ReportResult: ...

    async def query(self, ref: str) -> ReportResult: ...

    async def parse_callback(self, request: RawRequest) -> Callback[ReportResult]:
        """Read a callback; no side effects. Raises SignatureError when it proves nothing."""
        ...


@runtime_checkable
class CreditBureau(ReportSource, Protocol):
    """Gives the credit report of a person who consented (人行征信)."""


@runtime_checkable
class DataSource(ReportSource, Protocol):
    """Gives one or more kinds of data of a person who consented: social security, carrier, housing fund, card bills."""

    kinds: frozenset[str]
