"""Rows of payments."""

from domain.payments.models.orders import (
    AttemptChange,
    ChannelExchange,
    PaymentAttempt,
    PaymentIntent,
    PaymentOrder,
)
from domain.payments.models.unplaced import Unplaced, UnplacedReason

__all__ = [
    "AttemptChange",
    "ChannelExchange",
    "PaymentAttempt",
    "PaymentIntent",
    "PaymentOrder",
    "Unplaced",
    "UnplacedReason",
]
