"""Formulas with the figures filled in, and the values that went into them."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from domain.lending.rules.explaining.explanation import Figures, Input, Rounding, Segment, Text, Unit
from domain.lending.rules.explaining.numbers import decimal_text, exact_yuan
from domain.shared.money import yuan

MOST_SEGMENTS = 4
"""More than these are written as the first, an ellipsis, and the last; the table has them all."""


def worked(segments: Sequence[Segment], roundings: Sequence[Rounding], rate: str) -> str:
    """Each rounding with what it rounds: "958.30 × 0.144 × 1.5 × 20/360 = 11.4996 ≈ 11.50"."""
    lines: list[str] = []
    for number, rounding in enumerate(roundings):
        products = [_product(segment, rate) for segment in segments if segment.rounding == number]
        if len(products) > MOST_SEGMENTS:
            products = [products[0], "…", products[-1]]
        if rounding.carried_fen:
            products.insert(0, _signed(rounding.carried_fen))
        lines.append(f"{' + '.join(products)} = {rounded(rounding)}")
    return "; ".join(lines)


def rounded(rounding: Rounding) -> str:
    exact, whole = exact_yuan(rounding.exact_fen), yuan(rounding.rounded_fen)
    return whole if exact == whole else f"{exact} ≈ {whole}"


def outcome(asked: Sequence[int], figures: Figures) -> str:
    """The last line, where there is more to say than the one before did: "11.50 − 5.00 − 0.00 = 6.50"."""
    if len(asked) == 1 and asked[0] == figures.outstanding_fen:
        return ""
    sums = " + ".join(map(yuan, asked)) or yuan(0)
    return f"{sums} − {yuan(figures.paid_fen)} − {yuan(figures.waived_fen)} = {yuan(figures.outstanding_fen)}"


def total(amounts: Sequence[int], result_fen: int) -> str:
    """The sum of amounts, where there is more than one: "958.30 + 121.41 + 11.50 = 1091.21"."""
    return f"{' + '.join(map(yuan, amounts))} = {yuan(result_fen)}" if len(amounts) > 1 else ""


def lines(*texts: str) -> str:
    return "; ".join(text for text in texts if text)


def _product(segment: Segment, rate: str) -> str:
    years = f"({segment.years_text})" if " + " in segment.years_text else segment.years_text
    return f"{yuan(segment.balance_fen)} × {rate} × {years}"


def _signed(fen: Fraction) -> str:
    text = exact_yuan(fen)
    return f"({text})" if fen < 0 else text


# --- inputs ---------------------------------------------------------------------------------------------------------


def money(name: str, symbol: str, label: Text, fen: int) -> Input:
    return Input(name, symbol, label, yuan(fen), Unit.CNY)


def day(name: str, label: Text, on: date) -> Input:
    return Input(name, "", label, on.isoformat(), Unit.DATE)


def count(name: str, symbol: str, label: Text, number: int) -> Input:
    return Input(name, symbol, label, str(number), Unit.COUNT)


def days(name: str, label: Text, number: int) -> Input:
    return Input(name, "", label, str(number), Unit.DAYS)


def code(name: str, label: Text, value: str) -> Input:
    return Input(name, "", label, value, Unit.CODE)


def times(name: str, symbol: str, label: Text, number: Decimal) -> Input:
    return Input(name, symbol, label, plain(number), Unit.TIMES)


def rate(name: str, symbol: str, label: Text, number: Decimal) -> Input:
    return Input(name, symbol, label, plain(number), Unit.RATE)


def annual_rate(rate: Decimal) -> Input:
    return Input("annual_rate", "r", Text("年利率", "yearly interest rate"), plain(rate), Unit.A_YEAR)


def plain(number: Decimal) -> str:
    """A rate without trailing zeros."""
    return decimal_text(Fraction(number))
