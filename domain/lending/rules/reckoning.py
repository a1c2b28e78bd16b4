"""The terms of a loan as integers: its due days as day numbers, its rates as whole units a fen earns a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache

from domain.lending.rules.daycount import Basis, interest_basis, penalty_basis
from domain.lending.rules.terms import Terms
from domain.shared.days import add_months
from domain.shared.money import round_ratio


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate a year on a basis. Exact earnings are integers: so many of a `scale`-th of a fen."""

    basis: Basis
    numerator: int
    scale: int

    def per_fen(self, start: int, end: int) -> int:
        """What 1 fen earns from one day to another, exactly, in units of 1 / scale fen."""
        return self.numerator * (self.basis.at(end) - self.basis.at(start))

    def rounded_fen(self, exact: int) -> int:
        return round_ratio(exact, self.scale)


@dataclass(frozen=True, slots=True)
class Reckoning:
    """What replaying a loan needs of its terms, worked out once: `grid` is due_0 ... due_n."""

    grid: Sequence[int]
    interest: Rate
    penalty: Rate
    fee: Fraction

    def fee_fen(self, principal_fen: int) -> int:
        """The fee on prepaying that much principal, rounded."""
        return round_ratio(principal_fen * self.fee.numerator, self.fee.denominator)

    def prepayable_fen(self, sum_fen: int) -> int:
        """The largest principal that a sum pays together with its fee."""
        over_one = 1 + self.fee
        # round() moves the fee by half a fen at most, so the answer lies within 1 of the exact quotient
        principal = sum_fen * over_one.denominator // over_one.numerator + 1
        while principal + self.fee_fen(principal) > sum_fen:
            principal -= 1
        return principal


def due_dates(value_date: date, months: int) -> tuple[date, ...]:
    """due_0 ... due_n, each counted from the value date and clamped to its month's last day."""
    return tuple(add_months(value_date, month) for month in range(months + 1))


@lru_cache(maxsize=4096)
def reckon(terms: Terms) -> Reckoning:
    grid = tuple(due.toordinal() for due in due_dates(terms.value_date, terms.terms))
    annual = Fraction(terms.annual_rate)
    return Reckoning(
        grid=grid,
        interest=_rate(annual, interest_basis(terms.day_count, grid)),
        penalty=_rate(annual * Fraction(terms.penalty_multiplier), penalty_basis(terms.day_count)),
        fee=Fraction(terms.prepay_fee_rate),
    )


def year_fraction(terms: Terms, start: date, end: date) -> Fraction:
    """f(start, end) of interest on this loan; both days lie on its grid, from the value date to the last due date."""
    basis = reckon(terms).interest.basis
    return Fraction(basis.at(end.toordinal()) - basis.at(start.toordinal()), basis.per_year)


def _rate(annual: Fraction, basis: Basis) -> Rate:
    return Rate(basis, numerator=annual.numerator, scale=annual.denominator * basis.per_year)
