"""The states of identity checks and bank cards, and which may follow which."""

from enum import StrEnum

from domain.shared.machine import Machine


class CheckStatus(StrEnum):
    """SM6. `UNKNOWN`: the provider was asked and nobody knows the answer yet; it is asked again by the same reference."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    MATCHED = "MATCHED"
    MISMATCHED = "MISMATCHED"
    UNREADABLE = "UNREADABLE"
    UNKNOWN = "UNKNOWN"


OPEN_CHECKS = frozenset({CheckStatus.QUEUED, CheckStatus.RUNNING, CheckStatus.UNKNOWN})

CHECK = Machine(
    "identity check",
    {
        CheckStatus.QUEUED: frozenset({CheckStatus.RUNNING}),
        # Back to QUEUED only when it is certain that the provider was not reached.
        CheckStatus.RUNNING: frozenset(
            {
                CheckStatus.MATCHED,
                CheckStatus.MISMATCHED,
                CheckStatus.UNREADABLE,
                CheckStatus.UNKNOWN,
                CheckStatus.QUEUED,
            }
        ),
        CheckStatus.UNKNOWN: frozenset({CheckStatus.RUNNING}),
    },
)


class CardStatus(StrEnum):
    """How far a binding has come. SUBMITTING, CONFIRMING, UNBINDING and UNKNOWN are asked about."""

    SUBMITTING = "SUBMITTING"
    CODE_SENT = "CODE_SENT"
    CONFIRMING = "CONFIRMING"
    BOUND = "BOUND"
    REFUSED = "REFUSED"
    UNBINDING = "UNBINDING"
    UNBOUND = "UNBOUND"
    UNKNOWN = "UNKNOWN"


IN_FLIGHT = frozenset({CardStatus.SUBMITTING, CardStatus.CONFIRMING, CardStatus.UNBINDING, CardStatus.UNKNOWN})

_TOLD = frozenset({CardStatus.CODE_SENT, CardStatus.BOUND, CardStatus.REFUSED, CardStatus.UNBOUND})

CARD = Machine(
    "bank card",
    {
        CardStatus.SUBMITTING: _TOLD | {CardStatus.UNKNOWN},
        CardStatus.CODE_SENT: frozenset({CardStatus.CONFIRMING, CardStatus.REFUSED}),
        CardStatus.CONFIRMING: _TOLD | {CardStatus.UNKNOWN},
        CardStatus.UNKNOWN: _TOLD,
        CardStatus.BOUND: frozenset({CardStatus.UNBINDING}),
        CardStatus.UNBINDING: frozenset({CardStatus.UNBOUND}),
    },
)
