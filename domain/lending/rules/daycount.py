"""How long a span of days is in years, exactly: whole units of a fraction of a year, one fraction per basis."""

from bisect import bisect_right
from calendar import isleap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol


class DayCount(StrEnum):
    """The basis on which interest is reckoned."""

    ACT_360 = "ACT_360"
    ACT_365 = "ACT_365"
    ACT_ACT = "ACT_ACT"
    THIRTY_360 = "30_360"


class Basis(Protocol):
    """A year of `per_year` units, and where on that scale a day (its ordinal) lies: f(a, b) = (at(b) - at(a)) / per_year."""

    @property
    def per_year(self) -> int: ...

    def at(self, day: int) -> int: ...


@dataclass(frozen=True, slots=True)
class Actual:
    """Every day is one part of a year of a fixed length."""

    per_year: int

    def at(self, day: int) -> int:
        return day


@dataclass(frozen=True, slots=True)
class ActualActual:
    """A day is 1/365 of a year, and 1/366 of a leap year."""

    per_year: int = 365 * 366

    def at(self, day: int) -> int:
        year = date.fromordinal(day).year
        before = year - 1
        days_in_leap_years = 366 * (before // 4 - before // 100 + before // 400)
        if isleap(year):
            days_in_leap_years += day - date(year, 1, 1).toordinal()
        return 366 * day - days_in_leap_years


# Months of the grid are 28 to 31 days long; this many units in a month make a day of any of them whole.
_MONTH = 28 * 29 * 30 * 31 // 2


@dataclass(frozen=True, slots=True)
class Thirty360:
    """A month of the loan's own grid is 1/12, a part of one is the same part of 1/12. Nothing lies beyond the grid."""

    grid: Sequence[int]
    per_year: int = 12 * _MONTH

    def at(self, day: int) -> int:
        month = bisect_right(self.grid, day) - 1
        if month == len(self.grid) - 1:
            return month * _MONTH
        start, end = self.grid[month], self.grid[month + 1]
        return month * _MONTH + (day - start) * _MONTH // (end - start)


_ACT_360, _ACT_365, _ACT_ACT = Actual(360), Actual(365), ActualActual()

_INTEREST: Mapping[DayCount, Callable[[Sequence[int]], Basis]] = {
    DayCount.ACT_360: lambda _grid: _ACT_360,
    DayCount.ACT_365: lambda _grid: _ACT_365,
    DayCount.ACT_ACT: lambda _grid: _ACT_ACT,
    DayCount.THIRTY_360: Thirty360,
}

_PENALTY: Mapping[DayCount, Basis] = {
    DayCount.ACT_360: _ACT_360,
    DayCount.ACT_365: _ACT_365,
    DayCount.ACT_ACT: _ACT_ACT,
    DayCount.THIRTY_360: _ACT_360,
}


def interest_basis(day_count: DayCount, grid: Sequence[int]) -> Basis:
    """The basis of interest on a loan whose due_0 ... due_n are `grid` (day numbers)."""
    return _INTEREST[day_count](grid)


def penalty_basis(day_count: DayCount) -> Basis:
    """Penalty runs past the grid, so 30/360 counts it over days/360."""
    return _PENALTY[day_count]
