"""What a loan costs a year, in three measures, from what the borrower receives and what he pays."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction

import pyxirr

from domain.lending.rules.plan import PlanRow
from domain.lending.rules.reckoning import due_dates
from domain.lending.rules.terms import Terms

_PLACES = Decimal("0.000001")
_NO_FEES: Mapping[int, int] = {}


class CostMeasure(StrEnum):
    """What a ceiling is tested against."""

    NOMINAL = "NOMINAL"
    EFFECTIVE = "EFFECTIVE"
    SIMPLE = "SIMPLE"
    STRICTEST = "STRICTEST"


@dataclass(frozen=True, slots=True)
class Cost:
    """A year's cost to 6 decimals: 12 x monthly IRR, XIRR on actual dates over 365, and cost / (balance x years)."""

    nominal: Decimal
    effective: Decimal
    simple: Decimal

    def by(self, measure: CostMeasure) -> Decimal:
        each = {
            CostMeasure.NOMINAL: self.nominal,
            CostMeasure.EFFECTIVE: self.effective,
            CostMeasure.SIMPLE: self.simple,
        }
        return each.get(measure, max(each.values()))


@dataclass(frozen=True, slots=True)
class Paying:
    """What a borrower pays so many months after he was paid out (0: on that day), and the principal that is in it."""

    month: int
    amount_fen: int
    principal_fen: int


def cost_of(terms: Terms, plan: Sequence[PlanRow], fees_fen: Mapping[int, int] = _NO_FEES) -> Cost:
    """The cost of a plan kept to, and of the fees a borrower pays beside it, by month (0: when he is paid out)."""
    dues = due_dates(terms.value_date, terms.terms)
    rows = [Paying(dues.index(row.due), row.principal_fen + row.interest_fen, row.principal_fen) for row in plan]
    fees = [Paying(month, fee_fen, 0) for month, fee_fen in fees_fen.items()]
    return cost_of_paying(terms, [*rows, *fees])


def cost_of_paying(terms: Terms, payings: Iterable[Paying]) -> Cost:
    """The cost of a loan that is paid like this, to its end; months may lie beyond its terms."""
    paid = sorted(payings, key=lambda each: each.month)
    return Cost(*(measured(terms, paid) for measured in (_nominal, _effective, _simple)))


def rate_of_paying(terms: Terms, payings: Iterable[Paying], measure: CostMeasure) -> Decimal:
    """The same in one measure alone: most of a cost's time goes into finding what is not asked for."""
    paid = sorted(payings, key=lambda each: each.month)
    measured = _MEASURED.get(measure)
    return measured(terms, paid) if measured else cost_of_paying(terms, paid).by(measure)


def _nominal(terms: Terms, paid: Sequence[Paying]) -> Decimal:
    return rounded(_found(pyxirr.irr(_flows(terms, paid))) * 12)


def _effective(terms: Terms, paid: Sequence[Paying]) -> Decimal:
    flows = _flows(terms, paid)
    return rounded(_found(pyxirr.xirr(due_dates(terms.value_date, len(flows) - 1), flows)))


def _simple(terms: Terms, paid: Sequence[Paying]) -> Decimal:
    """Total cost over the sum of balance x years, a year being 365 days, as in the effective rate."""
    dues = due_dates(terms.value_date, paid[-1].month)
    balance_fen, start, fen_days = terms.principal_fen, terms.value_date, 0
    for each in paid:
        fen_days += balance_fen * (dues[each.month] - start).days
        balance_fen, start = balance_fen - each.principal_fen, dues[each.month]
    cost_fen = sum(each.amount_fen - each.principal_fen for each in paid)
    millionths = Fraction(cost_fen * 365 * 10**6, fen_days)
    return Decimal((2 * millionths.numerator + millionths.denominator) // (2 * millionths.denominator)) * _PLACES


def _flows(terms: Terms, paid: Sequence[Paying]) -> list[float]:
    """What the borrower receives, and pays in each month up to the last.

    In fen up to nine digits of principal, above in a multiple of it: no rate is found of sums whose own float is coarser
    than what the search holds for nothing.
    """
    flows = [0] * (paid[-1].month + 1)
    flows[0] = terms.principal_fen
    for each in paid:
        flows[each.month] -= each.amount_fen
    unit = 10 ** max(len(str(terms.principal_fen)) - _DIGITS, 0)
    return [flow / unit for flow in flows]


_DIGITS = 9

_MEASURED: Mapping[CostMeasure, Callable[[Terms, Sequence[Paying]], Decimal]] = {
    CostMeasure.NOMINAL: _nominal,
    CostMeasure.EFFECTIVE: _effective,
    CostMeasure.SIMPLE: _simple,
}


def _found(rate: float | None) -> float:
    if rate is None:
        raise ValueError("these cash flows have no rate of return")
    return rate


def rounded(rate: float) -> Decimal:
    """A rate as it is compared and shown: half up, to 6 decimals."""
    return Decimal(rate).quantize(_PLACES, ROUND_HALF_UP) + 0  # + 0: noise below zero is not -0
