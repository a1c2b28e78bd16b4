"""Exact numbers as people write them: parts of a year, fractions of a fen, rates."""

from fractions import Fraction

from domain.lending.rules.accrual import bend
from domain.lending.rules.daycount import Basis, Thirty360
from domain.shared.money import round_half_up

MOST_DECIMALS = 10


def years_text(basis: Basis, start: int, end: int) -> str:
    """f(start, end) as a sum of days over days of a year: "20/360", "17/365 + 14/366"; whole twelfths are "2/12"."""
    pieces: list[str] = []
    twelfths = 0
    for days, units in _straight_pieces(basis, start, end):
        if isinstance(basis, Thirty360) and units * 12 == basis.per_year:
            twelfths += 1
        else:
            pieces.append(f"{days}/{basis.per_year * days // units}")
    if twelfths:
        pieces.append(f"{twelfths}/12")
    return " + ".join(pieces) or "0"


def _straight_pieces(basis: Basis, start: int, end: int) -> list[tuple[int, int]]:
    """The span cut where a day begins to be worth another part of a year: days and units of each."""
    pieces: list[tuple[int, int]] = []
    while start < end:
        until = min(bend(basis, start), end)
        pieces.append((until - start, basis.at(until) - basis.at(start)))
        start = until
    return pieces


def decimal_text(number: Fraction, least: int = 0) -> str:
    """The number in decimals, all of them if they end soon; otherwise ten, and an ellipsis."""
    decimals = next((n for n in range(MOST_DECIMALS + 1) if (number * 10**n).denominator == 1), None)
    shown = MOST_DECIMALS if decimals is None else max(decimals, least)
    digits = round_half_up(abs(number) * 10**shown)
    whole, part = divmod(digits, 10**shown)
    sign = "-" if number < 0 else ""
    return f"{sign}{whole}{f'.{part:0{shown}d}' if shown else ''}{'…' if decimals is None else ''}"


def exact_yuan(fen: Fraction) -> str:
    """An exact amount of fen in yuan: 28749/25 fen is "11.4996"."""
    return decimal_text(fen / 100, least=2)
