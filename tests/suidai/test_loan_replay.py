"""`suidai loan replay`: a file of histories in, the same file with every answer out."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from suidai.loan_commands import app

VECTORS = Path(__file__).parents[1] / "vectors" / "loans.json"

Scenarios = list[dict[str, Any]]
Run = Callable[..., Result]


def without_answers(scenarios: Scenarios) -> Scenarios:
    left = copy.deepcopy(scenarios)
    for scenario in left:
        del scenario["plan"]
        for step in scenario["steps"]:
            step.pop("allocated", None)
            step.pop("waived", None)
            for answer in ("ask", "closed"):
                if answer in step:
                    step[answer] = None
    return left


@pytest.fixture
def vectors() -> Scenarios:
    return json.loads(VECTORS.read_text(encoding="utf-8"))


@pytest.fixture
def one() -> Scenarios:
    """A file of one scenario with a step of every kind."""
    return [
        {
            "id": "S1",
            "terms": {
                "principal_fen": 1200000,
                "annual_rate": "0.144",
                "method": "EQUAL_INSTALLMENT",
                "terms": 12,
                "value_date": "2026-01-15",
                "day_count": "30_360",
                "penalty_multiplier": "1.5",
                "penalty_base": "PRINCIPAL",
                "grace_days": 0,
                "prepay": "REDUCE_INSTALLMENT",
                "prepay_fee_rate": "0",
                "min_tail_fen": 1000,
                "dpd_switch": 90,
                "dpd_threshold_fen": 0,
            },
            "steps": [
                {"date": "2026-03-01", "pay_fen": 107971, "intent": "INSTALLMENT"},
                {"date": "2026-03-01", "waive": {"penalty_fen": 100000, "interest_fen": 0}},
                {"date": "2026-03-02", "reverse": 0},
                {"date": "2026-03-02", "ask": None},
                {"closed": None},
            ],
        }
    ]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def run(content: object, *options: str) -> Result:
        file = tmp_path / "loans.json"
        file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return CliRunner().invoke(app, ["replay", str(file), *options])

    return run


def test_every_worked_history_is_answered_in_its_own_form(run: Run, vectors: Scenarios) -> None:
    result = run(without_answers(vectors), "--json")

    assert result.exit_code == 0
    assert json.loads(result.stdout) == vectors
    assert json.dumps(json.loads(result.stdout)) == json.dumps(vectors)  # the order of the fields too


def test_what_it_writes_can_be_given_to_it_again(run: Run, vectors: Scenarios) -> None:
    assert json.loads(run(vectors, "--json").stdout) == vectors


def test_standard_input_is_a_dash(vectors: Scenarios) -> None:
    result = CliRunner().invoke(app, ["replay", "-", "--json"], input=json.dumps(without_answers(vectors[:2])))

    assert json.loads(result.stdout) == vectors[:2]


def test_steps_may_be_empty_and_then_there_is_only_the_plan(run: Run, one: Scenarios) -> None:
    one[0]["steps"] = []

    (answer,) = json.loads(run(one, "--json").stdout)

    assert list(answer) == ["id", "terms", "plan", "steps"]
    assert answer["terms"] == one[0]["terms"]
    assert answer["plan"][0] == {"n": 1, "due": "2026-02-15", "principal_fen": 93571, "interest_fen": 14400}
    assert answer["steps"] == []


def test_an_empty_file_of_scenarios_is_answered_with_as_many(run: Run) -> None:
    assert json.loads(run([], "--json").stdout) == []


@pytest.mark.parametrize(
    "terms",
    [
        {"principal_fen": 1, "terms": 1},
        {"principal_fen": 10**15, "terms": 480},
        {"annual_rate": "0"},
        {"annual_rate": 0},
        {"annual_rate": "36.5"},
        {"grace_days": 400},
    ],
)
def test_a_products_limits_do_not_apply(run: Run, one: Scenarios, terms: dict[str, Any]) -> None:
    one[0]["terms"] |= terms

    assert run(one, "--json").exit_code == 0


def test_a_decimal_written_as_a_number_is_read_exactly(run: Run, one: Scenarios) -> None:
    as_text = json.loads(run(one, "--json").stdout)
    one[0]["terms"]["annual_rate"] = 0.144

    assert json.loads(run(one, "--json").stdout) == as_text


def test_a_payoff_that_does_not_reach_is_applied_as_a_prepayment(run: Run, one: Scenarios) -> None:
    one[0]["steps"] = [{"date": "2026-01-15", "pay_fen": 100, "intent": "PAYOFF"}, {"closed": None}]

    (answer,) = json.loads(run(one, "--json").stdout)

    assert answer["steps"][0]["allocated"]["principal_fen"] == 100
    assert answer["steps"][1] == {"closed": False}


def test_a_step_is_answered_with_what_was_known_at_it(run: Run, one: Scenarios) -> None:
    one[0]["steps"] = [
        {"date": "2026-02-15", "pay_fen": 107971, "intent": "INSTALLMENT"},
        {"date": "2026-03-01", "ask": None},
        {"date": "2026-03-01", "reverse": 0},
        {"date": "2026-03-01", "ask": None},
    ]

    steps = json.loads(run(one, "--json").stdout)[0]["steps"]

    assert (steps[1]["ask"]["due_fen"], steps[1]["ask"]["dpd"]) == (0, 0)
    assert steps[3]["ask"]["dpd"] == 14


def test_without_json_it_is_a_table_to_read(run: Run, one: Scenarios) -> None:
    result = run(one)

    assert result.exit_code == 0
    for text in ("S1", "2026-02-15", "1079.71", "12000.00", "paid 1079.71", "step 0 reversed", "not closed"):
        assert text in result.stdout


# --- bad files ------------------------------------------------------------------------------------------------------


def changed(scenarios: Scenarios, path: str, value: object) -> Scenarios:
    """The scenarios with the field at `path` set, or left out if the value is `...`."""
    *way, last = path.split("/")
    place: Any = scenarios
    for name in way:
        place = place[int(name) if isinstance(place, list) else name]
    if value is ...:
        del place[last]
    else:
        place[last if isinstance(place, dict) else int(last)] = value
    return scenarios


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("0", 7, "scenario 1: expected an object with id, terms, steps, found 7"),
        ("0/id", 7, "scenario 1, id: expected a text, found 7"),
        ("0/id", ..., "scenario 1, id: expected, but missing"),
        ("0/steps", None, "scenario 1 (S1), steps: expected an array, found null"),
        ("0/note", "x", "scenario 1 (S1), note: not a field here; expected are id, terms, steps, plan"),
        ("0/terms", [], "scenario 1 (S1), terms: expected an object with principal_fen, annual_rate"),
        ("0/terms/method", ..., "scenario 1 (S1), terms.method: expected, but missing"),
        ("0/terms/colour", "red", "scenario 1 (S1), terms.colour: not a field here; expected are principal_fen"),
        ("0/terms/principal_fen", 0, "terms.principal_fen: expected a whole number of fen above 0, found 0"),
        ("0/terms/principal_fen", "1200000", 'expected a whole number of fen above 0, found "1200000"'),
        ("0/terms/principal_fen", 1200000.5, "terms.principal_fen: expected a whole number of fen above 0"),
        ("0/terms/principal_fen", True, "terms.principal_fen: expected a whole number of fen above 0, found true"),
        ("0/terms/annual_rate", "14.4%", 'terms.annual_rate: expected a decimal of 0 or more, such as "0.144"'),
        ("0/terms/annual_rate", "-0.1", "terms.annual_rate: expected a decimal"),
        ("0/terms/annual_rate", "NaN", "terms.annual_rate: expected a decimal"),
        ("0/terms/annual_rate", "1e9", "terms.annual_rate: expected a decimal"),
        ("0/terms/annual_rate", None, "terms.annual_rate: expected a decimal"),
        ("0/terms/annual_rate", False, "terms.annual_rate: expected a decimal"),
        ("0/terms/method", "ANNUITY", "terms.method: expected one of EQUAL_INSTALLMENT, EQUAL_PRINCIPAL"),
        ("0/terms/method", [], "terms.method: expected one of"),
        ("0/terms/terms", 0, "terms.terms: expected a whole number of months, 1 to 480, found 0"),
        ("0/terms/terms", 481, "terms.terms: expected a whole number of months, 1 to 480, found 481"),
        (
            "0/terms/value_date",
            "2026-02-30",
            'terms.value_date: expected a date such as 2026-01-31, found "2026-02-30"',
        ),
        ("0/terms/value_date", "20260115", "terms.value_date: expected a date such as 2026-01-31"),
        ("0/terms/value_date", "9999-12-31", "terms.value_date: expected a loan that ends before the year 9900"),
        ("0/terms/day_count", "30E_360", "terms.day_count: expected one of ACT_360, ACT_365, ACT_ACT, 30_360"),
        ("0/terms/penalty_base", None, "terms.penalty_base: expected one of PRINCIPAL, PRINCIPAL_AND_INTEREST"),
        ("0/terms/prepay", "KEEP", "terms.prepay: expected one of REDUCE_INSTALLMENT, REDUCE_TERM"),
        ("0/terms/grace_days", -1, "terms.grace_days: expected a whole number of days, 0 or more, found -1"),
        ("0/steps/0", {}, "steps[0]: expected an object with exactly one of ask, pay_fen, waive, reverse, closed"),
        ("0/steps/0/ask", None, "steps[0]: expected an object with exactly one of"),
        ("0/steps/0/date", ..., "steps[0].date: expected, but missing"),
        ("0/steps/0/date", "2026-01-14", "steps[0].date: expected a day on or after the value date 2026-01-15"),
        ("0/steps/0/pay_fen", 0, "scenario 1 (S1), steps[0].pay_fen: expected a whole number of fen above 0, found 0"),
        ("0/steps/0/pay_fen", "1079.71", "steps[0].pay_fen: expected a whole number of fen above 0"),
        ("0/steps/0/intent", "ALL", "steps[0].intent: expected one of INSTALLMENT, PREPAY, PAYOFF"),
        ("0/steps/0/memo", "", "steps[0].memo: not a field here; expected are date, pay_fen, intent, allocated"),
        ("0/steps/1/waive", 5, "steps[1].waive: expected an object with penalty_fen, interest_fen, found 5"),
        ("0/steps/1/waive/interest_fen", -1, "steps[1].waive.interest_fen: expected a whole number of fen, 0 or more"),
        (
            "0/steps/2/reverse",
            1,
            "steps[2].reverse: expected the number, from 0, of an earlier step that pays, found 1",
        ),
        (
            "0/steps/2/reverse",
            9,
            "steps[2].reverse: expected the number, from 0, of an earlier step that pays, found 9",
        ),
        ("0/steps/2/reverse", -1, "steps[2].reverse: expected the number of a step, from 0, found -1"),
        ("0/steps/3/ask", 1, "steps[3].ask: expected null, found 1"),
        ("0/steps/4/closed", "yes", 'steps[4].closed: expected null, found "yes"'),
    ],
)
def test_a_bad_field_is_named_with_what_was_expected(
    run: Run, one: Scenarios, path: str, value: object, sentence: str
) -> None:
    result = run(changed(one, path, value), "--json")

    assert result.exit_code == 2
    assert result.stdout == ""
    assert sentence in result.stderr


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "the file is not JSON"),
        (b"[", "the file is not JSON"),
        (b"\xff\xfe\x00", "the file is not JSON"),
        (b"[" * 100_000, "the file is not JSON"),
        (b"[" + b"9" * 5_000 + b"]", "the file is not JSON"),
        (b"{}", "the file: expected an array of scenarios, found {}"),
        (b'[{"id": "S1", "id": "S2"}]', "the field 'id' stands twice in one object"),
        (b'[{"id": NaN}]', "NaN is not a number a file may hold"),
    ],
)
def test_a_file_that_is_none_is_refused_with_a_sentence(run: Run, content: bytes, sentence: str) -> None:
    result = run(content, "--json")

    assert result.exit_code == 2
    assert result.stdout == ""
    assert sentence in result.stderr


def test_the_second_scenario_is_named_if_it_is_the_bad_one(run: Run, one: Scenarios) -> None:
    other = copy.deepcopy(one)
    other[0]["id"] = "S2"
    result = run([*one, *changed(other, "0/terms/terms", "12")], "--json")

    assert result.exit_code == 2
    assert result.stdout == ""
    assert 'scenario 2 (S2), terms.terms: expected a whole number of months, 1 to 480, found "12"' in result.stderr


def test_a_file_that_is_not_there_is_refused_with_a_sentence(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["replay", str(tmp_path / "nowhere.json"), "--json"])

    assert result.exit_code == 2
    assert result.stdout == ""
    assert "nowhere.json: No such file or directory" in result.stderr


def test_a_folder_is_refused_with_a_sentence(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["replay", str(tmp_path), "--json"])

    assert result.exit_code == 2
    assert "Is a directory" in result.stderr
