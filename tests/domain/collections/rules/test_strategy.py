"""What is done on which overdue day, and which strategies nobody can follow."""

from datetime import date
from typing import Any

import pytest

from domain.collections.presets import STRATEGIES
from domain.collections.rules.contact import Channel
from domain.collections.rules.strategy import Assignee, NotAStrategy, overdue_day, planned, read, step_of
from domain.collections.rules.task import TaskKind

DUE = date(2026, 2, 15)
CALL = {
    "dpd_from": 4,
    "dpd_to": None,
    "action": "CALL",
    "channel": "CALL",
    "assignee": "QUEUE",
    "max_per_day": 3,
    "requires": [],
    "priority": 1,
}
SMS = CALL | {"dpd_from": 1, "dpd_to": 3, "action": "SMS", "channel": "SMS", "assignee": "SYSTEM", "max_per_day": 1}
LOCATE = CALL | {"dpd_from": 30, "action": "LOCATE", "requires": ["UNREACHABLE"]}


def names(preset: str, day: int) -> list[str]:
    return [step.name for step in planned(read(preset), day)]


@pytest.mark.parametrize(
    ("day", "steps"),
    [
        (0, []),
        (1, ["SMS:1"]),
        (3, ["SMS:1"]),
        (4, ["CALL:4"]),
        (5, ["CALL:5"]),
        (29, ["CALL:5"]),
        (30, ["CALL:5", "LOCATE:30"]),
        (1000, ["CALL:5", "LOCATE:30"]),
    ],
)
def test_the_standard_strategy_writes_for_three_days_then_calls_then_locates(day: int, steps: list[str]) -> None:
    assert names("standard", day) == steps


@pytest.mark.parametrize("day", [0, 1, 4, 5, 29, 30, 1000])
def test_the_strict_one_is_the_same_without_any_third_person(day: int) -> None:
    assert names("strict", day) == [name for name in names("standard", day) if not name.startswith("LOCATE")]


def test_from_the_fifth_day_a_call_is_more_pressing() -> None:
    fourth, fifth = (step_of(read("standard"), TaskKind.CALL, day) for day in (4, 5))

    assert fourth is not None
    assert fifth is not None
    assert fifth.priority > fourth.priority
    assert (fifth.channel, fifth.assignee) == (Channel.CALL, Assignee.QUEUE)


def test_a_strategy_may_be_spelled_out() -> None:
    assert [step.name for step in planned(read([SMS, CALL, LOCATE]), 30)] == ["CALL:4", "LOCATE:30"]


@pytest.mark.parametrize(
    ("today", "grace", "day"),
    [
        (date(2026, 2, 15), 0, 0),
        (date(2026, 2, 16), 0, 1),
        (date(2026, 2, 18), 3, 0),
        (date(2026, 2, 19), 3, 1),
        (date(2026, 2, 1), 0, 0),
    ],
)
def test_overdue_days_count_from_the_end_of_the_grace(today: date, grace: int, day: int) -> None:
    assert overdue_day(DUE, grace, today) == day


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("friendly", "no collection strategy is called 'friendly'; there are standard, strict"),
        (7, "cannot be read"),
        (["CALL"], "cannot be read"),
        ([{"dpd_from": 1}], "missing required field"),
        ([CALL | {"dpd_from": 0}], "Expected `int` >= 1 - at `$[0].dpd_from`"),
        ([CALL | {"dpd_from": "4"}], "Expected `int`, got `str`"),
        ([CALL | {"max_per_day": 0}], ">= 1"),
        ([CALL | {"priority": -1}], ">= 0"),
        ([CALL | {"action": "VISIT_AT_NIGHT"}], "VISIT_AT_NIGHT"),
        ([CALL | {"requires": ["LUCK"]}], "LUCK"),
        ([CALL | {"colour": "red"}], "unknown field `colour`"),
        ([CALL | {"dpd_to": 3}], "rule CALL:4 ends on day 3, before it begins"),
        ([SMS | {"dpd_to": None}], "never ends"),
        ([SMS | {"channel": "CALL"}], "rule SMS:1 sends messages, which the system does, by SMS"),
        ([SMS | {"assignee": "QUEUE"}], "which the system does"),
        ([CALL | {"assignee": "SYSTEM"}], "is for people"),
        ([CALL | {"channel": "SMS"}], "is for people"),
        ([LOCATE | {"requires": []}], "asks a third person without requiring UNREACHABLE"),
        ([LOCATE, LOCATE | {"dpd_from": 60}], "by two rules"),
        ([CALL, CALL | {"dpd_from": 9}], "two rules of the collection strategy say CALL on day 9"),
        ([SMS, SMS | {"dpd_from": 3, "dpd_to": 5}], "say SMS on day 3"),
    ],
    ids=range(21),
)
def test_nonsense_is_refused_with_a_sentence(value: Any, says: str) -> None:
    with pytest.raises(NotAStrategy) as refusal:
        read(value)

    assert says in str(refusal.value)


@pytest.mark.parametrize("name", list(STRATEGIES))
def test_what_is_shipped_can_be_followed(name: str) -> None:
    assert read(name)
