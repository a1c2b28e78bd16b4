"""Rows of payments."""

from domain.payments.models.mandates import Mandate, MandateChange
from domain.payments.models.orders import (
    AttemptChange,
    ChannelExchange,
    PaymentAttempt,
    PaymentIntent,
    PaymentOrder,
)
from domain.payments.models.refunds import Refund, RefundChange
from domain.payments.models.unplaced import Unplaced, UnplacedReason
from domain.payments.rules.refunding import RefundPurpose, RefundState, Resolution
from domain.payments.rules.states import AttemptState, OrderStatus

__all__ = [
    "AttemptChange",
    "AttemptState",
    "ChannelExchange",
    "Mandate",
    "MandateChange",
    "OrderStatus",
    "PaymentAttempt",
    "PaymentIntent",
    "PaymentOrder",
    "Refund",
    "RefundChange",
    "RefundPurpose",
    "RefundState",
    "Resolution",
    "Unplaced",
    "UnplacedReason",
]
