"""The worked histories, to the fen."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from domain.lending.rules.daycount import DayCount
from domain.lending.rules.events import Event, Intent, Paid, Reversed, Waived
from domain.lending.rules.plan import make_plan
from domain.lending.rules.replay import replay
from domain.lending.rules.terms import PenaltyBase, PrepayPolicy, Terms

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[3] / "vectors" / "loans.json").read_text(encoding="utf-8")
)


def terms_of(written: dict[str, Any]) -> Terms:
    return Terms(
        **written
        | {
            "annual_rate": Decimal(written["annual_rate"]),
            "value_date": date.fromisoformat(written["value_date"]),
            "day_count": DayCount(written["day_count"]),
            "penalty_multiplier": Decimal(written["penalty_multiplier"]),
            "penalty_base": PenaltyBase(written["penalty_base"]),
            "prepay": PrepayPolicy(written["prepay"]),
            "prepay_fee_rate": Decimal(written["prepay_fee_rate"]),
        }
    )


def rows(of: Any, *names: str) -> list[dict[str, Any]]:
    return [{name: str(row.due) if name == "due" else getattr(row, name) for name in names} for row in of]


@pytest.mark.parametrize("scenario", VECTORS, ids=lambda scenario: scenario["id"])
def test_a_worked_history_comes_out_to_the_fen(scenario: dict[str, Any]) -> None:
    terms = terms_of(scenario["terms"])
    assert rows(make_plan(terms), "n", "due", "principal_fen", "interest_fen") == scenario["plan"]

    known: list[Event] = []
    latest = terms.value_date
    for n, step in enumerate(scenario["steps"]):
        on = date.fromisoformat(step["date"]) if "date" in step else latest
        latest = max(latest, on)
        key = str(n)
        if "pay_fen" in step:
            known.append(Paid(key, on, n, step["pay_fen"], Intent(step["intent"])))
        if "waive" in step:
            known.append(Waived(key, on, n, **step["waive"]))
        if "reverse" in step:
            known.append(Reversed(key, on, n, str(step["reverse"])))
        position = replay(terms, known, on)

        where = f"step {n}"
        if "ask" in step:
            asked = {name: getattr(position, name) for name in step["ask"] if name != "open"}
            asked["open"] = rows(position.open, "due", "principal_fen", "interest_fen")
            assert asked == step["ask"], where
        if "pay_fen" in step:
            went = position.allocations[key]
            assert {name: getattr(went, name) for name in step["allocated"]} == step["allocated"], where
        if "waive" in step:
            waived = position.waivers[key]
            assert {name: getattr(waived, name) for name in step["waived"]} == step["waived"], where
        if "closed" in step:
            assert position.closed is step["closed"], where


def test_there_are_sixty_worked_histories() -> None:
    assert len(VECTORS) == 60
