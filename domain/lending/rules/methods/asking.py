"""The questions put to a repayment method, and what its answers are held to: nobody asks a method but through here.

A method may be a stranger's. What it raises, and an answer that would lose or make money, is MethodBroken: the one loan
is refused, and nothing else is disturbed.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TypeVar

from domain.lending.errors import MethodBroken
from domain.lending.rules.methods.method import Periods, RepaymentMethod
from domain.shared.money import is_fen

AnswerT = TypeVar("AnswerT")


def due_months(method: RepaymentMethod, terms: int) -> Sequence[int]:
    """The months of its installments: one after the other, from 1 on, the last of them `terms`. Raises MethodBroken."""
    months = _asked(method, lambda: tuple(method.due_months(terms)))
    later = all(earlier < month for earlier, month in pairwise((0, *months)))
    if not months or not all(type(month) is int for month in months) or not later or months[-1] != terms:
        raise MethodBroken(method=method.code, why=f"installments of {terms} months fall due after {_shown(months)}")
    return months


def level_fen(method: RepaymentMethod, balance_fen: int, periods: Periods) -> int | None:
    """What stays the same from one installment to the next, or None. Raises MethodBroken."""
    level = _asked(method, lambda: method.level_fen(balance_fen, periods))
    if level is not None and (not is_fen(level) or level < 0):
        raise MethodBroken(method=method.code, why=f"{level!r} is to stay the same, of {balance_fen} fen")
    return level


def spread(method: RepaymentMethod, balance_fen: int, periods: Periods, level_fen: int | None) -> list[int]:
    """Its principals, held to what every method promises: none negative, together the balance. Raises MethodBroken."""
    principals = _asked(method, lambda: list(method.principals(balance_fen, periods, level_fen)))
    whole = all(is_fen(principal) and principal >= 0 for principal in principals)
    if not whole or len(principals) != len(periods) or sum(principals) != balance_fen:
        why = f"it spreads {balance_fen} fen over {len(periods)} periods as {_shown(principals)}"
        raise MethodBroken(method=method.code, why=why)
    return principals


def _asked(method: RepaymentMethod, ask: Callable[[], AnswerT]) -> AnswerT:
    try:
        return ask()
    except Exception as error:
        raise MethodBroken(method=method.code, why=f"{type(error).__name__}: {error}"[:200]) from error


def _shown(answer: Sequence[object]) -> str:
    text = f"{list(answer)}"
    return text if len(text) <= 120 else f"{text[:120]}..."
