"""What a proven notification says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.payments.ports.mandates import MandateResult
from domain.payments.ports.payments import PaymentResult, RefundResult
from domain.payments.ports.states import NotificationKind


@dataclass(frozen=True, slots=True)
class Notification:
    """A notification whose signature held.

    `result` is of the type its kind says and None for PROBE and OTHER. Two with the same `event_id` say the same.
    Whether order, amount and currency are what we asked is for the core to judge; what the channel says is here. A
    proven notice that names another merchant or app, or none, comes with state UNKNOWN and error FOREIGN_MERCHANT: it
    moves nothing, and the core rejects it for a person to see.

    Of a BATCH `results` are those of its items that are told, by order number; the others of `batch_no` are asked about.
    A MANDATE that is named by the bank's own token only has it as `mandate_token`, and no `mandate_no`.

    `echo` is what of the notice its answer must say, where the channel wants that: it is handed to
    `answer_notification` with the rest of the notification, and the core keeps and shows it nowhere.
    """

    kind: NotificationKind
    event_id: str
    order_no: str | None = None
    refund_no: str | None = None
    mandate_no: str | None = None
    result: PaymentResult | RefundResult | MandateResult | None = None
    raw: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)
    batch_no: str | None = None
    results: Mapping[str, PaymentResult] = field(default_factory=dict[str, PaymentResult])
    mandate_token: str | None = field(default=None, repr=False)
    echo: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
