"""How a refund moves: what a channel's word does to it, when it is sent again, how much may go back."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.payments.ports import ErrorKind, RefundAbility, RefundResult
from domain.payments.ports import RefundState as Told
from domain.payments.rules.asking import CRASHED_AFTER, wait_before
from domain.shared.machine import Machine
from domain.shared.money import CURRENCY


class RefundState(StrEnum):
    """SUBMITTING is committed before the call. Only SUCCEEDED means that money went back."""

    REQUESTED = "REQUESTED"
    SUBMITTING = "SUBMITTING"
    PROCESSING = "PROCESSING"
    SUCCEEDED = "SUCCEEDED"
    DECLINED = "DECLINED"
    UNKNOWN = "UNKNOWN"


class RefundPurpose(StrEnum):
    """Why money goes back, and with it from which account: EXCESS is held for the borrower, the rest is in suspense."""

    DOUBLE_PAYMENT = "DOUBLE_PAYMENT"
    WRONG_AMOUNT = "WRONG_AMOUNT"
    UNPLACED = "UNPLACED"
    EXCESS = "EXCESS"


class Resolution(StrEnum):
    """What became of money on the work list."""

    REFUNDED = "REFUNDED"
    APPLIED = "APPLIED"
    CLOSED = "CLOSED"


_R = RefundState

# A refund that was declined and went through all the same has left our account: it is booked, never ignored.
REFUND = Machine(
    "refund",
    {
        _R.REQUESTED: frozenset({_R.SUBMITTING, _R.DECLINED}),
        _R.SUBMITTING: frozenset({_R.PROCESSING, _R.SUCCEEDED, _R.DECLINED, _R.UNKNOWN}),
        _R.UNKNOWN: frozenset({_R.PROCESSING, _R.SUCCEEDED, _R.DECLINED}),
        _R.PROCESSING: frozenset({_R.SUCCEEDED, _R.DECLINED}),
        _R.DECLINED: frozenset({_R.SUCCEEDED}),
    },
)

SENT = frozenset({_R.SUBMITTING, _R.PROCESSING, _R.UNKNOWN})
"""The channel may be at it: it is asked about."""

UNDER_WAY = SENT | {_R.REQUESTED}
"""Not over: no other refund of the same money is begun meanwhile."""

_UNANSWERED = frozenset({_R.SUBMITTING, _R.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a refund is to give back, and what of the same payment has surely gone back by others."""

    amount_fen: int
    others_fen: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a refund is from now on. `contradicts`: the word cannot be, given what we know; a trace of it is kept."""

    state: RefundState
    contradicts: bool = False


def judge(state: RefundState, told: RefundResult, wanted: Wanted, *, asked: bool) -> Verdict:
    """Judge one word about a refund, whoever brought it.

    It is SUCCEEDED only on a word that fits its sum. `asked`: the word answers a question, not the refund itself; some
    channels answer PROCESSING about a refund they have never seen, so that moves nothing while the refund itself is
    unanswered.
    """
    said = _said(state, told, asked=asked)
    if said is None or said is state:
        return Verdict(state)
    if not REFUND.allows(state, said) or (said is RefundState.SUCCEEDED and not _fits(told, wanted)):
        return Verdict(state, contradicts=True)
    return Verdict(said)


def to_be_sent_again(state: RefundState, told: RefundResult) -> bool:
    """Whether a refund in `state` after a question answered with `told` is sent again, under its number, with its sums.

    One number is one refund however often it is sent, so it is sent until the channel has taken it.
    """
    if told.state is Told.NOT_FOUND:
        return state in SENT
    return told.state is Told.PROCESSING and state in _UNANSWERED


def next_ask(asks: int, *, at: datetime, told: RefundResult | None = None) -> datetime:
    """When to ask next after `asks` asks; a channel may wish for more time, up to an hour."""
    wished = (told.retry_after if told else None) or timedelta()
    return at + max(wait_before(asks), min(wished, timedelta(hours=1)))


def is_being_sent(submitted_at: datetime, at: datetime) -> bool:
    """Whether the process that claimed it may still be at its call."""
    return at < submitted_at + CRASHED_AFTER


def can_refund(abilities: AbstractSet[RefundAbility], amount_fen: int, *, total_fen: int, earlier: bool) -> bool:
    """Whether a channel gives back so much of a payment of `total_fen`, some of which went back `earlier`."""
    if earlier and RefundAbility.MULTIPLE not in abilities:
        return False
    return (RefundAbility.FULL if amount_fen == total_fen else RefundAbility.PARTIAL) in abilities


def _said(state: RefundState, told: RefundResult, *, asked: bool) -> RefundState | None:
    """The state a word proves, None when it proves none."""
    match told.state:
        case Told.SUCCEEDED | Told.DECLINED:
            return RefundState(told.state.value)
        case Told.PROCESSING:
            return None if asked and state in _UNANSWERED else RefundState.PROCESSING
        case Told.NOT_FOUND:
            return None
        case _:
            unsent = told.error is not None and told.error.kind is ErrorKind.NOT_EXECUTED
            return RefundState.UNKNOWN if state is RefundState.SUBMITTING and not unsent else None


def _fits(told: RefundResult, wanted: Wanted) -> bool:
    if told.currency not in {None, CURRENCY}:
        return False
    if told.cumulative:
        # All that went back of the payment: this refund is in it where it holds the others and this one.
        return told.amount_fen is not None and told.amount_fen >= wanted.amount_fen + wanted.others_fen
    return told.amount_fen in {None, wanted.amount_fen}
