"""Quiet hours, over midnight and to the second."""

from datetime import datetime, time

import pytest

from domain.messaging.rules.quiet import QuietHours, next_allowed
from domain.shared.days import SHANGHAI

NIGHT = QuietHours.read({"from": "22:00", "to": "08:00"})


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 1, day, hour, minute, second, tzinfo=SHANGHAI)


@pytest.mark.parametrize("allowed", [at(15, 8), at(15, 12), at(15, 21, 59, 59)])
def test_by_day_a_message_goes_at_once(allowed: datetime) -> None:
    assert next_allowed(allowed, NIGHT) == allowed


@pytest.mark.parametrize(
    ("moment", "morning"),
    [(at(15, 22), at(16, 8)), (at(15, 23, 59, 59), at(16, 8)), (at(16, 0), at(16, 8)), (at(16, 7, 59, 59), at(16, 8))],
)
def test_by_night_it_waits_for_the_morning(moment: datetime, morning: datetime) -> None:
    assert next_allowed(moment, NIGHT) == morning


def test_it_is_shanghais_night_that_counts() -> None:
    assert next_allowed(datetime.fromisoformat("2026-01-15T14:00:00+00:00"), NIGHT) == at(16, 8)


def test_quiet_hours_within_a_day_and_none_at_all() -> None:
    noon = QuietHours(time(12), time(14))

    assert next_allowed(at(15, 12), noon) == at(15, 14)
    assert next_allowed(at(15, 23), noon) == at(15, 23)
    assert next_allowed(at(15, 8), QuietHours(time(8), time(8))) == at(15, 8)
