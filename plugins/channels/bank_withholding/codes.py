"""What UnionPay's words mean in ours: result codes, currencies, sums and times."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import cast

from domain.payments.ports import ChannelError, ErrorCode, ErrorKind, PaymentState, Retry
from domain.shared.days import SHANGHAI
from domain.shared.money import CURRENCY

Answer = Mapping[str, str] | ChannelError
"""The fields of a proven answer, or why there is none."""

OK = "00"
NOT_FOUND = "34"
DUPLICATE = "12"
NOT_BOUND = "40"
WRONG_SMS_CODE = "71"
NO_FILE = "98"

_DECLINED = ErrorKind.DECLINED
_UNDER_WAY = (ErrorKind.UNKNOWN, ErrorCode.PROCESSING, Retry.NEVER)
_FUNDS = (_DECLINED, ErrorCode.INSUFFICIENT_FUNDS, Retry.LATER_DAY)
_LIMIT = (_DECLINED, ErrorCode.LIMIT_EXCEEDED, Retry.LATER_DAY)
_CARD = (_DECLINED, ErrorCode.ACCOUNT_INVALID, Retry.AFTER_USER_ACTION)
_NOT_THIS_CARD = (_DECLINED, ErrorCode.NOT_SUPPORTED_BANK, Retry.AFTER_USER_ACTION)
_MANDATE = (_DECLINED, ErrorCode.MANDATE_INVALID, Retry.AFTER_USER_ACTION)
# Nothing is said against the card: another day may be better.
_FAILED = (_DECLINED, ErrorCode.OTHER, Retry.LATER_DAY)
_RIGHTS = (ErrorKind.CONFIG, ErrorCode.NO_PERMISSION, Retry.NEVER)
_OURS = (ErrorKind.INVALID_REQUEST, ErrorCode.OTHER, Retry.NEVER)

# Only what proves that no money moved or can move by this call is a decline. What is not listed is unknown, and the
# query decides.
_CODES: Mapping[str, tuple[ErrorKind, ErrorCode, Retry]] = {
    "01": _FAILED,
    "03": _UNDER_WAY,
    "04": _UNDER_WAY,
    "05": _UNDER_WAY,
    "10": _OURS,
    "11": (ErrorKind.CONFIG, ErrorCode.SIGN_ERROR, Retry.NEVER),
    DUPLICATE: (ErrorKind.CONFLICT, ErrorCode.NUMBER_REUSED, Retry.NEVER),
    "13": _OURS,
    "14": _CARD,
    "30": _FAILED,
    "31": _RIGHTS,
    "32": _RIGHTS,
    "33": _LIMIT,
    "35": (_DECLINED, ErrorCode.NOT_REFUNDABLE, Retry.NEVER),
    "36": _OURS,
    "38": (_DECLINED, ErrorCode.RISK, Retry.NEVER),
    NOT_BOUND: _MANDATE,
    "43": _RIGHTS,
    "51": _FUNDS,
    "57": _NOT_THIS_CARD,
    "60": _FAILED,
    "61": _LIMIT,
    "62": _NOT_THIS_CARD,
    "63": (_DECLINED, ErrorCode.ACCOUNT_FROZEN, Retry.AFTER_USER_ACTION),
    "64": _FUNDS,
    "66": _CARD,
    WRONG_SMS_CODE: (_DECLINED, ErrorCode.OTHER, Retry.AFTER_USER_ACTION),
    "73": _CARD,
}

# 03 to 05 and 83: under way. 42, 74 and 75: the money was taken, and something after that went wrong.
_OPEN = frozenset({"03", "04", "05", "42", "74", "75", "83"})

# A6 and its kind are successes with a flaw (有缺陷的成功): money moved. What ends badly has two digits.
_FAILED_FOR_GOOD = re.compile(r"[0-9]{2}")

_DIGITS = re.compile(r"[0-9]{1,12}")
_MASKED = re.compile(r"[0-9]{0,6}\*+[0-9]{0,4}")
_CURRENCIES = {"156": CURRENCY}


def error_of(code: str, message: str = "") -> ChannelError:
    """The error that a result code other than 00 is."""
    kind, ours, retry = _CODES.get(code, (ErrorKind.UNKNOWN, ErrorCode.OTHER, Retry.NEVER))
    return ChannelError(kind, ours, provider_code=code, provider_message=message, retry=retry)


def refusal(answer: Answer) -> ChannelError | None:
    """Why what was asked for is not done; None where `respCode` is 00."""
    if isinstance(answer, ChannelError):
        return answer
    code = answer.get("respCode", "")
    return None if code == OK else error_of(code, answer.get("respMsg", ""))


def failure(answer: Answer) -> ChannelError | None:
    """What a query says went wrong with the trade it asks about; None where that is done.

    `respCode` speaks of the query alone, so it never says that the trade failed. `origRespCode` speaks of the trade: two
    digits that are neither done nor open there have failed for good. Of any other code nobody knows what it did.
    """
    if error := refusal(answer):
        return replace(error, kind=ErrorKind.UNKNOWN, retry=Retry.NEVER) if error.kind is _DECLINED else error
    fields = cast("Mapping[str, str]", answer)
    code, message = fields.get("origRespCode", ""), fields.get("origRespMsg", "")
    if code == OK:
        return None
    error = error_of(code, message)
    if error.kind is _DECLINED or code in _OPEN or not _FAILED_FOR_GOOD.fullmatch(code):
        return error
    return ChannelError(_DECLINED, ErrorCode.OTHER, provider_code=code, provider_message=message, retry=Retry.LATER_DAY)


def state_after(error: ChannelError) -> PaymentState:
    """What is known of a payment when a call about it ended in this error."""
    return PaymentState.DECLINED if error.kind is _DECLINED else PaymentState.UNKNOWN


def state_asked(error: ChannelError) -> PaymentState:
    """The same when the call was a query, which alone can find that there is no such trade."""
    if error.kind is not _DECLINED and error.provider_code == NOT_FOUND:
        return PaymentState.NOT_FOUND
    return state_after(error)


def fen(text: str | None) -> int | None:
    """A sum in fen; None when it is none."""
    return int(text) if text and _DIGITS.fullmatch(text) else None


def moved(fields: Mapping[str, str]) -> int | None:
    """What a trade moved; None where it does not say, or says nothing."""
    return fen(fields.get("txnAmt")) or None


def currency(fields: Mapping[str, str]) -> str:
    """Ours is the only one that UnionPay leaves out; another stays a number, for the core to see that it is wrong."""
    code = fields.get("currencyCode") or "156"
    return _CURRENCIES.get(code, code)


def masked(account: str | None) -> str | None:
    """A card number as it was masked by UnionPay. Whole or encrypted ones are not handed on."""
    return account if account and _MASKED.fullmatch(account) else None


def beijing(at: datetime) -> str:
    """An instant as `txnTime` writes it."""
    return at.astimezone(SHANGHAI).strftime("%Y%m%d%H%M%S")


def instant(text: str | None) -> datetime | None:
    """A Beijing time such as `20261121101530`; None when it is none."""
    if not text or not re.fullmatch(r"[0-9]{14}", text):
        return None
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=SHANGHAI)
    except ValueError:
        return None


def near(text: str | None, anchor: datetime) -> datetime | None:
    """A Beijing time without a year, such as `1121101530`: the one nearest to the anchor. None when it is none."""
    found = [at for year in (-1, 0, 1) if (at := instant(f"{anchor.astimezone(SHANGHAI).year + year}{text}"))]
    return min(found, key=lambda at: abs(at - anchor), default=None)


def paid_at(fields: Mapping[str, str]) -> datetime | None:
    """When the money moved: `traceTime`, or where UnionPay leaves that out the time the trade was sent at."""
    sent = instant(fields.get("txnTime"))
    return (near(fields.get("traceTime"), sent) if sent else None) or sent
