"""The benchmark runs, and what it prints can be so. Nothing is asserted on time."""

import json
from typing import Any

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from bench.__main__ import bench
from bench.loans import EVENTS, eventful
from bench.plans import groups as plans
from bench.report import show
from bench.timing import QUICK, Timing
from domain.lending.rules.events import Intent, Paid, Reversed, Waived
from domain.lending.rules.plan import make_plan
from domain.lending.rules.replay import replay

Group = dict[str, Any]


@pytest.fixture
def measured(database_url: str) -> list[Group]:
    app = typer.Typer()
    app.command()(bench)
    result = CliRunner().invoke(app, ["--quick", "--json", "--database", database_url])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_the_benchmark_runs_and_its_figures_can_be_so(measured: list[Group]) -> None:
    named = {group["title"]: group for group in measured}
    assert len(named) == len(measured) == 12
    for group in measured:
        ratios = {each["name"]: each["ratio"] for each in group["timed"]}
        assert ratios[group["base"]] == 1.0
        assert all(each["seconds"] > 0 and each["units"] > 0 and each["ratio"] > 0 for each in group["timed"])
    assert all(each["units"] == 24 for each in named["The check of 24 loans"]["timed"])


def test_its_eventful_loan_has_a_hundred_events_of_every_kind_and_is_never_paid_off() -> None:
    terms, events, last = eventful()

    assert len(events) == EVENTS == 100
    assert {type(event) for event in events} == {Paid, Waived, Reversed}
    assert {event.intent for event in events if isinstance(event, Paid)} == {Intent.INSTALLMENT, Intent.PREPAY}
    position = replay(terms, events, last)
    assert not position.closed
    assert position.totals.penalty_earned_fen > 0
    assert position.totals.paid_fee_fen > 0


def test_ours_is_to_the_fen_and_a_plan_kept_from_before_is_not_timed() -> None:
    notes = [group.notes for group in plans(QUICK)]

    assert all(each[name] == "principal to the fen" for each in notes for name in each if name.startswith("suidai"))
    assert make_plan.cache_info().hits <= make_plan.cache_info().misses


def test_a_ratio_is_of_what_one_unit_takes() -> None:
    group = next(iter(plans(QUICK)))
    half = Timing((1.0, 2.0, 9.0), units=4)

    assert (half.seconds, half.a_second, half.spread) == (2.0, 2.0, 4.0)
    assert group.ratio(group.base) == 1.0


def test_the_figures_are_tables_to_read_too() -> None:
    console = Console(width=120)
    with console.capture() as captured:
        show(console, plans(QUICK))

    for name in ("amortization", "loan-calculator", "numpy-financial", "suidai, actual days", "principal to the fen"):
        assert name in captured.get()
