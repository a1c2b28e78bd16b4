"""The states of an order and of an attempt, and what may follow what."""

from collections.abc import Mapping
from enum import StrEnum


class OrderStatus(StrEnum):
    """`MISMATCH`: money came, but not what was asked; it lies in suspense and on a work list."""

    CREATED = "CREATED"
    PROCESSING = "PROCESSING"
    PAID = "PAID"
    CLOSED = "CLOSED"
    FAILED = "FAILED"
    MISMATCH = "MISMATCH"


class AttemptState(StrEnum):
    """SUBMITTING is ours: committed before the call. The rest is what a channel says (ports.PaymentState).

    NOT_FOUND is stored only where it is final; said earlier it teaches nothing.
    """

    SUBMITTING = "SUBMITTING"
    ACTION_REQUIRED = "ACTION_REQUIRED"
    PROCESSING = "PROCESSING"
    SUCCEEDED = "SUCCEEDED"
    DECLINED = "DECLINED"
    CLOSED = "CLOSED"
    NOT_FOUND = "NOT_FOUND"
    UNKNOWN = "UNKNOWN"


class PaymentMethod(StrEnum):
    """Who began a payment: the borrower by his own hand, or we under his mandate."""

    ACTIVE = "ACTIVE"
    WITHHOLDING = "WITHHOLDING"


WITHHOLDING = "withholding"
"""The product of a debit: none of those by which a borrower pays."""


class PaymentIntent(StrEnum):
    """What a paid order is for; lending reads it, payments only carries it."""

    INSTALLMENT = "INSTALLMENT"
    PREPAY = "PREPAY"
    PAYOFF = "PAYOFF"


_A = AttemptState
_O = OrderStatus

_KNOWN_THERE = frozenset({_A.ACTION_REQUIRED, _A.PROCESSING, _A.SUCCEEDED, _A.DECLINED, _A.CLOSED})

# SUCCEEDED is the end. Money that comes after we took it for declined or closed is a late success, never a loss.
# From PROCESSING there is no NOT_FOUND: the channel has known it, so that answer is doubt, not proof.
ATTEMPT_MOVES: Mapping[AttemptState, frozenset[AttemptState]] = {
    _A.SUBMITTING: _KNOWN_THERE | {_A.UNKNOWN, _A.NOT_FOUND},
    _A.UNKNOWN: _KNOWN_THERE | {_A.NOT_FOUND},
    _A.ACTION_REQUIRED: _KNOWN_THERE - {_A.ACTION_REQUIRED} | {_A.NOT_FOUND},
    _A.PROCESSING: _KNOWN_THERE - {_A.PROCESSING},
    _A.DECLINED: frozenset({_A.SUCCEEDED}),
    _A.CLOSED: frozenset({_A.SUCCEEDED}),
    _A.NOT_FOUND: frozenset({_A.SUCCEEDED}),
    _A.SUCCEEDED: frozenset(),
}

ORDER_MOVES: Mapping[OrderStatus, frozenset[OrderStatus]] = {
    _O.CREATED: frozenset({_O.PROCESSING, _O.CLOSED}),
    _O.PROCESSING: frozenset({_O.PAID, _O.CLOSED, _O.FAILED, _O.MISMATCH}),
    _O.FAILED: frozenset({_O.PROCESSING, _O.PAID, _O.MISMATCH}),
    _O.CLOSED: frozenset({_O.PAID, _O.MISMATCH}),
    _O.MISMATCH: frozenset({_O.PAID}),
    _O.PAID: frozenset(),
}

OPEN = frozenset({_A.SUBMITTING, _A.ACTION_REQUIRED, _A.PROCESSING, _A.UNKNOWN})
"""Money may still move by it, so it is being asked about."""

GIVEN_UP = frozenset({_A.DECLINED, _A.CLOSED, _A.NOT_FOUND})
"""No money moved, by a verified answer. Should it move after all, that is a late success."""

_ORDER_AFTER: Mapping[AttemptState, OrderStatus] = {
    **dict.fromkeys(OPEN, _O.PROCESSING),
    _A.SUCCEEDED: _O.PAID,
    _A.DECLINED: _O.FAILED,
    _A.CLOSED: _O.CLOSED,
    _A.NOT_FOUND: _O.CLOSED,
}


def order_after(state: AttemptState, *, matches: bool = True) -> OrderStatus:
    """What an order becomes when its attempt reaches `state`; `matches` says whether what came is what was asked."""
    return _O.MISMATCH if state is _A.SUCCEEDED and not matches else _ORDER_AFTER[state]


def is_live(state: AttemptState, *, superseded: bool) -> bool:
    """Whether an attempt holds its loan's one place.

    A borrower who asks for a new page while the old one cannot be closed takes the place from it; the old one stays
    open, and what it brings is recognised as paid twice.
    """
    return state in OPEN and not superseded
