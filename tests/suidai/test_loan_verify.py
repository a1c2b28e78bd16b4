"""`suidai loan verify`, as an operator runs it."""

import json
from datetime import date

from domain.lending.models import Loan
from domain.lending.queries import loans as queries
from domain.shared.db import Sessions
from tests.domain.lending.rows import running_loan
from tests.suidai.test_books import MASTER
from tests.suidai.test_cli import suidai


async def _loans(sessions: Sessions, count: int) -> list[Loan]:
    async with sessions.begin() as session:
        return [await running_loan(session) for _ in range(count)]


async def test_loans_that_agree_are_counted(sessions: Sessions, database_url: str) -> None:
    await _loans(sessions, 2)
    ran = suidai("loan", "verify", SUIDAI_DATABASE_URL=database_url, SUIDAI_MASTER_KEY=MASTER)

    assert ran.returncode == 0
    assert ran.stdout.startswith("2 loans, no difference; ")
    assert ran.stdout.endswith(" loans a second.\n")
    assert "2/2" in ran.stderr


async def test_what_differs_ends_badly_and_is_said_for_a_machine_too(sessions: Sessions, database_url: str) -> None:
    loan, other = await _loans(sessions, 2)
    async with sessions.begin() as session:
        (await queries.book_of(session, loan.id)).interest_earned_fen += 12_34
        (await queries.lock_loan(session, other.id)).next_due_on = date(2026, 2, 16)
    told = {"SUIDAI_DATABASE_URL": database_url, "SUIDAI_MASTER_KEY": MASTER, "COLUMNS": "200"}
    shown, read = suidai("loan", "verify", **told), suidai("loan", "verify", "--json", **told)
    said = json.loads(read.stdout)

    assert (shown.returncode, read.returncode) == (1, 1)
    assert "2 loans, 2 differences" in shown.stdout
    assert "12.34" in shown.stdout
    assert (said["ok"], said["loans"]) == (False, 2)
    assert said["loans_per_second"] > 0
    assert sorted(said["differences"], key=lambda each: each["law"]) == [
        {
            "law": "the loan book is the replay",
            "subject": f"{loan.number}: interest_earned_fen",
            "expected_fen": 0,
            "found_fen": 12_34,
        },
        {
            "law": "what is stored of a loan is its replay",
            "subject": f"{other.number}: next_due_on",
            "expected": "2026-02-15",
            "found": "2026-02-16",
        },
    ]
