"""What a loan costs a year, in three measures, from what the borrower receives and what he pays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction

import pyxirr

from domain.lending.errors import CostAboveCeiling
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


def cost_of(terms: Terms, plan: Sequence[PlanRow], fees_fen: Mapping[int, int] = _NO_FEES) -> Cost:
    """The cost of a plan kept to, and of the fees a borrower pays beside it, by month (0: when he is paid out)."""
    dues = due_dates(terms.value_date, terms.terms)
    flows = [0] * len(dues)
    flows[0] = terms.principal_fen
    for row in plan:
        flows[dues.index(row.due)] -= row.principal_fen + row.interest_fen
    for month, fee_fen in fees_fen.items():
        flows[month] -= fee_fen
    return Cost(
        nominal=_rounded(_found(pyxirr.irr(flows)) * 12),
        effective=_rounded(_found(pyxirr.xirr(dues, flows))),
        simple=_simple(terms, plan, sum(fees_fen.values())),
    )


def refuse_above(ceiling: Decimal, rate: Decimal, measure: CostMeasure) -> None:
    """Refuse a rate above the ceiling in force, with both figures. Raises CostAboveCeiling."""
    if rate > ceiling:
        raise CostAboveCeiling(rate=rate, ceiling=ceiling, measure=measure)


def _simple(terms: Terms, plan: Sequence[PlanRow], fees_fen: int) -> Decimal:
    """Total cost over the sum of balance x years, a year being 365 days, as in the effective rate."""
    balance_fen, start, fen_days = terms.principal_fen, terms.value_date, 0
    for row in plan:
        fen_days += balance_fen * (row.due - start).days
        balance_fen, start = balance_fen - row.principal_fen, row.due
    cost_fen = sum(row.interest_fen for row in plan) + fees_fen
    millionths = Fraction(cost_fen * 365 * 10**6, fen_days)
    return Decimal((2 * millionths.numerator + millionths.denominator) // (2 * millionths.denominator)) * _PLACES


def _found(rate: float | None) -> float:
    if rate is None:
        raise ValueError("these cash flows have no rate of return")
    return rate


def _rounded(rate: float) -> Decimal:
    return Decimal(rate).quantize(_PLACES, ROUND_HALF_UP) + 0  # + 0: noise below zero is not -0
