"""Rows of payments."""

from domain.payments.models.orders import (
    AttemptChange,
    ChannelExchange,
    PaymentAttempt,
    PaymentIntent,
    PaymentOrder,
)
from domain.payments.models.unplaced import Unplaced, UnplacedReason
from domain.payments.rules.states import AttemptState, OrderStatus

__all__ = [
    "AttemptChange",
    "AttemptState",
    "ChannelExchange",
    "OrderStatus",
    "PaymentAttempt",
    "PaymentIntent",
    "PaymentOrder",
    "Unplaced",
    "UnplacedReason",
]
