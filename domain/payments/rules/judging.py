"""What a channel's word does to an attempt: it moves forward, stays, or turns out paid; it never goes back."""

from dataclasses import dataclass
from datetime import datetime

from domain.payments.ports import PaymentResult, PaymentState
from domain.payments.rules.states import ATTEMPT_MOVES, GIVEN_UP, AttemptState
from domain.shared.money import is_fen


@dataclass(frozen=True, slots=True)
class Asked:
    """What an attempt asked for, and whether by now the channel must have heard of it."""

    amount_fen: int
    currency: str
    not_found_is_final: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an attempt is from now on.

    `paid`: money came by this word, to be booked now. `matches`: and it is what was asked. `late`: we had given the
    attempt up. `contradicts`: the word cannot follow what we know; what we know stands and a trace is kept.
    """

    state: AttemptState
    paid: bool = False
    matches: bool = True
    late: bool = False
    contradicts: bool = False


def judge(state: AttemptState, result: PaymentResult, asked: Asked) -> Verdict:
    """Judge one word about an attempt, whoever brought it.

    What teaches nothing leaves everything as it is: UNKNOWN, a call that was not executed, a NOT_FOUND that is too
    early, a success that does not say how much.
    """
    told = _told(result, asked)
    if told is None:
        return Verdict(AttemptState.UNKNOWN if _fails_first_call(state, result) else state)
    if told not in ATTEMPT_MOVES[state]:
        return Verdict(state, contradicts=told is not state and told is not AttemptState.NOT_FOUND)
    if told is not AttemptState.SUCCEEDED:
        return Verdict(told)
    return Verdict(
        told,
        paid=True,
        matches=(result.amount_fen, result.currency) == (asked.amount_fen, asked.currency),
        late=state in GIVEN_UP,
    )


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


def money_date(told: datetime | None, *, submitted_at: datetime, at: datetime) -> datetime:
    """When money came, as the channel says, within reason: not before it was asked for, and not later than now."""
    if not isinstance(told, datetime) or told.tzinfo is None:
        return at
    return min(max(told, submitted_at), at)
