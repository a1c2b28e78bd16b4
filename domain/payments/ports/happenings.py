"""What observers of payments hear of, by name."""

from enum import StrEnum


class Happening(StrEnum):
    """`PaymentEvent.name`. Later versions may add words: an observer passes over those it does not know.

    An order: its money came (PAID; MISMATCH: not what was asked), the channel declined it, it can no longer be paid.
    An attempt: nobody knows what became of it, or it succeeded after it was given up. A refund went back, or did not.
    A mandate can be debited, or no longer. Money came that is not applied to a loan.
    """

    ORDER_PAID = "order.paid"
    ORDER_MISMATCH = "order.mismatch"
    ORDER_FAILED = "order.failed"
    ORDER_CLOSED = "order.closed"
    ATTEMPT_UNKNOWN = "attempt.unknown"
    ATTEMPT_LATE = "attempt.late"
    REFUND_SUCCEEDED = "refund.succeeded"
    REFUND_DECLINED = "refund.declined"
    MANDATE_ACTIVE = "mandate.active"
    MANDATE_SUSPENDED = "mandate.suspended"
    MANDATE_REVOKED = "mandate.revoked"
    MONEY_UNPLACED = "money.unplaced"
