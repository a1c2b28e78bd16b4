"""The straight line on which interest grows says the same as the replay of every day it holds for."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.lending.rules.daycount import DayCount
from domain.lending.rules.events import Event
from domain.lending.rules.replay import in_effect, replay
from domain.lending.rules.terms import Terms
from tests.domain.lending.loans import any_day, any_history, any_terms, loan


@st.composite
def lines(draw: st.DrawFn) -> tuple[Terms, list[Event], date, int]:
    """A loan, a day on which nothing of it happens any more, and how far one looks from there (in thousandths)."""
    terms = draw(any_terms())
    events = draw(any_history(terms, most=6))
    day = draw(any_day(terms))
    return terms, [event for event in in_effect(events) if event.date <= day], day, draw(st.integers(0, 1000))


@given(lines())
def test_the_line_is_the_replay(drawn: tuple[Terms, list[Event], date, int]) -> None:
    terms, events, day, thousandths = drawn
    line = replay(terms, events, day).accrual
    if line is None:
        later = day + timedelta(days=thousandths)
        assert replay(terms, events, later).totals.interest_earned_fen == (
            replay(terms, events, day).totals.interest_earned_fen
        )
        return
    assert line.until > line.on == day
    for later in (day, line.until, day + (line.until - day) * thousandths // 1000):
        assert line.earned_fen(later) == replay(terms, events, later).totals.interest_earned_fen


@pytest.mark.parametrize(
    ("changes", "until"),
    [
        ({"day_count": DayCount.ACT_360}, date(2027, 1, 15)),
        ({"day_count": DayCount.ACT_ACT}, date(2027, 1, 1)),
        ({"day_count": DayCount.THIRTY_360}, date(2026, 2, 15)),
    ],
)
def test_the_line_ends_where_a_day_is_worth_something_else(changes: dict[str, Any], until: date) -> None:
    line = replay(loan(method="BULLET", **changes), (), date(2026, 1, 15)).accrual

    assert line is not None
    assert line.until == until


def test_beyond_its_end_the_line_says_nothing() -> None:
    line = replay(loan(), (), date(2026, 1, 15)).accrual

    assert line is not None
    with pytest.raises(ValueError, match="holds through 2026-02-15"):
        line.earned_fen(date(2026, 2, 16))


def test_a_loan_that_has_fallen_due_whole_has_no_line() -> None:
    assert replay(loan(), (), date(2027, 1, 15)).accrual is None
