"""The fifth method: held to what every method promises, and to figures worked out by hand."""

import json
from pathlib import Path
from typing import Any

import pytest
from suidai_quarterly import QuarterlyInterest, repayment_methods
from typer.testing import CliRunner

from plugins.testing import method_is_sound, registered
from suidai.loan_commands import app

LOANS = Path(__file__).parents[1] / "loans.json"


@pytest.fixture
def answers() -> list[dict[str, Any]]:
    """The histories of loans.json, replayed as `suidai loan replay` replays them where this package is installed."""
    with registered(QuarterlyInterest(), provider="suidai-quarterly"):
        done = CliRunner().invoke(app, ["replay", str(LOANS), "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_it_keeps_what_every_method_promises() -> None:
    for method in repayment_methods():
        method_is_sound(method)


@pytest.mark.parametrize(
    ("terms", "months"), [(1, (1,)), (3, (3,)), (5, (3, 5)), (12, (3, 6, 9, 12)), (14, (3, 6, 9, 12, 14))]
)
def test_interest_is_due_every_third_month_and_at_the_end(terms: int, months: tuple[int, ...]) -> None:
    assert QuarterlyInterest().due_months(terms) == months


def test_a_quarter_bears_interest_for_its_days(answers: list[dict[str, Any]]) -> None:
    """40,000.00 at 14.4 % by days over 360: 90, 91, 92 and 92 days."""
    plan = answers[0]["plan"]

    assert [row["due"] for row in plan] == ["2026-04-15", "2026-07-15", "2026-10-15", "2027-01-15"]
    assert [row["interest_fen"] for row in plan] == [1_440_00, 1_456_00, 1_472_00, 1_472_00]
    assert [row["principal_fen"] for row in plan] == [0, 0, 0, 40_000_00]


@pytest.mark.parametrize("scenario", [0, 1])
def test_what_is_prepaid_comes_off_the_last_row_whatever_the_product_says(
    answers: list[dict[str, Any]], scenario: int
) -> None:
    """On 1 June 47 days have earned 752.00; what is left of 10,752.00 is principal, and 30,000.00 bear the other 44 days."""
    _, prepaid, after, *_ = answers[scenario]["steps"]

    assert prepaid["allocated"]["interest_fen"] == 752_00
    assert prepaid["allocated"]["principal_fen"] == 10_000_00
    assert [row["principal_fen"] for row in after["ask"]["open"]] == [0, 0, 30_000_00]
    assert [row["interest_fen"] for row in after["ask"]["open"]] == [528_00, 1_104_00, 1_104_00]


def test_paying_it_off_leaves_nothing(answers: list[dict[str, Any]]) -> None:
    for scenario in answers:
        assert scenario["steps"][-1]["closed"] is True
