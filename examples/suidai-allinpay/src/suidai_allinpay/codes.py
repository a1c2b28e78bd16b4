"""What Allinpay's words mean in ours: result codes, sums, times, cards.

A code stands twice in an answer, in INFO of the request and in the detail of the trade. README.md says where the table
comes from.
"""

import re
from collections.abc import Mapping
from datetime import datetime, tzinfo

from suidai.contract import ChannelError, ErrorCode, ErrorKind, PaymentState, Retry

CURRENCY = "CNY"

OK = frozenset({"0000", "4000"})
NO_TRADE = "1002"
WRONG_SMS_CODE = "3057"

UNDER_WAY = frozenset({"2000", "2001", "2003", "2005", "2007"})
"""Somebody still works on it."""
UNSURE = frozenset({"2008", "0003", "0014"})
"""In between as well: the bank did not answer in time, or something was not found just now."""

_DECLINED = ErrorKind.DECLINED
_CARD = (_DECLINED, ErrorCode.ACCOUNT_INVALID, Retry.AFTER_USER_ACTION)
_FROZEN = (_DECLINED, ErrorCode.ACCOUNT_FROZEN, Retry.AFTER_USER_ACTION)
_LIMIT = (_DECLINED, ErrorCode.LIMIT_EXCEEDED, Retry.LATER_DAY)
_MANDATE = (_DECLINED, ErrorCode.MANDATE_INVALID, Retry.AFTER_USER_ACTION)
_NO_PAYMENT = (_DECLINED, ErrorCode.NOT_REFUNDABLE, Retry.NEVER)
_REFUSED = (_DECLINED, ErrorCode.OTHER, Retry.LATER_DAY)

_CODES: Mapping[str, tuple[ErrorKind, ErrorCode, Retry]] = {
    "1000": (ErrorKind.INVALID_REQUEST, ErrorCode.OTHER, Retry.NEVER),
    "1001": (ErrorKind.INVALID_REQUEST, ErrorCode.OTHER, Retry.NEVER),
    "2002": _REFUSED,
    "2004": _REFUSED,
    "2006": _REFUSED,
    "3004": _CARD,
    "3006": _FROZEN,
    "3007": _FROZEN,
    "3008": (_DECLINED, ErrorCode.INSUFFICIENT_FUNDS, Retry.LATER_DAY),
    "3009": _CARD,
    "3010": _CARD,
    "3012": (_DECLINED, ErrorCode.NOT_SUPPORTED_BANK, Retry.AFTER_USER_ACTION),
    "3013": _LIMIT,
    "3014": _NO_PAYMENT,
    "3015": _LIMIT,
    "3017": _FROZEN,
    "3018": _CARD,
    "3019": _NO_PAYMENT,
    "3020": _FROZEN,
    "3030": _CARD,
    "3031": _CARD,
    "3033": _NO_PAYMENT,
    "3036": _CARD,
    "3039": _CARD,
    "3045": _CARD,
    WRONG_SMS_CODE: (_DECLINED, ErrorCode.OTHER, Retry.AFTER_USER_ACTION),
    "3059": _MANDATE,
}

# 2002, 2004 and 2006 are refusals by the merchant's own reviewers and by Allinpay's.
_FAILED_FOR_GOOD = re.compile(r"0001|0002|1(?!002)[0-9]{3}|2002|2004|2006|3[0-9]{3}")
_DIGITS = re.compile(r"[0-9]{1,12}")


def error_of(code: str, message: str = "") -> ChannelError:
    """The error that a result code is. One that is not listed is doubt."""
    if code in UNDER_WAY:
        kind, ours, retry = ErrorKind.UNKNOWN, ErrorCode.PROCESSING, Retry.NEVER
    elif code == "2008":
        kind, ours, retry = ErrorKind.UNKNOWN, ErrorCode.TIMEOUT, Retry.NEVER
    else:
        kind, ours, retry = _CODES.get(code, (ErrorKind.UNKNOWN, ErrorCode.OTHER, Retry.NEVER))
    return ChannelError(kind, ours, provider_code=code, provider_message=message, retry=retry)


def final_error(code: str, message: str = "") -> ChannelError | None:
    """The error of a trade that Allinpay, asked about it, says failed; None where that is not certain.

    By its interface every code that is neither success nor in between has failed. What has not the form of a failure is
    doubt all the same.
    """
    if code in OK | UNDER_WAY | UNSURE or not _FAILED_FOR_GOOD.fullmatch(code):
        return None
    error = error_of(code, message)
    if error.kind is _DECLINED:
        return error
    return ChannelError(_DECLINED, ErrorCode.OTHER, provider_code=code, provider_message=message, retry=Retry.LATER_DAY)


def unknown(code: ErrorCode, message: str) -> ChannelError:
    return ChannelError(ErrorKind.UNKNOWN, code, message)


def in_between(code: str) -> PaymentState | None:
    """PROCESSING where somebody works on it, UNKNOWN where nobody knows; None for every other code."""
    if code in UNDER_WAY:
        return PaymentState.PROCESSING
    return PaymentState.UNKNOWN if code in UNSURE else None


def fen(text: str | None) -> int | None:
    """A sum in fen; None when it is none."""
    return int(text) if text and text.isascii() and _DIGITS.fullmatch(text) else None


def beijing(at: datetime, tz: tzinfo) -> str:
    """An instant as SUBMIT_TIME has it."""
    return at.astimezone(tz).strftime("%Y%m%d%H%M%S")


def instant(text: str | None, tz: tzinfo) -> datetime | None:
    """A Beijing time such as `20261122101530`; None when it is none."""
    if not text or not re.fullmatch(r"[0-9]{14}", text, re.ASCII):
        return None
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=tz)
    except ValueError:
        return None


def card_masked(number: str) -> str | None:
    """The last four digits of a card, however much of it came."""
    last = number.strip()[-4:]
    return f"**** {last}" if re.fullmatch(r"[0-9]{4}", last, re.ASCII) else None


def phone_masked(phone: str) -> str:
    return f"{phone[:3]}****{phone[-4:]}"
