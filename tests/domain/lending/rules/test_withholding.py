"""The moments of the run, and what refused debits forbid."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.lending.rules.withholding import RUNS, Hold, Refused, WithholdingRules, hold, moment_of, next_run
from domain.payments.ports import ErrorCode, Retry
from domain.shared.days import SHANGHAI
from jobs.timetable import TIMETABLE

RULES = WithholdingRules.read(
    {"insufficient_funds_per_day": 2, "days_past_due_max": 30, "quiet_hours": {"from": "22:00", "to": "08:00"}}
)
SIGNED = datetime(2026, 2, 1, 9, tzinfo=SHANGHAI)
FUNDS = ErrorCode.INSUFFICIENT_FUNDS


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=SHANGHAI)


def held(*refused: Refused, now: datetime | None = None, acted_at: datetime = SIGNED) -> Hold | None:
    return hold(refused, at=now or at(2, 18), rules=RULES, signed_at=SIGNED, acted_at=acted_at)


@pytest.mark.parametrize(
    ("now", "moment", "following"),
    [
        (at(2, 10), at(2, 10), at(2, 18)),
        (at(2, 17, 59), at(2, 10), at(2, 18)),
        (at(2, 18), at(2, 18), at(3, 10)),
        (at(2, 23, 59), at(2, 18), at(3, 10)),
        (at(3, 0), at(2, 18), at(3, 10)),
        (at(3, 9, 59), at(2, 18), at(3, 10)),
    ],
    ids=range(6),
)
def test_an_instant_belongs_to_the_last_run_and_lasts_until_the_next(
    now: datetime, moment: datetime, following: datetime
) -> None:
    assert (moment_of(now), next_run(now)) == (moment, following)


@given(st.integers(0, 366 * 24 * 60))
def test_every_instant_lies_between_its_run_and_the_next(minutes: int) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)

    assert moment_of(now) <= now < next_run(now) <= moment_of(now) + timedelta(hours=16)
    assert moment_of(next_run(now)) == next_run(now)


def test_the_timetable_runs_at_these_moments() -> None:
    minutes = [daily.minute for name, daily in TIMETABLE.daily.items() if name.startswith("lending.withhold_")]

    assert minutes == [60 * run.hour + run.minute for run in RUNS]


def test_missing_money_is_tried_for_so_often_a_day_whatever_the_channel_says() -> None:
    morning, noon = (Refused(at(2, hour), FUNDS, Retry.NEVER) for hour in (10, 12))

    assert held(morning) is None
    assert held(morning, noon) is Hold.FUNDS
    assert held(morning, noon, now=at(3, 10)) is None


def test_another_day_is_another_day() -> None:
    limit = Refused(at(2, 10), ErrorCode.LIMIT_EXCEEDED, Retry.LATER_DAY)

    assert held(limit) is Hold.ANOTHER_DAY
    assert held(limit, now=at(3, 0)) is None


def test_a_frozen_account_waits_for_the_borrower() -> None:
    frozen = Refused(at(2, 10), ErrorCode.ACCOUNT_FROZEN, Retry.AFTER_USER_ACTION)

    assert held(frozen, now=at(25, 10)) is Hold.BORROWER
    assert held(frozen, acted_at=at(2, 11)) is None


@pytest.mark.parametrize(
    ("code", "retry"),
    [(ErrorCode.MANDATE_INVALID, Retry.AFTER_USER_ACTION), (ErrorCode.RISK, Retry.NEVER)],
    ids=["mandate", "never"],
)
def test_what_is_refused_for_good_is_not_tried_again_under_this_mandate(code: ErrorCode, retry: Retry) -> None:
    assert held(Refused(at(2, 10), code, retry), now=at(25, 10), acted_at=at(20, 10)) is Hold.MANDATE
    assert held(Refused(SIGNED - timedelta(days=1), code, retry)) is None


def test_nights_are_quiet() -> None:
    assert [RULES.are_quiet(at(2, hour)) for hour in (7, 8, 18, 21, 22)] == [True, False, False, False, True]
    assert not RULES.are_quiet(datetime.combine(date(2026, 3, 2), datetime.min.time(), UTC))
