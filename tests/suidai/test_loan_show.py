"""`suidai loan show`, as somebody at the desk asks."""

import json
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from typer.testing import CliRunner

from domain.lending.services import repayment
from domain.shared.actors import SYSTEM
from domain.shared.db import Sessions
from suidai.loan_commands import app
from suidai.loan_page import print_page
from suidai.loan_show import page_of
from tests.domain.lending.rows import new_loan, noon, running_loan, settled_attempt
from tests.domain.lending.services.test_back_dated import pay
from tests.suidai.test_books import MASTER
from tests.suidai.test_cli import suidai

DUE, HEARD = date(2026, 2, 15), date(2026, 3, 7)
NOW = noon(date(2026, 3, 10))


async def _page(session: AsyncSession, **asked: Any) -> Any:
    """Of a loan whose first row was paid on its day, which was heard of late; a second payment was none."""
    loan = await running_loan(session)
    await pay(session, loan, 1079_71, DUE, HEARD)
    made = await pay(session, loan, 100_00, HEARD)
    assert made is not None
    await repayment.reverse(session, repayment_id=made.id, reason="to Mr Wang", at=noon(HEARD), actor=SYSTEM)
    return await page_of(session, loan, **({"as_of": None, "known_at": None, "at": NOW} | asked))


async def test_a_page_says_all_there_is(session: AsyncSession) -> None:
    page = await _page(session)
    paid, _, reversal = page["journal"]

    assert (page["loan"]["status"], page["loan"]["value_date"]) == ("ACTIVE", "2026-01-15")
    assert (page["terms"]["annual_rate"], page["terms"]["method"]) == ("0.144", "EQUAL_INSTALLMENT")
    assert (page["position"]["on"], page["position"]["days_past_due"]) == ("2026-03-10", 0)
    assert (page["plan"][0]["status"], page["plan"][0]["paid_on"]) == ("PAID", "2026-02-15")
    assert (paid["value_date"], paid["recorded_at"]) == ("2026-02-15", "2026-03-07T12:00:00+08:00")
    assert (paid["parts"], paid["rows"]) == ({"interest_fen": 144_00, "principal_fen": 935_71}, [1])
    assert (reversal["kind"], reversal["reverses"]) == ("REVERSED", 2)
    assert page["book"]["posted_through"] == "2026-03-07"
    assert page["book"]["held"]["principal_paid_fen"] == 935_71
    assert page["book"]["accounts"]["loans.principal"] == 12_000_00 - 935_71


async def test_a_page_of_then_as_known_then(session: AsyncSession) -> None:
    then = date(2026, 3, 5)
    page = await _page(session, as_of=then, known_at=noon(then))

    assert (page["position"]["days_past_due"], page["plan"][0]["status"]) == (18, "DUE")
    assert page["journal"] == []
    assert "book" not in page


async def test_the_moment_of_an_event_is_one_at_which_it_was_known(session: AsyncSession) -> None:
    loan = await running_loan(session)
    heard = noon(HEARD).replace(microsecond=250)
    attempt_id = await settled_attempt(session, loan, 1079_71, paid_at=noon(DUE))
    await repayment.apply_settled(session, attempt_id=attempt_id, at=heard)
    told = (await page_of(session, loan, as_of=None, known_at=None, at=NOW))["journal"][0]["recorded_at"]
    then = await page_of(session, loan, as_of=None, known_at=datetime.fromisoformat(told), at=NOW)

    assert [event["kind"] for event in then["journal"]] == ["PAID"]
    assert then["position"]["days_past_due"] == 0


async def test_what_somebody_wrote_in_his_own_words_is_not_shown(
    session: AsyncSession, capsys: pytest.CaptureFixture[str]
) -> None:
    page = await _page(session)
    print_page(page)

    shown = capsys.readouterr().out
    assert "REVERSED 2" in shown
    assert "…" not in shown, "nothing is cut short"
    assert "Wang" not in shown + json.dumps(page)


async def test_eighty_columns_hold_whole_sums_and_words(
    session: AsyncSession, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    loan = await running_loan(session)
    await pay(session, loan, 20_000_00, HEARD)
    print_page(await page_of(session, loan, as_of=None, known_at=None, at=NOW))

    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 80
    row = next(line for line in shown.splitlines() if "PAID INSTALLMENT" in line)
    assert "20000.00" in row.split(), "a sum is not broken"
    assert {"penalty", "interest", "principal", "excess"} <= set(shown[shown.index(row) :].split()), "nor is a word"


async def test_of_a_loan_whose_money_has_not_come_there_are_terms(
    session: AsyncSession, capsys: pytest.CaptureFixture[str]
) -> None:
    loan = await new_loan(session)
    print_page(await page_of(session, loan, as_of=None, known_at=None, at=NOW))

    shown = capsys.readouterr().out
    assert f"{loan.number}  DISBURSING" in shown
    assert "Its money has not come." in shown


async def test_the_command_reads_the_database_that_runs(sessions: Sessions, database_url: str) -> None:
    async with sessions.begin() as session:
        loan = await running_loan(session)
    told = {"SUIDAI_DATABASE_URL": database_url, "SUIDAI_MASTER_KEY": MASTER, "COLUMNS": "160"}
    shown = suidai("loan", "show", loan.number, "--as-of", "2026-04-01", **told)
    nobody = suidai("loan", "show", "LN0", **told)

    assert shown.returncode == 0, shown.stderr
    assert "on 2026-04-01: due 2194.34, 45 days past due" in shown.stdout
    assert (nobody.returncode, nobody.stderr) == (2, "suidai: there is no loan LN0\n")


@pytest.mark.parametrize(
    ("option", "text", "says"),
    [("--as-of", "2026-02-30", "is not a day"), ("--known-at", "2026-03-05T12:00", "with its offset")],
)
def test_what_is_no_day_or_moment_is_refused(option: str, text: str, says: str) -> None:
    ran = CliRunner().invoke(app, ["show", "LN0", option, text], env={"COLUMNS": "160"})

    assert ran.exit_code == 2
    assert says in ran.stderr
