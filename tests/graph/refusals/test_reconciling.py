"""Finance decides about what differs, and about nothing else."""

import pytest

from tests.graph.refusals.refusal import Refusal, nowhere, refusing
from tests.graph.town import Town

DECIDED = {"discrepancyId": "missing bill", "resolution": "ACCEPT_OURS", "reason": "a person looked"}
resolving = refusing("resolveDiscrepancy", "finance", DECIDED)
rerunning = refusing("rerunReconciliation", "finance", {"channel": "fake", "day": "2026-02-19"}, once=False)

REFUSALS = [
    resolving("no id", "WRONG_ID", "discrepancyId", discrepancyId="x"),
    resolving("another kind of id", "WRONG_ID", "discrepancyId", discrepancyId="debtor's running"),
    resolving("none such", "DISCREPANCY_NOT_FOUND", "discrepancyId", discrepancyId=nowhere("Discrepancy")),
    resolving("decided", "DISCREPANCY_RESOLVED", "discrepancyId", "RESOLVED", discrepancyId="decided bill"),
    resolving("no sum", "NOTHING_TO_ACCEPT", "resolution", "ask the channel", resolution="ACCEPT_CHANNEL"),
    resolving("no reason", "REASON_MISSING", "reason", "2 to 500", reason=""),
    resolving("a novel", "REASON_MISSING", "reason", reason="x" * 501),
    resolving("no text", "UNREADABLE_INPUT", "reason", "NUL", reason="\x00\x00"),
    rerunning("no channel", "BILL_NOT_WANTED", "channel day", "no bill of ''", channel=""),
    rerunning("unknown channel", "BILL_NOT_WANTED", "channel day", "'carrier_pigeon'", channel="carrier_pigeon"),
    rerunning("a novel", "BILL_NOT_WANTED", "channel day", f"'{'x' * 40}' for", channel="x" * 1000),
    rerunning("no text", "UNREADABLE_INPUT", "channel", "NUL", channel="fa\x00ke"),
    *[
        rerunning(day, "BILL_NOT_WANTED", "channel day", f"for {day}", day=day)
        for day in ("0001-01-01", "2026-02-18", "2026-02-21", "9999-12-31")
    ],
    rerunning("no day", "UNREADABLE_INPUT", "day", '"2026-02-30"', day="2026-02-30"),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=str)
async def test_what_cannot_be_is_refused_and_changes_nothing(town: Town, refusal: Refusal) -> None:
    await refusal.holds(town)
