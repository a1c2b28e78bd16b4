"""The worked histories, explained: wherever they ask, every figure of the answer is what its explanation comes to."""

from pathlib import Path

import pytest

from domain.lending.rules.events import Event
from domain.lending.rules.explaining import What, explained, story_of
from domain.lending.rules.plan import make_plan
from suidai.loan_scenarios import Ask, Scenario, event_of, read_scenarios

SCENARIOS = read_scenarios((Path(__file__).parents[4] / "vectors" / "loans.json").read_bytes())


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.id)
def test_every_answer_of_a_worked_history_is_explained(scenario: Scenario) -> None:
    terms, events = scenario.terms, list[Event]()
    for n, step in enumerate(scenario.steps):
        if event := event_of(step, n):
            events.append(event)
        if not isinstance(step, Ask):
            continue
        story, asked = story_of(terms, events, step.on), scenario.steps_as_written[n]["ask"]
        whole = {told.what: told.result for told in explained(story)}
        names = {"DUE": "due", "ACCRUED": "accrued", "UNDUE": "undue", "PREPAYMENT_FEE": "fee", "PAYOFF": "payoff"}
        assert {name: whole[What(name)] for name in names} == {name: asked[f"{of}_fen"] for name, of in names.items()}
        assert whole[What.DAYS_PAST_DUE] == asked["dpd"]
        rows = {row.n: {told.what: told.result for told in explained(story, row.n)} for row in make_plan(terms)}
        undue = {row.n for row in story.position.open}
        for what in (What.PENALTY, What.INTEREST, What.PRINCIPAL):
            due = sum(row[what] for n, row in rows.items() if n not in undue)
            assert due == asked[f"{what.lower()}_fen"]
        assert [(rows[n][What.PRINCIPAL], rows[n][What.INTEREST]) for n in sorted(undue)] == [
            (row["principal_fen"], row["interest_fen"]) for row in asked["open"]
        ]
