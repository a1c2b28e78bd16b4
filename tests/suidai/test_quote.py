"""`suidai quote`, as somebody asks it who wants to know what a loan would cost."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from domain.lending.rules.methods import forget, register
from domain.lending.rules.methods.equal_principal import EqualPrincipal
from domain.shared.db import Sessions
from suidai import quote_command
from suidai.cli import app
from suidai.quote_command import BadQuestion, Offline, of_product, plain
from suidai.quote_tables import show
from suidai.seed import seed

MASTER = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


def ask(amount: str = "12000.00", terms: str = "12", *, as_json: bool = False, **given: Any) -> None:
    """In this process, on terms given on the spot unless something else is said."""
    said = {"method": "EQUAL_INSTALLMENT", "rate": "0.144", "day_count": "30_360"} | given
    product, value_date = said.pop("product", None), said.pop("value_date", "2026-01-15")
    offline = Offline(said["method"], said["rate"], said["day_count"])
    quote_command.quote(amount, terms, product=product, value_date=value_date, offline=offline, as_json=as_json)


def told(capsys: pytest.CaptureFixture[str], **given: Any) -> dict[str, Any]:
    ask(as_json=True, **given)
    return json.loads(capsys.readouterr().out)


def test_the_worked_loan_is_quoted_to_the_fen(capsys: pytest.CaptureFixture[str]) -> None:
    quoted = told(capsys)

    assert [row["total_fen"] for row in quoted["plan"]] == [1079_71] * 11 + [1079_64]
    assert [row["due"] for row in quoted["plan"]][::11] == ["2026-02-15", "2027-01-15"]
    assert quoted["plan"][-1]["balance_fen"] == 0
    assert quoted["totals"] == {
        "principal_fen": 12_000_00,
        "interest_fen": 956_45,
        "fee_fen": 0,
        "total_fen": 12_956_45,
    }
    assert quoted["cost"] == {"nominal": "0.143999", "effective": "0.154581", "simple": "0.144558"}
    assert (quoted["rate"], quoted["product"]) == ("0.144", None)


def test_a_person_reads_a_table_with_totals_and_three_costs(capsys: pytest.CaptureFixture[str]) -> None:
    ask()
    said = capsys.readouterr().out

    for figure in ("1079.64", "956.45", "12956.45", "14.3999 %", "15.4581 %", "14.4558 %", "2027-01-15"):
        assert figure in said


@pytest.fixture
def fifth() -> Iterator[str]:
    class Fifth(EqualPrincipal):
        code = "FIFTH"

    register(Fifth(), provider="elsewhere")
    yield "FIFTH"
    forget("FIFTH")


def test_a_package_s_method_is_quoted_as_any_other(capsys: pytest.CaptureFixture[str], fifth: str) -> None:
    assert told(capsys, method=fifth)["plan"] == told(capsys, method="EQUAL_PRINCIPAL")["plan"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"amount": "0.00"}, "0.00 yuan is less than"),
        ({"amount": "-5.00"}, "-5.00 yuan is less than"),
        ({"amount": "12000"}, "AMOUNT: '12000' is not an amount in yuan with two decimals"),
        ({"amount": "999999999999999.99"}, "is more than"),
        ({"terms": "37"}, "37 months were asked for; the product is offered for 3 to 36"),
        ({"terms": "2"}, "3 to 36"),
        ({"terms": "-3"}, "3 to 36"),
        ({"terms": "a year"}, "TERMS: 'a year' is not a number of months"),
        ({"method": "BALLOON"}, "choose one of EQUAL_INSTALLMENT, EQUAL_PRINCIPAL, INTEREST_ONLY, BULLET"),
        ({"rate": "1e3"}, "--rate: '1e3' is not a yearly rate"),
        ({"rate": "-0.1"}, "--rate: '-0.1' is not"),
        ({"rate": "NaN"}, "--rate: 'NaN' is not"),
        ({"rate": None}, "--rate is missing"),
        ({"day_count": "30E_360"}, "--day-count: '30E_360' is none of ACT_360, ACT_365, ACT_ACT, 30_360"),
        ({"value_date": "2026-02-30"}, "--value-date: '2026-02-30' is not a day"),
        ({"value_date": "20260215"}, "--value-date: '20260215' is not a day"),
        ({"product": "SUIDAI_EQUAL"}, "a product has its own terms"),
    ],
)
def test_what_cannot_be_quoted_is_one_sentence_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], given: dict[str, Any], says: str
) -> None:
    with pytest.raises(typer.Exit) as ended:
        ask(**given)

    said = capsys.readouterr()
    assert (ended.value.exit_code, said.out) == (quote_command.REFUSED, "")
    assert says in said.err
    assert said.err.startswith("suidai: ")
    assert said.err.count("\n") == 1


def test_a_sum_below_nothing_is_no_option() -> None:
    ran = CliRunner().invoke(app, ["quote", "-5.00", "12", "--rate", "0.1"])

    assert (ran.exit_code, ran.stdout) == (2, "")
    assert ran.stderr == "suidai: -5.00 yuan is less than the product's smallest loan, 0.01 yuan.\n"


def test_eighty_columns_hold_the_largest_sums_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    options = ["--method", "EQUAL_INSTALLMENT", "--rate", "0.144", "--day-count", "ACT_360"]
    ran = CliRunner().invoke(app, ["quote", "9999999999.00", "36", *options])

    assert (ran.exit_code, "…" in ran.stdout) == (0, False)
    assert max(map(len, ran.stdout.splitlines())) <= 80
    assert "2408650173.17" in ran.stdout.split()


async def test_a_product_is_quoted_by_the_service_behind_the_api(
    sessions: Sessions, database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await seed(sessions, with_staff=False)
    for name, value in {"DATABASE_URL": database_url, "MASTER_KEY": MASTER}.items():
        monkeypatch.setenv(f"SUIDAI_{name}", value)
    monkeypatch.setenv("COLUMNS", "200")

    quoted = await of_product(12_000_00, 12, "SUIDAI_EQUAL", None)
    show(quoted)

    said, kept = capsys.readouterr().out, plain(quoted)
    assert "ceiling 24 % (NOMINAL): holds; at worst" in said
    assert "SUIDAI_EQUAL 随贷·每月等额" in said
    assert (kept["product"], kept["holds"], kept["ceiling"]["limit"]) == ("SUIDAI_EQUAL", True, "0.24")
    assert sum(row["principal_fen"] for row in kept["plan"]) == 12_000_00
    with pytest.raises(BadQuestion, match="37 months were asked for"):
        await of_product(12_000_00, 37, "SUIDAI_EQUAL", None)
    with pytest.raises(BadQuestion, match="SUIDAI_BULLET, SUIDAI_EQUAL, SUIDAI_EQUAL_PRINCIPAL, SUIDAI_INTEREST_ONLY"):
        await of_product(12_000_00, 12, None, None)
