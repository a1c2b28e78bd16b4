"""How a channel fared of late: which tries count for it and which against it, and how fast they are forgotten."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, localcontext

from domain.payments.ports import ErrorCode, ErrorKind
from domain.payments.rules.states import AttemptState

LOOKED_BACK = 8
"""So many half-lives: what is older counts less than half a hundredth of a new one."""

MICRO = 1_000_000


@dataclass(frozen=True, slots=True)
class Fared:
    """Tries that went well and that did not, in millionths of one made just now, and how many they were."""

    good: int = 0
    bad: int = 0
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Tries:
    """Tries of one channel that are equally old and came to the same. `doubted`: the call left us in doubt at first."""

    channel: str
    age: timedelta
    state: AttemptState
    kind: ErrorKind | None = None
    code: ErrorCode | None = None
    doubted: bool = False
    count: int = 1


_PAYERS_OWN = frozenset(
    {
        ErrorCode.INSUFFICIENT_FUNDS,
        ErrorCode.ACCOUNT_INVALID,
        ErrorCode.ACCOUNT_FROZEN,
        ErrorCode.MANDATE_INVALID,
    }
)
"""Refusals another channel would repeat: they say nothing against the one that was asked."""

_CHANNELS_OWN = frozenset(
    {
        ErrorCode.LIMIT_EXCEEDED,
        ErrorCode.NOT_SUPPORTED_BANK,
        ErrorCode.SIGN_ERROR,
        ErrorCode.NO_PERMISSION,
        ErrorCode.BAD_KEY,
    }
)
"""Refusals that another channel need not share. RISK is none: a suspicion is not to be got round by another road."""


def is_channels_own(code: ErrorCode) -> bool:
    """Whether what one channel declined for this reason may be tried at another."""
    return code in _CHANNELS_OWN


def is_accounts_own(code: ErrorCode) -> bool:
    """Whether a refusal is about the payer's account: his other account need not share it."""
    return code in _PAYERS_OWN


def judged(tries: Tries) -> bool | None:
    """Whether the channel did its part of a try; None: that is not known yet, or nobody can tell.

    It did where money came, where the payer's own account refused, and where it showed a page, paid or not. It did not
    where it left us in doubt, whatever became of that, where it did nothing, and where it refused for any other reason.
    """
    undone = tries.kind is ErrorKind.NOT_EXECUTED
    if tries.doubted or tries.state is AttemptState.UNKNOWN:
        return False
    match tries.state:
        case AttemptState.SUBMITTING | AttemptState.PROCESSING:
            return False if undone else None
        case AttemptState.DECLINED:
            return tries.code in _PAYERS_OWN
        case _:
            return not undone


def fared_of(tries: Iterable[Tries], half_life: timedelta) -> dict[str, Fared]:
    """How each channel fared: every try weighs half of one that is a half-life younger."""
    found: dict[str, Fared] = {}
    for each in tries:
        went_well = judged(each)
        if went_well is None:
            continue
        before, weight = found.get(each.channel, Fared()), _weight(each.age, half_life) * each.count
        found[each.channel] = Fared(
            before.good + weight * went_well, before.bad + weight * (not went_well), before.tries + each.count
        )
    return found


def _weight(age: timedelta, half_life: timedelta) -> int:
    """How much a try of this age counts, in millionths."""
    with localcontext(prec=28):
        halves = Decimal(max(age, timedelta()) // timedelta(seconds=1)) / Decimal(half_life // timedelta(seconds=1))
        return int((Decimal(2) ** -halves * MICRO).to_integral_value())
