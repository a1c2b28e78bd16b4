"""Money is whole fen: an `int` whose name ends in `_fen`. Here is the one place that rounds, and the yuan text."""

import re
from fractions import Fraction
from typing import TypeGuard

CURRENCY = "CNY"

MOST_FEN = 10**15
"""No sum of ours comes near it, and a database holds thousands of such."""

_YUAN = re.compile(r"-?(0|[1-9][0-9]{0,14})\.[0-9]{2}")


def round_half_up(amount: Fraction) -> int:
    """Whole fen nearest to an exact amount of fen; a half goes up: floor(x + 1/2)."""
    return round_ratio(amount.numerator, amount.denominator)


def round_ratio(numerator: int, denominator: int) -> int:
    """`round_half_up` of numerator / denominator (above 0), for sums kept as integers over one denominator."""
    return (2 * numerator + denominator) // (2 * denominator)


def yuan(fen: int) -> str:
    """The amount in yuan with exactly two decimals: 107971 is "1079.71"."""
    sign = "-" if fen < 0 else ""
    whole, part = divmod(abs(fen), 100)
    return f"{sign}{whole}.{part:02d}"


def is_fen(amount: object) -> TypeGuard[int]:
    """Whether what a stranger's code gave is a sum in whole fen. True is no sum, nor is 100.0."""
    return type(amount) is int and abs(amount) <= MOST_FEN


def fen_of(text: str) -> int:
    """Read yuan with exactly two decimals; "1079.7", "1e3", "+1.00" and "01.00" are refused with ValueError."""
    if not _YUAN.fullmatch(text):
        raise ValueError(f"{text!r} is not an amount in yuan with two decimals, such as '1079.71'")
    return int(text.replace(".", ""))
