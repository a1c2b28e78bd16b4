"""A borrower's permission to debit him, and debits under it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from domain.payments.ports.actions import MandateAction
from domain.payments.ports.faults import ChannelError, ErrorKind
from domain.payments.ports.payments import PaymentRef, PaymentResult
from domain.payments.ports.states import MandateState
from domain.shared.secret import SecretStr


def _nothing() -> dict[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class FourElements:
    """Who the borrower is to a bank (四要素). Plain texts are sealed on the way in.

    Without a `card_number`, an empty one, where the mandate is not for a card (`Capabilities.mandate_card`).
    """

    name: SecretStr
    id_number: SecretStr
    card_number: SecretStr
    phone: SecretStr

    def __post_init__(self) -> None:
        for element in ("name", "id_number", "card_number", "phone"):
            object.__setattr__(self, element, SecretStr(getattr(self, element)))


@dataclass(frozen=True, slots=True)
class MandatePlan:
    """What a debit takes at most, and the due days that are known by now: those of loans to come are not among them."""

    cap_fen: int
    dates: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class BeginMandate:
    """Ask for a mandate. `mandate_no` is the idempotency key."""

    mandate_no: str
    borrower: FourElements
    plan: MandatePlan
    return_url: str | None = None
    notify_url: str = ""


@dataclass(frozen=True, slots=True)
class ConfirmMandate:
    """The code the borrower received."""

    mandate_no: str
    sms_code: SecretStr
    channel_state: Mapping[str, Any] = field(default_factory=_nothing)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sms_code", SecretStr(self.sms_code))


@dataclass(frozen=True, slots=True)
class MandateRef:
    """A mandate the channel may know."""

    mandate_no: str
    token: str | None = field(default=None, repr=False)
    submitted_at: datetime | None = None
    channel_state: Mapping[str, Any] = field(default_factory=_nothing)


@dataclass(frozen=True, slots=True)
class MandateResult:
    """What the channel says of a mandate. `token` is what a debit names; it works with our keys only."""

    state: MandateState
    token: str | None = field(default=None, repr=False)
    account_masked: str | None = None
    bank: str | None = None
    valid_to: date | None = None
    action: MandateAction | None = field(default=None, repr=False)
    error: ChannelError | None = None
    channel_state: Mapping[str, Any] = field(default_factory=_nothing)
    retry_after: timedelta | None = None

    @property
    def not_executed(self) -> bool:
        """Whether the call surely did nothing, so that the same call may be made again."""
        return self.error is not None and self.error.kind is ErrorKind.NOT_EXECUTED


@dataclass(frozen=True, slots=True)
class Debit:
    """Take `amount_fen` under a mandate. `order_no` is the idempotency key: never a new one while the old is open.

    `submitted_at` is that of the attempt, the same in a repeat and in the reference that later asks for it: some
    channels know a trade by its number and its time.
    """

    order_no: str
    amount_fen: int
    currency: str
    token: str = field(repr=False)
    due_date: date
    subject: str
    notify_url: str = ""
    channel_state: Mapping[str, Any] = field(default_factory=_nothing)
    submitted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DebitBatch:
    """Many debits in one request. `batch_no` is the idempotency key; an item's place in `items` is its position.

    `submitted_at` is the same in a repeat and in the reference that later asks for it, as that of a Debit.
    """

    batch_no: str
    items: tuple[Debit, ...]
    currency: str = "CNY"
    submitted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BatchRef:
    """A batch the channel may know, and the payments that are in it, by their position."""

    batch_no: str
    submitted_at: datetime
    channel_state: Mapping[str, Any] = field(default_factory=_nothing)
    items: tuple[PaymentRef, ...] = ()


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What is known of each debit of a batch, by order number. One that is missing is UNKNOWN, not declined."""

    items: Mapping[str, PaymentResult] = field(default_factory=dict[str, PaymentResult])
    complete: bool = False
    error: ChannelError | None = None
    channel_state: Mapping[str, Any] = field(default_factory=_nothing)
    retry_after: timedelta | None = None
