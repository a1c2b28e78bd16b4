"""How pressing a case is."""

from datetime import date

import pytest

from domain.collections.rules.case import CASE, CaseStatus
from domain.collections.rules.severity import Severity, days_past_due, severity
from domain.shared.machine import IllegalMove


@pytest.mark.parametrize(
    ("days", "shown"),
    [(0, Severity.NORMAL), (1, Severity.WARN), (4, Severity.WARN), (5, Severity.RED), (90, Severity.RED)],
)
def test_a_loan_is_red_from_the_fifth_day_past_due(days: int, shown: Severity) -> None:
    assert severity(days, warn_after=1, red_after=5) is shown


def test_the_thresholds_are_the_lenders() -> None:
    assert severity(5, warn_after=3, red_after=10) is Severity.WARN
    assert severity(2, warn_after=3, red_after=10) is Severity.NORMAL


def test_red_wins_where_both_begin_on_the_same_day() -> None:
    assert severity(5, warn_after=5, red_after=5) is Severity.RED


def test_days_past_due_count_from_the_due_date() -> None:
    assert days_past_due(date(2026, 4, 15), date(2026, 4, 15)) == 0
    assert days_past_due(date(2026, 4, 15), date(2026, 4, 20)) == 5


def test_nothing_past_due_is_no_days() -> None:
    assert days_past_due(None, date(2026, 4, 20)) == 0


def test_a_closed_case_stays_closed() -> None:
    with pytest.raises(IllegalMove):
        CASE.move(CaseStatus.CLOSED, CaseStatus.OPEN)
