"""Time is moved forward only, by whoever may."""

import pytest

from tests.graph.town import Refusal, Town

REFUSALS = [
    Refusal(
        "advanceClock",
        "back",
        lambda _: {"to": "2026-02-20T09:59:59+08:00"},
        "CLOCK_GOES_FORWARD",
        "to",
        "cannot be moved back",
        who="admin",
    ),
    Refusal(
        "advanceClock",
        "no offset",
        lambda _: {"to": "2026-03-01T00:00:00"},
        "UNREADABLE_INPUT",
        "to",
        "with an offset",
        who="admin",
    ),
    Refusal(
        "advanceClock", "no time", lambda _: {"to": "tomorrow"}, "UNREADABLE_INPUT", "to", '"tomorrow"', who="admin"
    ),
    Refusal(
        "advanceClock", "a number", lambda _: {"to": 1771552800}, "UNREADABLE_INPUT", "to", "1771552800", who="admin"
    ),
    Refusal(
        "advanceClock",
        "the end of time",
        lambda _: {"to": "9999-12-31T23:59:59-23:59"},
        "UNREADABLE_INPUT",
        "to",
        who="admin",
    ),
    Refusal(
        "advanceClock",
        "a slip in the year",
        lambda _: {"to": "2126-03-01T00:00:00+08:00"},
        "CLOCK_TOO_FAR",
        "to",
        "from 2026-02-20T10:00:00+08:00 to 2036-02-21T10:00:00+08:00",
        who="admin",
    ),
    Refusal("advanceClock", "a borrower", lambda _: {"to": "2026-03-01T00:00:00+08:00"}, "FORBIDDEN", None, "role"),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=str)
async def test_what_cannot_be_is_refused_and_changes_nothing(town: Town, refusal: Refusal) -> None:
    await refusal.holds(town)
