"""What WeChat's words mean in ours: error codes, trade and refund states, sums and times."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from domain.payments.ports import (
    ChannelError,
    ErrorCode,
    ErrorKind,
    PaymentResult,
    PaymentState,
    RefundResult,
    RefundState,
    Retry,
)

Fields = Mapping[str, Any]

REFUND_PATIENCE = timedelta(minutes=1)
"""A refund is accepted first and done later; WeChat's own advice for the first question."""

_OURS = (ErrorKind.INVALID_REQUEST, ErrorCode.OTHER, Retry.NEVER)
_SETTINGS = (ErrorKind.CONFIG, ErrorCode.OTHER, Retry.NEVER)
_RIGHTS = (ErrorKind.CONFIG, ErrorCode.NO_PERMISSION, Retry.NEVER)
_SIGNATURE = (ErrorKind.CONFIG, ErrorCode.SIGN_ERROR, Retry.NEVER)
_BUSY = (ErrorKind.NOT_EXECUTED, ErrorCode.RATE_LIMITED, Retry.NEVER)
_FUNDS = (ErrorKind.DECLINED, ErrorCode.INSUFFICIENT_FUNDS, Retry.LATER_DAY)
_LIMIT = (ErrorKind.DECLINED, ErrorCode.LIMIT_EXCEEDED, Retry.NEVER)
_ACCOUNT = (ErrorKind.DECLINED, ErrorCode.ACCOUNT_INVALID, Retry.AFTER_USER_ACTION)
_IN_USE = (ErrorKind.CONFLICT, ErrorCode.NUMBER_REUSED, Retry.NEVER)
_BROKEN = (ErrorKind.UNKNOWN, ErrorCode.SYSTEM_ERROR, Retry.NEVER)
_PROCESSING = (ErrorKind.UNKNOWN, ErrorCode.PROCESSING, Retry.NEVER)
_NOBODY_KNOWS = (ErrorKind.UNKNOWN, ErrorCode.OTHER, Retry.NEVER)

# Only what proves that no money moved or can move by this call is a decline. What is not listed is unknown.
_CODES: Mapping[str, tuple[ErrorKind, ErrorCode, Retry]] = {
    "PARAM_ERROR": _OURS,
    "INVALID_REQUEST": _OURS,
    "SIGN_ERROR": _SIGNATURE,
    "APPID_MCHID_NOT_MATCH": _SETTINGS,
    "MCH_NOT_EXISTS": _SETTINGS,
    "NO_AUTH": _RIGHTS,
    "RULE_LIMIT": _LIMIT,
    "NOT_ENOUGH": _FUNDS,
    "USER_ACCOUNT_ABNORMAL": _ACCOUNT,
    "FREQUENCY_LIMITED": _BUSY,
    "RATELIMIT_EXCEEDED": _BUSY,
    "ORDER_PAID": _IN_USE,
    "ORDER_CLOSED": _IN_USE,
    "OUT_TRADE_NO_USED": _IN_USE,
    "USERPAYING": _PROCESSING,
    "SYSTEM_ERROR": _BROKEN,
    "BANK_ERROR": _BROKEN,
}
_STATUSES: Mapping[int, tuple[ErrorKind, ErrorCode, Retry]] = {401: _SIGNATURE, 429: _BUSY}
_ABSENT = {"ORDER_NOT_EXIST", "RESOURCE_NOT_EXISTS"}
_OLD_SPELLINGS = {
    "ORDERNOTEXIST": "ORDER_NOT_EXIST",
    "ORDERPAID": "ORDER_PAID",
    "ORDERCLOSED": "ORDER_CLOSED",
    "NOTENOUGH": "NOT_ENOUGH",
    "BANKERROR": "BANK_ERROR",
    "SYSTEMERROR": "SYSTEM_ERROR",
}
"""Some operations still answer with the words of version 2."""

_NO_SUM = ChannelError(ErrorKind.UNKNOWN, ErrorCode.MALFORMED_ANSWER, "there is no sum that can be read")

_TRADE_STATES: Mapping[str, PaymentState] = {
    "SUCCESS": PaymentState.SUCCEEDED,
    # Refunded, wholly or in part: it was a payment all the same.
    "REFUND": PaymentState.SUCCEEDED,
    "NOTPAY": PaymentState.PROCESSING,
    "USERPAYING": PaymentState.PROCESSING,
    "ACCEPT": PaymentState.PROCESSING,
    "CLOSED": PaymentState.CLOSED,
    "REVOKED": PaymentState.CLOSED,
    "PAYERROR": PaymentState.DECLINED,
}
_REFUND_STATES: Mapping[str, RefundState] = {
    "SUCCESS": RefundState.SUCCEEDED,
    "PROCESSING": RefundState.PROCESSING,
    "CLOSED": RefundState.DECLINED,
    # The payer's account does not take it. A person finishes it in WeChat's console, and then it may still succeed.
    "ABNORMAL": RefundState.UNKNOWN,
}
_REFUND_FAULTS: Mapping[str, tuple[ErrorKind, ErrorCode, Retry]] = {
    "CLOSED": (ErrorKind.DECLINED, ErrorCode.OTHER, Retry.NEVER),
    "ABNORMAL": (ErrorKind.UNKNOWN, ErrorCode.ACCOUNT_INVALID, Retry.NEVER),
}


def error_of(status: int, answer: Fields) -> ChannelError:
    """The error in a verified answer that is no success."""
    said = str(answer.get("code", ""))
    code = _OLD_SPELLINGS.get(said, said)
    kind, ours, retry = _CODES.get(code) or _STATUSES.get(status) or (_BROKEN if status >= 500 else _NOBODY_KNOWS)
    return ChannelError(
        kind,
        ours,
        f"HTTP {status}",
        provider_code=code,
        provider_message=str(answer.get("message", "")),
        retry=retry,
    )


def state_after(error: ChannelError) -> PaymentState:
    """What is known of a payment when a call about it ended in this error."""
    if error.provider_code in _ABSENT:
        return PaymentState.NOT_FOUND
    if error.code is ErrorCode.PROCESSING:
        return PaymentState.PROCESSING
    return PaymentState.DECLINED if error.kind is ErrorKind.DECLINED else PaymentState.UNKNOWN


def payment(fields: Fields) -> PaymentResult:
    """What an order's fields say. The sum is what was asked, `total`: coupons are settled between WeChat and its payer."""
    state = _TRADE_STATES.get(text(fields.get("trade_state")) or "", PaymentState.UNKNOWN)
    amount = part(fields, "amount")
    total = fen(amount.get("total"))
    if state is PaymentState.SUCCEEDED and total is None:
        return PaymentResult(PaymentState.UNKNOWN, error=_NO_SUM)
    return PaymentResult(
        state,
        amount_fen=total,
        currency=str(amount.get("currency") or "CNY"),
        provider_no=text(fields.get("transaction_id")),
        payer_id_masked=_masked(text(part(fields, "payer").get("openid"))),
        paid_at=instant(fields.get("success_time")),
        error=_failed(fields) if state is PaymentState.DECLINED else None,
    )


def refund(fields: Fields, status: str) -> RefundResult:
    """What a refund's fields say. The sum is this refund's alone."""
    state = _REFUND_STATES.get(status, RefundState.UNKNOWN)
    amount = part(fields, "amount")
    given_back = fen(amount.get("refund"))
    if state is RefundState.SUCCEEDED and given_back is None:
        return RefundResult(RefundState.UNKNOWN, error=_NO_SUM)
    fault = _REFUND_FAULTS.get(status)
    return RefundResult(
        state,
        amount_fen=given_back,
        currency=str(amount.get("currency") or "CNY"),
        provider_no=text(fields.get("refund_id")),
        refunded_at=instant(fields.get("success_time")),
        error=ChannelError(fault[0], fault[1], provider_code=status, retry=fault[2]) if fault else None,
        retry_after=REFUND_PATIENCE if state is RefundState.PROCESSING else None,
    )


def part(fields: Fields, name: str) -> Fields:
    """The object of that name, an empty one where there is none."""
    found = fields.get(name)
    return cast("Fields", found) if isinstance(found, dict) else {}


def text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def fen(value: object) -> int | None:
    """A sum in fen; None when it is none. True is no sum, nor is 100.0."""
    return value if type(value) is int and value > 0 else None


def instant(value: object) -> datetime | None:
    """An RFC 3339 time with its offset; None when it is none."""
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return at if at and at.tzinfo else None


def _failed(fields: Fields) -> ChannelError:
    return ChannelError(
        ErrorKind.DECLINED,
        ErrorCode.OTHER,
        provider_code=str(fields.get("trade_state")),
        provider_message=str(fields.get("trade_state_desc", "")),
    )


def _masked(openid: str | None) -> str | None:
    return f"{openid[:4]}***{openid[-4:]}" if openid and len(openid) > 12 else None
