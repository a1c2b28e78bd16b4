"""Which reminder a day brings for which due dates."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.lending.rules.reminding import Stage, stages

TODAY = date(2026, 2, 10)


def offset_for(offsets: list[int], days_to_go: int) -> int | None:
    due = TODAY + timedelta(days=days_to_go)
    return next((stage.offset for stage in stages(offsets, TODAY) if due <= stage.last_due), None)


def test_two_days_before_means_due_dates_up_to_two_days_away() -> None:
    assert stages([-2], TODAY) == (Stage(-2, date(2026, 2, 12)),)


@pytest.mark.parametrize(("days_to_go", "offset"), [(0, 0), (1, -1), (2, -3), (3, -3), (4, None)])
def test_of_several_reminders_a_due_date_has_the_last_that_is_due(days_to_go: int, offset: int | None) -> None:
    assert offset_for([-3, -1, 0], days_to_go) == offset


def test_the_order_and_repeats_in_the_policy_do_not_matter() -> None:
    assert stages([-1, -3, 0, -1], TODAY) == stages([0, -1, -3], TODAY)


def test_no_offsets_no_reminders() -> None:
    assert stages([], TODAY) == ()


def test_a_reminder_after_the_due_date_is_a_fault_of_the_policy() -> None:
    with pytest.raises(ValueError, match="not 1 days after"):
        stages([-2, 1], TODAY)


@given(st.sets(st.integers(-10, 0), min_size=1), st.integers(0, 12))
def test_every_reminder_has_its_day_and_is_followed_only_by_nearer_ones(offsets: set[int], days_to_go: int) -> None:
    reached = [offset for offset in offsets if -offset >= days_to_go]

    assert offset_for(list(offsets), days_to_go) == (max(reached) if reached else None)
