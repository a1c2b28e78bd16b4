"""The kinds of messages, their states, and which may follow which."""

from enum import StrEnum

from domain.shared.machine import Machine


class TemplateKind(StrEnum):
    """`VERIFICATION` and `SERVICE` answer what a person just did; the rest keeps quiet hours.

    `LOCATE_ONLY` never discloses a debt.
    """

    VERIFICATION = "VERIFICATION"
    SERVICE = "SERVICE"
    REMINDER = "REMINDER"
    OVERDUE = "OVERDUE"
    LOCATE_ONLY = "LOCATE_ONLY"


class MessageStatus(StrEnum):
    """SENDING stays SENDING until somebody knows: sending again could reach a person twice."""

    QUEUED = "QUEUED"
    SENDING = "SENDING"
    SENT = "SENT"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"
    CANCELLED = "CANCELLED"


_TOLD = frozenset({MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.FAILED})

MESSAGE = Machine(
    "message",
    {
        # Straight to SENT or DELIVERED when a receipt comes while it waits to be sent again.
        MessageStatus.QUEUED: frozenset(
            {MessageStatus.SENDING, MessageStatus.CANCELLED, MessageStatus.SENT, MessageStatus.DELIVERED}
        ),
        # Back to QUEUED only when the provider is sure that it never had it.
        MessageStatus.SENDING: _TOLD | {MessageStatus.UNKNOWN, MessageStatus.QUEUED},
        MessageStatus.UNKNOWN: _TOLD | {MessageStatus.QUEUED},
        MessageStatus.SENT: frozenset({MessageStatus.DELIVERED, MessageStatus.FAILED}),
    },
)
