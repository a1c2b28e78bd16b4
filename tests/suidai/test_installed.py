"""`suidai methods`, `suidai calculators` and `suidai calculate`, where only the house itself is installed."""

import json
from pathlib import Path

import pytest
import suidai_deposits
import typer
from suidai_quarterly import QuarterlyInterest
from typer.testing import CliRunner

import suidai.installed
from domain.shared.db import Sessions
from plugins.discovery import Plugins
from plugins.testing import registered
from suidai import loan_commands
from suidai.cli import app
from tests.domain.lending.loans import loan as terms_like
from tests.domain.lending.rows import running_loan
from tests.plugins.test_methods import offering
from tests.suidai.test_books import MASTER
from tests.suidai.test_cli import suidai as suidai_command

QUESTION = ["calculate", "FIXED_DEPOSIT", "--amount", "10000.00", "--months", "12", "--rate", "0.0135"]


def said(*words: str, code: int = 0, of: typer.Typer = app) -> str:
    done = CliRunner().invoke(of, list(words))
    assert done.exit_code == code, done.output
    return done.output


@pytest.fixture
def with_deposits(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if suidai-deposits were installed."""
    monkeypatch.setattr(suidai.installed, "plugins", lambda: Plugins.found(extra={"deposits": suidai_deposits}))


def test_the_methods_of_the_house_are_listed() -> None:
    listed = json.loads(said("methods", "--json"))

    assert [(each["code"], each["provider"]) for each in listed][:4] == [
        ("EQUAL_INSTALLMENT", "suidai"),
        ("EQUAL_PRINCIPAL", "suidai"),
        ("INTEREST_ONLY", "suidai"),
        ("BULLET", "suidai"),
    ]
    assert listed[0]["name"] == {"en": "equal installments", "zh": "等额本息"}
    assert "等额本息" in said("methods")


def test_the_house_has_no_calculator() -> None:
    assert json.loads(said("calculators", "--json")) == []
    assert "'FIXED_DEPOSIT' is provided by no package here" in said(*QUESTION, code=2)


def test_a_packages_calculator_is_listed_and_answers(with_deposits: None) -> None:
    listed = json.loads(said("calculators", "--json"))
    answer = json.loads(said(*QUESTION, "--json"))

    assert [each["code"] for each in listed] == ["FIXED_DEPOSIT", "INSTALMENT_SAVINGS"]
    assert answer == {
        "code": "FIXED_DEPOSIT",
        "paid_in_fen": 10_000_00,
        "interest_fen": 135_00,
        "total_fen": 10_135_00,
    }
    assert "10135.00" in said(*QUESTION)


@pytest.mark.parametrize(
    ("option", "value", "why"),
    [
        ("--amount", "0.00", "0.00 was given"),
        ("--amount", "-5.00", "-5.00 was given"),
        ("--amount", "1e3", "--amount: '1e3' is not an amount in yuan"),
        ("--months", "0", "1 to 600 months; 0 was given"),
        ("--rate", "1.35", "1.35 was given"),
        ("--rate", "much", "--rate: 'much' is not a decimal"),
        ("--rate", "sNaN", "sNaN was given"),
    ],
)
def test_what_cannot_be_is_one_sentence(option: str, value: str, why: str) -> None:
    assert why in said(*QUESTION, f"{option}={value}", code=2)


def test_a_plugin_that_was_set_aside_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Plugins.found(extra={"strange": offering("nonsense")})
    suidai.installed.take_methods(found)
    monkeypatch.setattr(suidai.installed, "plugins", lambda: found)

    assert "plugin strange is set aside: it offers a str" in said("methods")


LOANS = str(Path(__file__).parents[2] / "examples" / "suidai-quarterly" / "loans.json")


def test_a_history_of_a_method_that_is_not_installed_says_so() -> None:
    assert 'found "QUARTERLY_INTEREST"' in said("replay", LOANS, code=2, of=loan_commands.app)


def test_a_method_that_answers_badly_is_one_sentence() -> None:
    method = QuarterlyInterest()
    with registered(method, provider="suidai-quarterly"):
        method.principals = lambda *asked: [1]  # type: ignore[method-assign]  # a package that was changed meanwhile
        assert "QUARTERLY_INTEREST gave an answer that cannot be" in said("replay", LOANS, code=2, of=loan_commands.app)


def lying_beside(folder: Path) -> str:
    """A path on which the package lies as an installer would have put it there."""
    source = Path(LOANS).parent / "src"
    told = folder / "suidai_quarterly-0.1.0.dist-info"
    told.mkdir()
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: suidai-quarterly\nVersion: 0.1.0\n", "utf-8")
    (told / "entry_points.txt").write_text("[suidai.plugins]\nquarterly = suidai_quarterly\n", "utf-8")
    return f"{source}:{folder}"


async def test_the_books_are_checked_with_the_methods_that_are_installed(
    sessions: Sessions, database_url: str, tmp_path: Path
) -> None:
    with registered(QuarterlyInterest(), provider="suidai-quarterly"):
        async with sessions.begin() as session:
            loan = await running_loan(session, terms_like(method="QUARTERLY_INTEREST"))
    house = {"SUIDAI_DATABASE_URL": database_url, "SUIDAI_MASTER_KEY": MASTER, "COLUMNS": "200"}
    without = suidai_command("books", "verify", **house)
    installed = suidai_command("books", "verify", **house, PYTHONPATH=lying_beside(tmp_path))

    assert without.returncode == 1
    assert loan.number in without.stdout
    assert "QUARTERLY_INTEREST is provided by no package" in without.stdout
    assert (installed.returncode, installed.stdout) == (0, "Every law of the books holds.\n")
