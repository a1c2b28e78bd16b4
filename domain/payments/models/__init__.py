"""Rows of payments."""

from domain.payments.models.batches import PaymentBatch
from domain.payments.models.mandates import Mandate, MandateChange
from domain.payments.models.orders import (
    AttemptChange,
    ChannelExchange,
    ExchangeVerdict,
    PaymentAttempt,
    PaymentIntent,
    PaymentOrder,
    Signature,
)
from domain.payments.models.refunds import Refund, RefundChange
from domain.payments.models.settings import ChannelDraft, ChannelSetting
from domain.payments.models.unplaced import Unplaced, UnplacedReason
from domain.payments.rules.batching import BatchState
from domain.payments.rules.refunding import RefundPurpose, RefundState, Resolution
from domain.payments.rules.states import AttemptState, OrderStatus

__all__ = [
    "AttemptChange",
    "AttemptState",
    "BatchState",
    "ChannelDraft",
    "ChannelExchange",
    "ChannelSetting",
    "ExchangeVerdict",
    "Mandate",
    "MandateChange",
    "OrderStatus",
    "PaymentAttempt",
    "PaymentBatch",
    "PaymentIntent",
    "PaymentOrder",
    "Refund",
    "RefundChange",
    "RefundPurpose",
    "RefundState",
    "Resolution",
    "Signature",
    "Unplaced",
    "UnplacedReason",
]
