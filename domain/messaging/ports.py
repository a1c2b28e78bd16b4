"""What a text message provider must do: send, say what became of it, tell of its delivery.

The reference is ours and the idempotency key. A timeout is UNKNOWN, never an exception.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from domain.shared.parties import PartyError
from domain.shared.secret import SecretStr
from domain.shared.tolerant import Tolerant
from domain.shared.wire import Callback, RawRequest


def _nothing() -> dict[str, Any]:
    return {}


class SmsState(Tolerant):
    """SENT: taken by the provider. DELIVERED: seen by the handset."""

    SENT = "SENT"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    NOT_FOUND = "NOT_FOUND"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Sms:
    """A message. A provider that renders templates itself uses `template` and `params`, any other sends `text`."""

    ref: str
    to: SecretStr
    template: str
    params: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class SmsResult:
    """A `permanent` failure is not repeated: the number does not exist, or does not want us."""

    state: SmsState
    permanent: bool = False
    provider_ref: str | None = None
    delivered_at: datetime | None = None
    reason: str = ""
    error: PartyError | None = None
    raw: Mapping[str, Any] = field(default_factory=_nothing, repr=False)


@runtime_checkable
class SmsSender(Protocol):
    """Sends text messages."""

    code: str

    async def send(self, request: Sms) -> SmsResult: ...

    async def query(self, ref: str) -> SmsResult: ...

    async def parse_receipt(self, request: RawRequest) -> Callback[SmsResult]:
        """Read a delivery receipt; no side effects. Raises SignatureError when it proves nothing."""
        ...
