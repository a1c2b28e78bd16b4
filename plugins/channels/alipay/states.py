"""What Alipay's words mean in ours: trade statuses, result codes, sub codes, sums and times."""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from domain.payments.ports import ChannelError, ErrorCode, ErrorKind, PaymentState, Retry
from domain.shared.days import SHANGHAI
from domain.shared.money import CURRENCY

_DECLINED = ErrorKind.DECLINED
_FUNDS = (_DECLINED, ErrorCode.INSUFFICIENT_FUNDS, Retry.LATER_DAY)
_MANDATE = (_DECLINED, ErrorCode.MANDATE_INVALID, Retry.AFTER_USER_ACTION)
_LIMIT = (_DECLINED, ErrorCode.LIMIT_EXCEEDED, Retry.NEVER)
_REFUND = (_DECLINED, ErrorCode.NOT_REFUNDABLE, Retry.NEVER)
_CONFLICT = (ErrorKind.CONFLICT, ErrorCode.NUMBER_REUSED, Retry.NEVER)
_RIGHTS = (ErrorKind.CONFIG, ErrorCode.NO_PERMISSION, Retry.NEVER)
_OURS = (ErrorKind.INVALID_REQUEST, ErrorCode.OTHER, Retry.NEVER)

# Only what proves that no money moved or can move by this call is a decline. What is not listed is unknown.
_SUB_CODES: Mapping[str, tuple[ErrorKind, ErrorCode, Retry]] = {
    "ACQ.BUYER_BALANCE_NOT_ENOUGH": _FUNDS,
    "ACQ.BUYER_BANKCARD_BALANCE_NOT_ENOUGH": _FUNDS,
    "ACQ.NO_PAYMENT_INSTRUMENTS_AVAILABLE": _FUNDS,
    "ACQ.ERROR_BALANCE_PAYMENT_DISABLE": _FUNDS,
    "ACQ.AGREEMENT_NOT_EXIST": _MANDATE,
    "ACQ.AGREEMENT_INVALID": _MANDATE,
    "ACQ.AGREEMENT_STATUS_NOT_NORMAL": _MANDATE,
    "ACQ.CYCLE_PAY_DATE_NOT_MATCH": (_DECLINED, ErrorCode.LIMIT_EXCEEDED, Retry.LATER_DAY),
    "ACQ.CYCLE_PAY_SINGLE_FEE_EXCEED": _LIMIT,
    "ACQ.CYCLE_PAY_TOTAL_FEE_EXCEED": _LIMIT,
    "ACQ.CYCLE_PAY_TOTAL_TIMES_EXCEED": _LIMIT,
    "ACQ.TOTAL_FEE_EXCEED": _LIMIT,
    "ACQ.SELLER_BALANCE_NOT_ENOUGH": _FUNDS,
    "ACQ.TRADE_NOT_ALLOW_REFUND": _REFUND,
    "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL": _REFUND,
    "ACQ.CONTEXT_INCONSISTENT": _CONFLICT,
    "ACQ.DISCORDANT_REPEAT_REQUEST": _CONFLICT,
    "ACQ.ACCESS_FORBIDDEN": _RIGHTS,
    "ACQ.INVALID_PARAMETER": _OURS,
    "isv.invalid-signature": (ErrorKind.CONFIG, ErrorCode.SIGN_ERROR, Retry.NEVER),
    "isv.missing-signature": (ErrorKind.CONFIG, ErrorCode.SIGN_ERROR, Retry.NEVER),
    "isv.missing-signature-key": (ErrorKind.CONFIG, ErrorCode.BAD_KEY, Retry.NEVER),
    "isv.insufficient-isv-permissions": _RIGHTS,
    "isv.insufficient-user-permissions": _RIGHTS,
}
_CONFIG_CODES = frozenset({"20001", "40001", "40002", "40003", "40006"})

TRADE_NOT_EXIST = "ACQ.TRADE_NOT_EXIST"
TRADE_HAS_SUCCESS = "ACQ.TRADE_HAS_SUCCESS"
TRADE_HAS_CLOSE = "ACQ.TRADE_HAS_CLOSE"

_YUAN = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,2}))?")


def error_of(answer: Mapping[str, Any]) -> ChannelError:
    """The error in a verified answer whose code is not 10000."""
    code, sub_code = str(answer.get("code", "")), str(answer.get("sub_code", ""))
    kind, ours, retry = _meaning(code, sub_code)
    return ChannelError(
        kind,
        ours,
        provider_code=sub_code or code,
        provider_message=str(answer.get("sub_msg") or answer.get("msg") or ""),
        retry=retry,
    )


def _meaning(code: str, sub_code: str) -> tuple[ErrorKind, ErrorCode, Retry]:
    if code == "10003":
        return ErrorKind.UNKNOWN, ErrorCode.PROCESSING, Retry.NEVER
    if code == "20000":
        return ErrorKind.UNKNOWN, ErrorCode.SYSTEM_ERROR, Retry.NEVER
    if known := _SUB_CODES.get(sub_code):
        return known
    if code in _CONFIG_CODES or sub_code.startswith("isv."):
        return ErrorKind.CONFIG, ErrorCode.OTHER, Retry.NEVER
    if sub_code == "ACQ.SYSTEM_ERROR" or sub_code.startswith(("isp.", "aop.")):
        return ErrorKind.UNKNOWN, ErrorCode.SYSTEM_ERROR, Retry.NEVER
    return ErrorKind.UNKNOWN, ErrorCode.OTHER, Retry.NEVER


def state_after(error: ChannelError) -> PaymentState:
    """What is known of a payment when a call about it ended in this error."""
    if error.provider_code == TRADE_NOT_EXIST:
        return PaymentState.NOT_FOUND
    if error.provider_code == TRADE_HAS_CLOSE:
        return PaymentState.CLOSED
    if error.code is ErrorCode.PROCESSING:
        return PaymentState.PROCESSING
    return PaymentState.DECLINED if error.kind is ErrorKind.DECLINED else PaymentState.UNKNOWN


def trade_state(fields: Mapping[str, Any]) -> PaymentState:
    """The state a trade's status tells.

    TRADE_FINISHED is paid, only beyond refunding. TRADE_CLOSED is either unpaid and expired, or paid and wholly
    refunded: a query tells of the second by `send_pay_date` or by what went back, and it is still a payment. A notice
    tells of it by `refund_fee`, and is then read as a refund before anybody asks here.
    """
    match fields.get("trade_status"):
        case "TRADE_SUCCESS" | "TRADE_FINISHED":
            return PaymentState.SUCCEEDED
        case "WAIT_BUYER_PAY":
            return PaymentState.PROCESSING
        case "TRADE_CLOSED":
            paid = fields.get("send_pay_date") or fen(fields.get("refund_fee"))
            return PaymentState.SUCCEEDED if paid else PaymentState.CLOSED
        case _:
            return PaymentState.UNKNOWN


def fen(value: object) -> int | None:
    """A sum in yuan of at most two decimals as fen; None when it is none. Nothing is no sum.

    Alipay's own examples write some sums as JSON numbers. Such a one is read by its digits; a float is no sum.
    """
    written = str(value) if isinstance(value, Decimal) or type(value) is int else value
    found = _YUAN.fullmatch(written) if isinstance(written, str) else None
    return (int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))) or None if found else None


def instant(value: object) -> datetime | None:
    """A Beijing time such as `2026-11-21 10:16:09` or with `.123`; None when it is none."""
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return at.replace(tzinfo=SHANGHAI) if at and not at.tzinfo else at


def text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def currency(fields: Mapping[str, Any]) -> str:
    """Ours, where a trade names none."""
    return str(fields.get("trans_currency") or CURRENCY)
