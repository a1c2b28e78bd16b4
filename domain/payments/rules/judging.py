"""What a channel's word does to an attempt: it moves forward, stays, or turns out paid; it never goes back."""

from dataclasses import dataclass
from datetime import datetime

from domain.payments.ports import PaymentResult, PaymentState
from domain.payments.rules.states import ATTEMPT_MOVES, GIVEN_UP, AttemptState
from domain.shared.money import is_fen


@dataclass(frozen=True, slots=True)
class Asked:
    """What an attempt asked for, whether by now the channel must have heard of it, and what it brought."""

    amount_fen: int
    currency: str
    not_found_is_final: bool
    received_fen: int | None = None
    """What it brought, once that is booked."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an attempt is from now on.

    `paid`: money came by this word, to be booked now. `matches`: and it is what was asked. `late`: we had given the
    attempt up. `contradicts`: the word cannot follow what we know; what we know stands and a trace is kept. `doubted`:
    money came, but another sum, by a word nobody asked for; before it is booked the channel is asked. `denied`: no money
    came.
    """

    state: AttemptState
    paid: bool = False
    matches: bool = True
    late: bool = False
    contradicts: bool = False
    doubted: bool = False
    denied: bool = False


def judge(state: AttemptState, result: PaymentResult, asked: Asked, *, proves_sums: bool = True) -> Verdict:
    """Judge one word about an attempt, whoever brought it. `proves_sums`: also of another sum than was asked for.

    What teaches nothing leaves everything as it is: UNKNOWN, a call that was not executed, a NOT_FOUND that is too
    early, a success that does not say how much.
    """
    told = _told(result, asked)
    if told is None:
        return Verdict(AttemptState.UNKNOWN if _fails_first_call(state, result) else state)
    if told not in ATTEMPT_MOVES[state]:
        contradicts = told is not AttemptState.NOT_FOUND if told is not state else _is_of_another_sum(result, asked)
        return Verdict(state, contradicts=contradicts, denied={told, state} <= GIVEN_UP)
    if told is not AttemptState.SUCCEEDED:
        return Verdict(told, denied=told in GIVEN_UP)
    matches = (result.amount_fen, result.currency) == (asked.amount_fen, asked.currency)
    if not (matches or proves_sums):
        return Verdict(AttemptState.UNKNOWN if state is AttemptState.SUBMITTING else state, doubted=True)
    return Verdict(told, paid=True, matches=matches, late=state in GIVEN_UP)


def _told(result: PaymentResult, asked: Asked) -> AttemptState | None:
    """The state a result proves, None when it proves none."""
    if result.state is PaymentState.SUCCEEDED:
        believable = is_fen(result.amount_fen) and result.amount_fen > 0 and result.currency
        return AttemptState.SUCCEEDED if believable else None
    if result.state is PaymentState.UNKNOWN or result.not_executed:
        return None
    if result.state is PaymentState.NOT_FOUND and not asked.not_found_is_final:
        return None
    return AttemptState(result.state.value)


def _fails_first_call(state: AttemptState, result: PaymentResult) -> bool:
    # NOT_EXECUTED and NOT_FOUND leave it SUBMITTING: it is still to be made, under the same number.
    return state is AttemptState.SUBMITTING and not result.not_executed and result.state is not PaymentState.NOT_FOUND


def _is_of_another_sum(result: PaymentResult, asked: Asked) -> bool:
    """Whether what is booked is not what is told of it now."""
    booked = (asked.received_fen, asked.currency)
    return asked.received_fen is not None and (result.amount_fen, result.currency) != booked


def money_date(told: datetime | None, *, submitted_at: datetime, at: datetime) -> datetime:
    """When money came, as the channel says, within reason: not before it was asked for, and not later than now."""
    if not isinstance(told, datetime) or told.tzinfo is None:
        return at
    return min(max(told, submitted_at), at)
