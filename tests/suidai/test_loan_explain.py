"""`suidai loan explain`, of a scenario in a file and of a loan of the database."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from rich.cells import cell_len
from typer.testing import CliRunner

from domain.lending.queries.loans import lock_loan
from domain.lending.rules.events import Intent, Paid, WrittenOff
from domain.lending.rules.explaining import explained, story_of
from domain.lending.services import journal
from domain.shared.db import Sessions
from domain.shared.ids import new_id
from suidai.explain_tables import show
from suidai.loan_commands import app
from suidai.loan_scenarios import read_scenarios
from tests.domain.lending.rows import noon, running_loan
from tests.suidai.test_books import MASTER
from tests.suidai.test_cli import suidai

VECTORS = Path(__file__).parents[1] / "vectors" / "loans.json"
TERMS: dict[str, Any] = {
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
}
WORKED = [
    {
        "id": "worked",
        "terms": TERMS,
        "steps": [
            {"date": "2026-02-15", "pay_fen": 107971, "intent": "INSTALLMENT"},
            {"date": "2026-03-15", "pay_fen": 107971, "intent": "INSTALLMENT"},
            {"date": "2026-05-05", "pay_fen": 50000, "intent": "INSTALLMENT"},
        ],
    }
]

Explain = Callable[..., Result]


@pytest.fixture
def explain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Explain:
    monkeypatch.setenv("COLUMNS", "120")
    file = tmp_path / "loans.json"
    file.write_text(json.dumps(WORKED), encoding="utf-8")
    return lambda *options: CliRunner().invoke(app, ["explain", "--file", str(file), *options])


def test_why_do_i_owe_11_50_ends_in_the_figure(explain: Explain) -> None:
    said = explain("--row", "3", "--what", "penalty", "--on", "2026-05-04").stdout
    assert said.splitlines()[-1] == "penalty: 10.92"

    said = explain("--row", "3", "--what", "penalty", "--on", "2026-05-05").stdout
    assert "958.30 × 0.144 × 1.5 × 20/360 = 11.4996 ≈ 11.50; 11.50 − 11.50 − 0.00 = 0.00" in said
    for text in ("2026-04-15", "20/360", "11.4996", "rounded half up", "paid (payment 500.00)"):
        assert text in said


def test_it_speaks_chinese(explain: Explain) -> None:
    said = explain("--row", "3", "--on", "2026-05-15", "--lang", "zh").stdout

    assert "第 3 期" in said
    assert "罚息: 3.55" in said.splitlines()
    assert "本金: 591.21" in said.splitlines()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_eighty_columns_hold_whole_days_sums_and_words(
    language: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    terms = replace(read_scenarios(json.dumps(WORKED).encode())[0].terms, principal_fen=200_000_00)
    events = [
        Paid("late", date(2026, 4, 20), 1, 20_000_00),
        Paid("early", date(2026, 4, 21), 2, 50_000_00, Intent.PREPAY),
        WrittenOff("end", date(2026, 5, 25), 3),
        Paid("recovered", date(2026, 5, 26), 4, 200_000_00),
    ]
    for on in (date(2026, 4, 20), date(2026, 6, 1)):
        story = story_of(terms, events, on)
        for n in (*range(1, 13), None):
            show("LN20260115000042", explained(story, n), story.happened, language)

    shown = capsys.readouterr().out
    assert max(cell_len(line) for line in shown.splitlines()) <= 80
    assert not re.search(r"(?<!\d)…", shown), "nothing is cut short; decimals without an end say so"
    words = re.split(r"[\s():]+", shown)
    wholes = (
        "2026-02-15",
        "200000.00",
        "50000.00",
        *(("write-off", "written", "payment") if language == "en" else ("核销", "还款")),
    )
    assert all(whole in words for whole in wholes)
    assert not [word for word in words if re.match(r"\d{4}-\d", word) and not re.fullmatch(r"\d{4}-\d\d-\d\d\W?", word)]


def test_a_payoff_is_explained_by_what_it_is_made_of(explain: Explain) -> None:
    said = explain("--what", "payoff", "--on", "2026-05-15").stdout.splitlines()

    figures = ("due: 1674.47", "accrued interest: 0.00", "principal not due yet: 8189.25", "prepayment fee: 0.00")
    assert [line for line in said if line in figures] == list(figures)
    assert said[-1] == "payoff: 9863.72"


def test_without_a_day_it_is_the_day_of_the_last_step(explain: Explain) -> None:
    assert json.loads(explain("--row", "3", "--json").stdout)["on"] == "2026-05-05"


def test_a_machine_reads_the_same_in_fen_and_fractions(explain: Explain) -> None:
    told = json.loads(explain("--row", "3", "--on", "2026-05-15", "--json").stdout)

    penalty = told["amounts"][0]
    assert (told["loan"], penalty["what"], penalty["result_fen"]) == ("worked", "PENALTY", 3_55)
    assert [
        (each["days"], each["balance_fen"], each["exact_fen"], each["exact_yuan"]) for each in penalty["segments"]
    ] == [
        (20, 958_30, "28749/25", "11.4996"),
        (10, 591_21, "177363/500", "3.54726"),
    ]
    assert penalty["roundings"][0]["rounded_fen"] == 15_05
    assert penalty["parts"] == [
        {"kind": "PAID", "on": "2026-05-05", "event": "2", "amount_fen": 11_50, "reversal": None}
    ]
    days = json.loads(explain("--what", "days", "--on", "2026-05-15", "--json").stdout)["amounts"][0]
    assert days["result_days"] == 30


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--row", "13"], "no installment 13; its installments are 1 to 12"),
        (["--what", "penalty"], "say which with --row N"),
        (["--row", "1", "--what", "payoff"], "leave --row out"),
        (["--what", "colour"], "'colour' is none of penalty, interest"),
        (["--on", "today"], "--on 'today' is not a day"),
        (["--on", "2026-01-14"], "ask for a day from 2026-01-15"),
        (["--lang", "fr"], "neither zh nor en"),
        (["--known-at", "2026-05-05T12:00"], "not a moment with its offset"),
        (["--known-at", "2026-05-05T12:00+08:00"], "ask the database"),
        (["--id", "other"], "there is no scenario 'other'; there are worked"),
    ],
)
def test_what_is_not_understood_is_one_sentence(explain: Explain, options: list[str], sentence: str) -> None:
    result = explain(*options)

    assert (result.exit_code, result.stdout) == (2, "")
    assert sentence in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_of_several_scenarios_one_is_to_be_named() -> None:
    result = CliRunner().invoke(app, ["explain", "--file", str(VECTORS)])

    assert result.exit_code == 2
    assert "say which scenario with --id; there are S0031" in result.stderr


async def test_a_loan_of_the_database_is_explained_by_its_number(sessions: Sessions, database_url: str) -> None:
    async with sessions.begin() as session:
        loan = await running_loan(session)
        paid = Paid(new_id(), date(2026, 2, 20), loan.last_sequence + 1, 500_00)
        await journal.record(
            session, await lock_loan(session, loan.id), paid, source="test", at=noon(date(2026, 3, 10))
        )
    settings = {"SUIDAI_DATABASE_URL": database_url, "SUIDAI_MASTER_KEY": MASTER, "COLUMNS": "120"}
    asked = ("--row", "1", "--what", "penalty", "--on", "2026-02-25", "--known-at", "2026-03-01T12:00+08:00")

    known = suidai("loan", "explain", loan.number, *asked, **settings)
    nobodys = suidai("loan", "explain", "LN1", **settings)

    assert (known.returncode, known.stderr) == (0, "")
    assert known.stdout.splitlines()[-1] == "penalty: 5.61"
    assert "payment" not in known.stdout
    assert (nobodys.returncode, nobodys.stdout, nobodys.stderr) == (2, "", "suidai: there is no loan LN1\n")
