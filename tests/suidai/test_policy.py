"""`suidai policy`, as an operator runs it."""

import json
from datetime import date

import pytest

from domain.lending.models import Loan
from domain.shared.db import Sessions
from domain.shared.policy import PolicyValue
from tests.domain.credit.builders import granted_line, ready_borrower, set_up
from tests.domain.lending.origination.builders import applied_loan, product
from tests.suidai.test_books import MASTER
from tests.suidai.test_cli import suidai


@pytest.fixture
async def loan(sessions: Sessions) -> Loan:
    """A loan applied for on 2026-01-15, below a ceiling that comes down the day after."""
    async with sessions.begin() as session:
        await set_up(session)
        await product(session)
        borrower_id = await ready_borrower(session)
        await granted_line(session, borrower_id)
        made = await applied_loan(session, borrower_id)
        lower = {"measure": "NOMINAL", "limit": "0.12"}
        since = date(2026, 1, 16)
        session.add(
            PolicyValue(name="lending.cost_ceiling", value=lower, source="four times LPR", effective_from=since)
        )
        return made


async def test_an_operator_sees_policy_and_has_a_loan_decided_again(loan: Loan, database_url: str) -> None:
    def ran(*words: str) -> tuple[int, str]:
        done = suidai("policy", *words, SUIDAI_DATABASE_URL=database_url, SUIDAI_MASTER_KEY=MASTER, COLUMNS="220")
        return done.returncode, done.stdout or done.stderr

    code, listed = ran("list", "--on", "2026-01-15", "--json")
    limits = {row["name"]: row["value"] for row in json.loads(listed)}
    assert (code, limits["lending.cost_ceiling"]["limit"]) == (0, "0.24")

    code, shown = ran("show", "lending.cost_ceiling")
    assert code == 0
    for said in ("0.12", "0.24", "2026-01-16", "four times LPR", "Used in: products"):
        assert said in shown

    code, told = ran("rerun", loan.number, "--json")
    assert code == 0
    assert [(each["decision"], each["verdict"]) for each in json.loads(told)] == [
        ("COST_CEILING", "PASSED"),
        ("PURPOSE", "PASSED"),
        ("EXPOSURE_CAP", "PASSED"),
    ]

    code, told = ran("rerun", loan.number, "--under", "2026-01-16")
    assert code == 1
    assert "REFUSED" in told
    assert "COST_CEILING" in told

    assert ran("rerun", "LN0") == (1, "suidai: There is no such loan.\n")
    assert ran("list", "--on", "someday")[1].startswith("suidai: 'someday' is not a day")
