"""Values no policy can have, and changes of policy that cannot be: refused, and nothing is changed."""

import pytest

from tests.graph.refusals.refusal import Refusal, refusing
from tests.graph.town import Town

setting = refusing(
    "setPolicy",
    "admin",
    {
        "name": "lending.exposure_cap_fen",
        "value": 10_000_000,
        "source": "the lender's own rule",
        "effectiveFrom": "2026-03-01",
        "reason": "less risk",
    },
    once=False,
)

REFUSALS = [
    setting("a policy of nobody", "POLICY_UNKNOWN", "name", "lending.cost_ceiling", name="lending.luck"),
    setting("yuan", "POLICY_NOT_SENSIBLE", "value", "whole number of fen", value="100000.00"),
    setting("below nothing", "POLICY_NOT_SENSIBLE", "value", value=-1),
    setting("nothing at all", "POLICY_NOT_SENSIBLE", "value", value={}),
    setting("a NUL", "POLICY_NOT_SENSIBLE", "value", name="lending.refused_purposes", value={"x": "\x00"}),
    setting(
        "a ceiling in per cent",
        "POLICY_NOT_SENSIBLE",
        "value",
        "up to 1",
        name="lending.cost_ceiling",
        value={"measure": "NOMINAL", "limit": "24"},
    ),
    setting("no source", "POLICY_SOURCE_MISSING", "source", "2 to 300", source=" "),
    setting("yesterday", "POLICY_DAY_NOT_POSSIBLE", "effectiveFrom", "2026-02-20", effectiveFrom="2026-02-19"),
    setting("a far day", "POLICY_DAY_NOT_POSSIBLE", "effectiveFrom", effectiveFrom="9999-12-31"),
    setting("no reason", "REASON_MISSING", "reason", reason=" "),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=str)
async def test_what_cannot_be_is_refused_and_changes_nothing(town: Town, refusal: Refusal) -> None:
    await refusal.holds(town)
