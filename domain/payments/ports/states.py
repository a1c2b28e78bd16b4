"""The words of the channel contract: products, states, kinds and outcomes. Unknown words are read leniently."""

from enum import StrEnum
from typing import Self

from domain.shared.tolerant import Tolerant


class Product(Tolerant):
    """The way a borrower pays."""

    PAGE = "page"
    WAP = "wap"
    APP = "app"
    QR = "qr"
    JSAPI = "jsapi"
    H5 = "h5"
    OTHER = "other"


class PaymentState(Tolerant):
    """What is known of one try to move money.

    DECLINED and NOT_FOUND are said only on a verified answer that proves that no money moved or can move by this
    call; any doubt is UNKNOWN. NOT_FOUND becomes final only after `Capabilities.query_final_after`.
    """

    ACTION_REQUIRED = "ACTION_REQUIRED"
    PROCESSING = "PROCESSING"
    SUCCEEDED = "SUCCEEDED"
    DECLINED = "DECLINED"
    CLOSED = "CLOSED"
    NOT_FOUND = "NOT_FOUND"
    UNKNOWN = "UNKNOWN"


class RefundState(Tolerant):
    """What is known of one refund. Only SUCCEEDED means that the money has gone back."""

    PROCESSING = "PROCESSING"
    SUCCEEDED = "SUCCEEDED"
    DECLINED = "DECLINED"
    NOT_FOUND = "NOT_FOUND"
    UNKNOWN = "UNKNOWN"


class CloseResult(Tolerant):
    """What became of a wish to close an order. Only CLOSED says that it can no longer be paid."""

    CLOSED = "CLOSED"
    ALREADY_PAID = "ALREADY_PAID"
    NOT_FOUND = "NOT_FOUND"
    UNKNOWN = "UNKNOWN"

    @property
    def state(self) -> Self:
        """Itself: every result of the contract is asked for its `state`, and this one has nothing else to say."""
        return self


class MandateState(Tolerant):
    """What is known of a borrower's permission to debit. Only an ACTIVE one may be debited."""

    ACTION_REQUIRED = "ACTION_REQUIRED"
    PROCESSING = "PROCESSING"
    ACTIVE = "ACTIVE"
    DECLINED = "DECLINED"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"
    NOT_FOUND = "NOT_FOUND"
    UNKNOWN = "UNKNOWN"


class NotificationKind(Tolerant):
    """What a notification is about. A PROBE tests whether we verify, and is never counted as an alarm.

    BATCH: a batch of debits is finished, or several payments are told of at once.
    """

    PAYMENT = "PAYMENT"
    REFUND = "REFUND"
    MANDATE = "MANDATE"
    BATCH = "BATCH"
    PROBE = "PROBE"
    OTHER = "OTHER"


class NoticeOutcome(StrEnum):
    """What the core made of a notification; the plugin turns it into the channel's own answer."""

    ACCEPTED = "ACCEPTED"
    """Applied."""
    DUPLICATE = "DUPLICATE"
    """Its first copy was applied."""
    REJECTED = "REJECTED"
    """Proven, but not ours or not what we expected: kept for a person. Repeating it would not help."""
    RETRY = "RETRY"
    """Our own fault: please send it again."""
    BAD_SIGNATURE = "BAD_SIGNATURE"
    """Nobody knows who sent it."""


class BillKind(Tolerant):
    """The kind of a bill file (TRADE: what was traded; FUND: what moved on the account) and of a row in one."""

    TRADE = "TRADE"
    FUND = "FUND"
    PAYMENT = "PAYMENT"
    REFUND = "REFUND"
    FEE = "FEE"
    OTHER = "OTHER"


class MandateSigning(Tolerant):
    """How a borrower signs a mandate."""

    PAGE = "page"
    SMS = "sms"
    NONE = "none"
    OTHER = "other"


class RefundAbility(Tolerant):
    """How freely a channel refunds."""

    FULL = "full"
    PARTIAL = "partial"
    MULTIPLE = "multiple"
    OTHER = "other"
