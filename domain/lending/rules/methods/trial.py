"""A stranger's repayment method is tried before it may touch a loan: asked about a handful of loans, held to its promises."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from domain.lending.errors import MethodBroken
from domain.lending.rules.methods.asking import due_months, level_fen, spread
from domain.lending.rules.methods.method import Periods, RepaymentMethod

CODE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
LONGEST_CODE = 32
LONGEST_NAME = 60
LANGUAGES = ("zh", "en")

_PARTS = ("code", "name", "due_months", "level_fen", "principals")
_TERMS = (1, 2, 3, 6, 12, 24, 36)
_RATES = (0, 144, 360)
"""Thousandths a year: nothing, the usual, the highest."""
_BALANCES_FEN = (1, 100, 10_000_00, 123_456_79, 10**12)
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def wrong_with(method: object) -> str:
    """Why a method that somebody offers is set aside, in a sentence; empty if nothing is wrong with it.

    It is asked by the table's own questions, so what it gets away with here is what it gets away with on a loan.
    """
    if missing := [part for part in _PARTS if not hasattr(method, part)]:
        return f"it offers a {type(method).__name__} without {', '.join(missing)} where a RepaymentMethod belongs"
    offered = cast("RepaymentMethod", method)
    if wrong := wrong_with_code(offered.code) or wrong_with_name(offered.name):
        return wrong
    try:
        for terms in range(1, _TERMS[-1] + 1):
            due_months(offered, terms)
        for terms in _TERMS:
            _try(offered, terms)
    except MethodBroken as error:
        return f"{offered.code}: {error.facts['why']}"
    return ""


def wrong_with_code(code: object) -> str:
    """Why it is no code that rows could carry for ever; empty if it is one."""
    if not isinstance(code, str) or not CODE.fullmatch(code) or len(code) > LONGEST_CODE:
        return f"the code {code!r} is not up to {LONGEST_CODE} capital letters, digits and underscores"
    return ""


def wrong_with_name(name: object) -> str:
    """Why it is no name in both languages; empty if it is one."""
    if not isinstance(name, Mapping):
        return "the name is no mapping that says what it is called in zh and en"
    given = cast("Mapping[Any, Any]", name)
    texts: list[object] = [given.get(language) for language in LANGUAGES]
    if not all(isinstance(text, str) and text.strip() and len(text) <= LONGEST_NAME for text in texts):
        shown = str(given)[:200]
        return f"the name {shown} does not say, in up to {LONGEST_NAME} characters, what it is called in zh and en"
    return ""


def _try(method: RepaymentMethod, terms: int) -> None:
    """A plan, and what is left of it after each of its rows, spread anew with what stayed the same and without."""
    months = due_months(method, terms)
    _same(method, "months", months, due_months(method, terms))
    for periods in _periods(months):
        for balance_fen in _BALANCES_FEN:
            level = level_fen(method, balance_fen, periods)
            principals = spread(method, balance_fen, periods, level)
            _same(method, "principals", principals, spread(method, balance_fen, periods, level))
            rest = Periods(periods.rates[len(periods) // 2 :], periods.scale)
            for left_fen in {balance_fen // 2 or 1, balance_fen}:
                spread(method, left_fen, rest, level)
                spread(method, left_fen, rest, None)


def _same(method: RepaymentMethod, what: str, first: object, again: object) -> None:
    if first != again:
        raise MethodBroken(method=method.code, why=f"asked again about the same loan it gave other {what}")


def _periods(months: Sequence[int]) -> Iterator[Periods]:
    """These installments at each rate: by twelfths of a year, and by the days of a year that begins in January."""
    spans = [range(start, end) for start, end in zip((0, *months), months, strict=False)]
    for rate in _RATES:
        yield Periods(tuple(rate * len(span) for span in spans), 12 * 1000)
        yield Periods(tuple(rate * sum(_DAYS[month % 12] for month in span) for span in spans), 365 * 1000)
