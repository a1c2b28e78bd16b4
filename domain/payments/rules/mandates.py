"""How far a borrower's permission to debit has come, what a channel's word does to it, and the words it is given in."""

from enum import StrEnum
from hashlib import sha256

from domain.payments.ports import ErrorCode, HtmlForm, MandateResult, MandateState, RedirectUrl, Retry, SmsSent
from domain.shared.machine import Machine
from domain.shared.money import yuan

MOST_TRIES = 5
"""So many wrong codes end a signing, whatever the channel would still take."""


class MandateStatus(StrEnum):
    """Only an ACTIVE one is debited. REQUESTED, CONFIRMING and REVOKING are ours: committed before the channel is called.

    SUSPENDED: a debit under it was refused for good; its borrower revokes it and signs anew. EXPIRED: not signed in
    time, or out of date.
    """

    REQUESTED = "REQUESTED"
    AWAITING_CODE = "AWAITING_CODE"
    AWAITING_PAGE = "AWAITING_PAGE"
    CONFIRMING = "CONFIRMING"
    PROCESSING = "PROCESSING"
    UNKNOWN = "UNKNOWN"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    REVOKING = "REVOKING"
    REVOKED = "REVOKED"
    DECLINED = "DECLINED"
    EXPIRED = "EXPIRED"


class MandateRefusal(StrEnum):
    """Why a mandate came to nothing."""

    DECLINED = "DECLINED"
    WRONG_CODE = "WRONG_CODE"
    NOT_REACHED = "NOT_REACHED"
    NO_ANSWER = "NO_ANSWER"


class MandateSource(StrEnum):
    """Who changed it: the answer to one of our calls, a notice, the borrower, or we ourselves."""

    BEGIN = "BEGIN"
    CONFIRM = "CONFIRM"
    QUERY = "QUERY"
    REVOKE = "REVOKE"
    NOTICE = "NOTICE"
    DEBIT = "DEBIT"
    BORROWER = "BORROWER"
    SYSTEM = "SYSTEM"


_M = MandateStatus

_OVER = frozenset({_M.REVOKING, _M.REVOKED, _M.EXPIRED})
_SIGNING = frozenset({_M.AWAITING_CODE, _M.AWAITING_PAGE, _M.PROCESSING, _M.ACTIVE, _M.DECLINED, _M.UNKNOWN}) | _OVER

MANDATE = Machine(
    "mandate",
    {
        _M.REQUESTED: _SIGNING,
        _M.UNKNOWN: _SIGNING - {_M.UNKNOWN},
        _M.AWAITING_CODE: frozenset({_M.CONFIRMING, _M.PROCESSING, _M.ACTIVE, _M.DECLINED}) | _OVER,
        _M.CONFIRMING: _SIGNING,
        _M.AWAITING_PAGE: frozenset({_M.PROCESSING, _M.ACTIVE, _M.DECLINED}) | _OVER,
        _M.PROCESSING: frozenset({_M.ACTIVE, _M.DECLINED}) | _OVER,
        _M.ACTIVE: frozenset({_M.SUSPENDED}) | _OVER,
        _M.SUSPENDED: _OVER,
        _M.REVOKING: frozenset({_M.REVOKED}),
        # A page that was open when it was taken back, and was signed after.
        _M.REVOKED: frozenset({_M.REVOKING}),
        # We had told the borrower that it came to nothing: what is signed all the same is taken back.
        _M.DECLINED: frozenset({_M.REVOKING}),
        _M.EXPIRED: frozenset({_M.REVOKING}),
    },
)

FINAL = frozenset({_M.REVOKED, _M.DECLINED, _M.EXPIRED})

IN_FLIGHT = frozenset({_M.REQUESTED, _M.CONFIRMING})
"""A call is being made, or its process died: then it is asked about."""

TO_SIGN = frozenset({_M.AWAITING_CODE, _M.AWAITING_PAGE})
"""The borrower's turn. He may leave it and begin anew."""

_FOLLOWS = {
    MandateState.PROCESSING: _M.PROCESSING,
    MandateState.DECLINED: _M.DECLINED,
    MandateState.REVOKED: _M.REVOKED,
    MandateState.EXPIRED: _M.EXPIRED,
}
_GONE = frozenset({MandateState.REVOKED, MandateState.EXPIRED, MandateState.NOT_FOUND})


def judge(
    status: MandateStatus,
    result: MandateResult,
    source: MandateSource,
    *,
    not_found_is_final: bool = True,
    never_signed: bool = False,
) -> MandateStatus:
    """What a mandate is after a channel's word about it; `status` where that teaches nothing.

    Doubt never makes one ACTIVE, nor does ACTIVE without the token that a debit names, and a NOT_FOUND that is too early
    is doubt. A first call whose answer nobody knows is UNKNOWN. A REVOKED one that is `never_signed` and is signed after
    all is taken back once more; of one that was signed such a word is late.
    """
    early = result.state is MandateState.NOT_FOUND and not not_found_is_final and not result.not_executed
    if status is _M.REVOKED and not never_signed:
        return status
    told = None if early else _told(status, result, source)
    if told is None:
        return _M.UNKNOWN if status in IN_FLIGHT else status
    return told if MANDATE.allows(status, told) else status


def _told(status: MandateStatus, result: MandateResult, source: MandateSource) -> MandateStatus | None:
    """The status a word leads to, None where nobody knows."""
    if result.not_executed:
        return _not_executed(status, source)
    if status is _M.REVOKING:
        # A refusal to revoke leaves it to be revoked; that it never came to be does not.
        gone = result.state in _GONE or (source is MandateSource.QUERY and result.state is MandateState.DECLINED)
        return _M.REVOKED if gone else status
    if status in FINAL:
        return _M.REVOKING if result.state is MandateState.ACTIVE else status
    if result.state is MandateState.ACTION_REQUIRED:
        return _to_do(status, result)
    return _signed_or_not(status, result)


def _signed_or_not(status: MandateStatus, result: MandateResult) -> MandateStatus | None:
    match result.state:
        case MandateState.ACTIVE:
            return _M.ACTIVE if result.token else None
        case MandateState.NOT_FOUND:
            # An unopened page need not exist there; and what was active once does not vanish by an answer like that.
            return _M.DECLINED if status in IN_FLIGHT | {_M.UNKNOWN} else status
        case _:
            return _FOLLOWS.get(result.state)


def _to_do(status: MandateStatus, result: MandateResult) -> MandateStatus | None:
    if status is _M.CONFIRMING:
        return _M.AWAITING_CODE
    match result.action:
        case SmsSent():
            return _M.AWAITING_CODE
        case RedirectUrl() | HtmlForm():
            return _M.AWAITING_PAGE
        case _:
            return None


def _not_executed(status: MandateStatus, source: MandateSource) -> MandateStatus:
    """Surely nothing happened: a code may be tried again; what was never begun is begun anew by the borrower."""
    if source is MandateSource.CONFIRM:
        return _M.AWAITING_CODE
    return _M.DECLINED if source is MandateSource.BEGIN else status


def refusal_of(result: MandateResult) -> MandateRefusal:
    """Why, of a mandate that has just been DECLINED."""
    never_there = result.not_executed or result.state is MandateState.NOT_FOUND
    return MandateRefusal.NOT_REACHED if never_there else MandateRefusal.DECLINED


def ends_mandate(code: ErrorCode, retry: Retry) -> bool:
    """Whether a debit that was declined so shows that nothing can be debited under its mandate any more.

    Without money on the account another day is another chance, whatever the channel says of repeating it.
    """
    if code is ErrorCode.INSUFFICIENT_FUNDS:
        return False
    return code is ErrorCode.MANDATE_INVALID or retry is Retry.NEVER


def terms_of(*, number: str, channel: str, last4: str | None, cap_fen: int) -> str:
    """What the borrower agrees to by signing, in his language; kept as it was shown, with its hash.

    Without the last digits of a card it is about the account he signs with at the channel.
    """
    account = f"尾号 {last4} 的银行卡" if last4 else f"签约时使用的{channel}账户"
    return (
        f"委托扣款授权书 {number}\n"
        f"本人授权随贷在本人各笔借款的还款日及逾期后，委托{channel}从本人{account}扣收当日应还款项"
        f"（本金、利息及罚息），单笔不超过 {yuan(cap_fen)} 元，不提前扣收未到期款项。"
        "本授权适用于本人在随贷的全部未结清借款。本人可随时在应用内撤销，撤销后随贷不再发起扣款，还款义务不变。"
    )


def terms_hash(terms: str) -> bytes:
    return sha256(terms.encode()).digest()
