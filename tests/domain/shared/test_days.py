"""Business days are dates in Shanghai, wherever the instant was written down."""

from datetime import UTC, date, datetime, timedelta

import pytest

from domain.shared.days import SHANGHAI, add_months, business_day, days_in_year, end_of, start_of


def test_the_business_day_turns_at_midnight_in_shanghai() -> None:
    assert business_day(datetime(2026, 1, 15, 15, 59, 59, tzinfo=UTC)) == date(2026, 1, 15)
    assert business_day(datetime(2026, 1, 15, 16, tzinfo=UTC)) == date(2026, 1, 16)


def test_an_instant_without_an_offset_has_no_day() -> None:
    with pytest.raises(ValueError, match="offset"):
        business_day(datetime(2026, 1, 15))  # noqa: DTZ001 - that is what is refused


def test_a_day_ends_where_the_next_begins() -> None:
    assert start_of(date(2026, 1, 15)) == datetime(2026, 1, 14, 16, tzinfo=UTC)
    assert end_of(date(2026, 2, 28)) == start_of(date(2026, 3, 1))
    assert business_day(end_of(date(2026, 1, 15)) - timedelta(microseconds=1)) == date(2026, 1, 15)
    assert start_of(date(2026, 1, 15)).tzinfo is SHANGHAI


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 1, 31), 2, date(2026, 3, 31)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 1, 15), 36, date(2029, 1, 15)),
        (date(2026, 1, 15), 0, date(2026, 1, 15)),
        (date(2026, 1, 15), -1, date(2025, 12, 15)),
    ],
)
def test_months_are_added_to_the_day_of_the_month_clamped_to_the_last(day: date, months: int, then: date) -> None:
    assert add_months(day, months) == then


def test_a_leap_year_has_366_days() -> None:
    assert [days_in_year(year) for year in (1900, 2000, 2024, 2026)] == [365, 366, 366, 365]
