"""Year fractions."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.lending.rules.daycount import DayCount, penalty_basis
from domain.lending.rules.reckoning import due_dates, year_fraction
from domain.lending.rules.terms import Terms
from tests.domain.lending.day_by_day import DayByDay
from tests.domain.lending.loans import any_terms, loan


def f(day_count: DayCount, value_date: date, start: date, end: date) -> Fraction:
    return year_fraction(loan(value_date=value_date, terms=36, day_count=day_count), start, end)


def test_the_first_day_counts_and_the_last_does_not() -> None:
    day = date(2026, 1, 15)

    assert f(DayCount.ACT_360, day, day, day) == 0
    assert f(DayCount.ACT_360, day, day, day + timedelta(days=1)) == Fraction(1, 360)


def test_actual_days_are_over_360_or_365_in_a_leap_year_too() -> None:
    start, end = date(2024, 1, 31), date(2024, 3, 1)

    assert f(DayCount.ACT_360, start, start, end) == Fraction(30, 360)
    assert f(DayCount.ACT_365, start, start, end) == Fraction(30, 365)


def test_actual_actual_counts_each_calendar_year_by_its_own_length() -> None:
    start, end = date(2023, 12, 12), date(2025, 1, 12)

    assert f(DayCount.ACT_ACT, start, start, end) == Fraction(20, 365) + 1 + Fraction(11, 365)


def test_thirty_360_gives_a_whole_month_of_the_grid_a_twelfth_and_a_part_its_share() -> None:
    value_date = date(2026, 1, 31)  # grid: 28 Feb (28 days), 31 Mar (31), 30 Apr (30)

    assert f(DayCount.THIRTY_360, value_date, value_date, date(2026, 2, 28)) == Fraction(1, 12)
    assert f(DayCount.THIRTY_360, value_date, date(2026, 2, 28), date(2026, 3, 10)) == Fraction(10, 31 * 12)
    assert f(DayCount.THIRTY_360, value_date, date(2026, 2, 14), date(2026, 4, 5)) == (
        Fraction(14, 28 * 12) + Fraction(1, 12) + Fraction(5, 30 * 12)
    )


def test_penalty_on_a_30_360_loan_counts_days_over_360() -> None:
    basis = penalty_basis(DayCount.THIRTY_360)

    assert basis.at(400) - basis.at(300) == 100
    assert basis.per_year == 360


@pytest.mark.parametrize(
    ("value_date", "dues"),
    [
        (date(2026, 1, 31), ["2026-02-28", "2026-03-31", "2026-04-30"]),
        (date(2023, 12, 30), ["2024-01-30", "2024-02-29", "2024-03-30"]),
        (date(2024, 2, 29), ["2024-03-29", "2024-04-29", "2024-05-29"]),
    ],
)
def test_due_dates_are_counted_from_the_value_date(value_date: date, dues: list[str]) -> None:
    assert [str(due) for due in due_dates(value_date, 3)[1:]] == dues


@given(any_terms(), st.data())
def test_a_span_is_the_sum_of_its_days(terms: Terms, data: st.DataObject) -> None:
    slow = DayByDay(terms, [], terms.value_date)
    first, last = slow.grid[0].toordinal(), slow.grid[-1].toordinal()
    start = data.draw(st.integers(first, last))
    end = data.draw(st.integers(start, last))

    days = date.fromordinal(start), date.fromordinal(end)

    assert year_fraction(terms, *days) == slow.span(*days)
