"""A channel's daily bill: the file as it came, and what its lines say."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from domain.payments.ports.faults import ChannelError
from domain.payments.ports.states import BillKind


@dataclass(frozen=True, slots=True)
class BillRequest:
    """The bill of one Beijing day. `kind` is TRADE or FUND."""

    date: date
    kind: BillKind = BillKind.TRADE

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", BillKind(self.kind))


@dataclass(frozen=True, slots=True)
class BillFile:
    """The bytes as downloaded. `hash_ok` is None where the provider gives no hash."""

    content: bytes = field(repr=False)
    name: str
    sha256: str
    kind: BillKind = BillKind.TRADE
    day: date | None = None
    hash_ok: bool | None = None


@dataclass(frozen=True, slots=True)
class BillNotReady:
    """There may be a bill later. `error` says what kept it from us, where something went wrong."""

    retry_after: timedelta | None = None
    error: ChannelError | None = None


@dataclass(frozen=True, slots=True)
class BillEmpty:
    """There was no trade that day."""


@dataclass(frozen=True, slots=True)
class BillRow:
    """One line. A payment and a refund have positive amounts; `kind` says which way the money went."""

    kind: BillKind
    order_no: str | None
    amount_fen: int
    currency: str
    provider_no: str | None = None
    refund_no: str | None = None
    received_fen: int | None = None
    fee_fen: int | None = None
    occurred_at: datetime | None = None
    status: str | None = None
    raw: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class BillTotals:
    """What the file itself says its lines add up to; None where it is silent."""

    payments: int | None = None
    payments_fen: int | None = None
    refunds: int | None = None
    refunds_fen: int | None = None
    fees_fen: int | None = None


@dataclass(frozen=True, slots=True)
class BillProblem:
    """A line that was not understood. It is shown to a person, never guessed."""

    line: int
    message: str
    raw: str = field(default="", repr=False)


BillEntry = BillRow | BillTotals | BillProblem
BillAnswer = BillFile | BillNotReady | BillEmpty
