"""One payment and its refunds, as asked of a channel and as answered. Amounts are fen; numbers of orders are ours."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from domain.payments.ports.actions import Action
from domain.payments.ports.faults import ChannelError, ErrorKind
from domain.payments.ports.states import PaymentState, Product, RefundState


def _nothing() -> dict[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class CreatePayment:
    """Ask the channel to let the borrower pay `amount_fen` until `expires_at`.

    `order_no` is the idempotency key. An empty `notify_url` means the runtime's own. The subject is shown to the
    borrower; a channel replaces what its rules forbid in it.
    """

    order_no: str
    amount_fen: int
    currency: str
    product: Product
    subject: str
    expires_at: datetime
    client_ip: str | None = field(default=None, repr=False)
    payer_id: str | None = field(default=None, repr=False)
    return_url: str | None = None
    notify_url: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        object.__setattr__(self, "product", Product(self.product))


@dataclass(frozen=True, slots=True)
class PaymentRef:
    """A payment the channel may know. `submitted_at` and `channel_state` are what was kept when it was made.

    A debit that was sent in a batch has its `batch_no` and, counted from 0, its `batch_position` in it: both were
    committed before the batch was sent, so they are there also when its answer never came. None of any other payment.
    """

    order_no: str
    submitted_at: datetime
    provider_no: str | None = None
    channel_state: Mapping[str, Any] = field(default_factory=_nothing)
    batch_no: str | None = None
    batch_position: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "channel_state", self.channel_state or {})


@dataclass(frozen=True, slots=True)
class PaymentResult:
    """What the channel says of one payment.

    The core compares `amount_fen` and `currency` of a SUCCEEDED with what was asked, and before it believes that they are
    others it asks by query. `channel_state` (JSON, at most 4 kB) is stored and handed back in every later reference.
    `retry_after` is the least wait before asking again.
    """

    state: PaymentState
    amount_fen: int | None = None
    currency: str | None = None
    provider_no: str | None = None
    payer_id_masked: str | None = None
    paid_at: datetime | None = None
    error: ChannelError | None = None
    action: Action | None = field(default=None, repr=False)
    channel_state: Mapping[str, Any] = field(default_factory=_nothing)
    retry_after: timedelta | None = None

    @property
    def not_executed(self) -> bool:
        """Whether the call surely did nothing, so that the same call may be made again."""
        return self.error is not None and self.error.kind is ErrorKind.NOT_EXECUTED


@dataclass(frozen=True, slots=True)
class Refund:
    """Give back `amount_fen` of a payment of `total_fen`.

    `refund_no` is the idempotency key; a repeat carries the same sums. `submitted_at` is as in a Debit.
    """

    refund_no: str
    payment: PaymentRef
    amount_fen: int
    total_fen: int
    reason: str = ""
    currency: str = "CNY"
    notify_url: str = ""
    submitted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RefundRef:
    """A refund the channel may know."""

    refund_no: str
    payment: PaymentRef
    submitted_at: datetime | None = None
    channel_state: Mapping[str, Any] = field(default_factory=_nothing)


@dataclass(frozen=True, slots=True)
class RefundResult:
    """What the channel says of one refund.

    Where `cumulative` is true, `amount_fen` is all that was refunded of the payment so far, not this refund alone:
    some notifications tell no more.
    """

    state: RefundState
    amount_fen: int | None = None
    currency: str | None = None
    cumulative: bool = False
    provider_no: str | None = None
    refunded_at: datetime | None = None
    error: ChannelError | None = None
    channel_state: Mapping[str, Any] = field(default_factory=_nothing)
    retry_after: timedelta | None = None
