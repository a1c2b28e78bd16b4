"""Time is moved forward only, by whoever may."""

import pytest

from tests.graph.refusals.refusal import Refusal, refusing
from tests.graph.town import Town

moving = refusing("advanceClock", "admin", {}, once=False)

REFUSALS = [
    moving("back", "CLOCK_GOES_FORWARD", "to", "cannot be moved back", to="2026-02-20T09:59:59+08:00"),
    moving("no offset", "UNREADABLE_INPUT", "to", "with an offset", to="2026-03-01T00:00:00"),
    moving("no time", "UNREADABLE_INPUT", "to", '"tomorrow"', to="tomorrow"),
    moving("a number", "UNREADABLE_INPUT", "to", "1771552800", to=1771552800),
    moving("the end of time", "UNREADABLE_INPUT", "to", to="9999-12-31T23:59:59-23:59"),
    moving(
        "a slip in the year",
        "CLOCK_TOO_FAR",
        "to",
        "from 2026-02-20T10:00:00+08:00 to 2036-02-21T10:00:00+08:00",
        to="2126-03-01T00:00:00+08:00",
    ),
    moving("a borrower", "FORBIDDEN", None, "role", who="debtor", to="2026-03-01T00:00:00+08:00"),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=str)
async def test_what_cannot_be_is_refused_and_changes_nothing(town: Town, refusal: Refusal) -> None:
    await refusal.holds(town)
