"""What each policy may say."""

import re
from pathlib import Path
from typing import Any

import pytest

from domain.collections.presets import CN_CBA_2026, CN_GBT_45251, STRATEGIES
from domain.operations.rules.policies import POLICIES, REFUNDED_BY_ITSELF
from domain.payments.models import UnplacedReason
from suidai.seed import POLICY

HOUSE = Path(__file__).parents[4]
READ = re.compile(r'policy\.(?:value|rule)\(\s*session,\s*"([a-z_.]+)"')
WITHHOLDING = {
    "insufficient_funds_per_day": 2,
    "days_past_due_max": 30,
    "quiet_hours": {"from": "22:00", "to": "08:00"},
}


def test_what_a_house_begins_with_can_be_gone_by_and_is_all_there_is() -> None:
    assert {name for name, *_ in POLICY} == set(POLICIES)
    for name, value, _, _ in POLICY:
        assert POLICIES[name].why_not(value) is None, name


def test_what_the_code_reads_is_a_policy_that_is_known() -> None:
    read = {
        name
        for folder in ("domain", "graph", "jobs")
        for file in (HOUSE / folder).rglob("*.py")
        for name in READ.findall(file.read_text("utf-8"))
    }

    assert len(read) > 8
    assert read <= set(POLICIES)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lending.cost_ceiling", {"measure": "STRICTEST", "limit": "0.36"}),
        ("lending.cost_ceiling", {"measure": "NOMINAL", "limit": "1", "paths": ["ON_TIME"]}),
        ("lending.exposure_cap_fen", 0),
        ("lending.lender", "某某小额贷款有限公司"),
        ("lending.refused_purposes", []),
        ("collections.strategy", [dict(step) for step in STRATEGIES["strict"]]),
        ("collections.contact_packs", [CN_CBA_2026]),
        ("reminders.offsets", []),
        ("reminders.offsets", [-3, -1, 0]),
        ("messaging.quiet_hours", {"from": "00:00", "to": "00:00"}),
        ("payments.auto_refund", ["DOUBLE", "WRONG_AMOUNT"]),
    ],
)
def test_what_can_be_gone_by_is_taken(name: str, value: Any) -> None:
    assert POLICIES[name].why_not(value) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lending.cost_ceiling", "0.24"),
        ("lending.cost_ceiling", {"measure": "NOMINAL"}),
        ("lending.cost_ceiling", {"measure": "NOMINAL", "limit": 0.24}),
        ("lending.cost_ceiling", {"measure": "NOMINAL", "limit": "24"}),
        ("lending.cost_ceiling", {"measure": "NOMINAL", "limit": "0"}),
        ("lending.cost_ceiling", {"measure": "NOMINAL", "limit": "NaN"}),
        ("lending.cost_ceiling", {"measure": "NOMINAL", "limit": "a lot"}),
        ("lending.cost_ceiling", {"measure": "MEAN", "limit": "0.24"}),
        ("lending.cost_ceiling", {"measure": "NOMINAL", "limit": "0.24", "paths": []}),
        ("lending.cost_ceiling", {"measure": "NOMINAL", "limit": "0.24", "paths": ["LATE", "LATE"]}),
        ("lending.cost_ceiling", {"measure": "NOMINAL", "limit": "0.24", "paths": ["NEVER"]}),
        ("lending.cost_ceiling", {"measure": "NOMINAL", "limit": "0.24", "path": ["LATE"]}),
        ("lending.lender", " "),
        ("lending.lender", "某某\n小额贷款"),
        ("lending.lender", 7),
        ("lending.exposure_cap_fen", -1),
        ("lending.exposure_cap_fen", 200_000.0),
        ("lending.exposure_cap_fen", True),
        ("lending.exposure_cap_fen", "200000.00"),
        ("lending.refused_purposes", "SECURITIES"),
        ("lending.refused_purposes", ["SECURITIES", ""]),
        ("lending.refused_purposes", ["SECURITIES", 5]),
        ("lending.refused_purposes", ["NUL \x00"]),
        ("lending.refused_purposes", ["half a pair \ud800"]),
        ("lending.refused_purposes", [f"code {n}" for n in range(3000)]),
        ("collections.warn_after_days", 0),
        ("collections.red_after_days", None),
        ("collections.strategy", "lenient"),
        ("collections.strategy", [{"dpd_from": 1}]),
        ("collections.contact_packs", []),
        ("collections.contact_packs", [CN_GBT_45251, CN_GBT_45251]),
        ("reminders.offsets", [1]),
        ("reminders.offsets", [-31]),
        ("reminders.offsets", [0, 0]),
        ("messaging.quiet_hours", {"from": "22:00"}),
        ("messaging.quiet_hours", {"from": "22:00", "to": "8"}),
        ("messaging.quiet_hours", {"from": 22, "to": 8}),
        ("identity.face_min_score_millis", 1001),
        ("withholding.rules", WITHHOLDING | {"insufficient_funds_per_day": 0}),
        ("withholding.rules", WITHHOLDING | {"quiet_hours": None}),
        ("withholding.rules", {}),
        ("withholding.batches", {"least": 1, "most": 100}),
        ("withholding.batches", {"least": 2, "most": 0}),
        ("withholding.batches", {"least": 2, "most": 10**6}),
        ("withholding.batches", {"least": 2}),
        ("payments.auto_refund", ["UNKNOWN_ORDER"]),
        ("payments.auto_refund", ["SOMETHING"]),
    ],
)
def test_what_cannot_be_gone_by_is_not_taken_and_says_why(name: str, value: Any) -> None:
    assert POLICIES[name].why_not(value)


def test_money_goes_back_by_itself_for_reasons_there_are() -> None:
    assert set(REFUNDED_BY_ITSELF) < {reason.value for reason in UnplacedReason}


def test_what_is_no_number_is_called_so() -> None:
    for limit in ("NaN", "a lot"):
        why_not = POLICIES["lending.cost_ceiling"].why_not({"measure": "NOMINAL", "limit": limit})
        assert why_not == "a number in it is none"
