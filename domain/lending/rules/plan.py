"""The repayment plan: what falls due when, if everything is paid on its day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise

from domain.lending.rules.methods import Periods, due_months, level_fen, method_named, spread
from domain.lending.rules.reckoning import Reckoning, reckon
from domain.lending.rules.terms import Terms


@dataclass(frozen=True, slots=True)
class PlanRow:
    """An installment as planned; `n` counts from 1."""

    n: int
    due: date
    principal_fen: int
    interest_fen: int


@lru_cache(maxsize=4096)
def make_plan(terms: Terms) -> tuple[PlanRow, ...]:
    """The plan made at signing. Its principal parts sum to the loan's principal; the last row takes the rest."""
    dues = plan_days(terms)
    periods = periods_between(reckon(terms), (terms.value_date.toordinal(), *dues))
    method = method_named(terms.method)
    principals = spread(method, terms.principal_fen, periods, level_fen(method, terms.principal_fen, periods))
    rows: list[PlanRow] = []
    balance_fen = terms.principal_fen
    for k, (due, principal_fen) in enumerate(zip(dues, principals, strict=True)):
        rows.append(PlanRow(k + 1, date.fromordinal(due), principal_fen, periods.interest_fen(balance_fen, k)))
        balance_fen -= principal_fen
    return tuple(rows)


@lru_cache(maxsize=4096)
def plan_level_fen(terms: Terms) -> int | None:
    """The plan's own A (or P_k), which a prepayment that shortens the term keeps."""
    periods = periods_between(reckon(terms), (terms.value_date.toordinal(), *plan_days(terms)))
    return level_fen(method_named(terms.method), terms.principal_fen, periods)


def plan_days(terms: Terms) -> tuple[int, ...]:
    """The due days of the plan's rows, as day numbers."""
    grid = reckon(terms).grid
    return tuple(grid[month] for month in due_months(method_named(terms.method), terms.terms))


def periods_between(reckoning: Reckoning, days: Sequence[int]) -> Periods:
    """The periods from each of the days to the next."""
    interest = reckoning.interest
    return Periods(tuple(interest.per_fen(start, end) for start, end in pairwise(days)), interest.scale)
