"""`suidai books verify`, as an operator runs it."""

import json

from domain.lending.models import Loan
from domain.lending.queries import loans as queries
from domain.shared.db import Sessions
from tests.domain.lending.rows import running_loan
from tests.suidai.test_cli import suidai

MASTER = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


async def _loan(sessions: Sessions, off_by_fen: int = 0) -> Loan:
    async with sessions.begin() as session:
        loan = await running_loan(session)
        (await queries.book_of(session, loan.id)).interest_earned_fen += off_by_fen
        return loan


async def test_books_that_hold_end_well(sessions: Sessions, database_url: str) -> None:
    await _loan(sessions)
    ran = suidai("books", "verify", SUIDAI_DATABASE_URL=database_url, SUIDAI_MASTER_KEY=MASTER)

    assert (ran.returncode, ran.stdout) == (0, "Every law of the books holds.\n")
    assert "loans" in ran.stderr
    assert "1/1" in ran.stderr


async def test_a_broken_law_ends_badly_and_says_the_figures(sessions: Sessions, database_url: str) -> None:
    loan = await _loan(sessions, off_by_fen=12_34)
    ran = suidai("books", "verify", SUIDAI_DATABASE_URL=database_url, SUIDAI_MASTER_KEY=MASTER, COLUMNS="200")

    assert ran.returncode == 1
    assert loan.number in ran.stdout
    assert "12.34" in ran.stdout


async def test_a_machine_reads_the_same(sessions: Sessions, database_url: str) -> None:
    loan = await _loan(sessions, off_by_fen=12_34)
    ran = suidai("books", "verify", "--json", SUIDAI_DATABASE_URL=database_url, SUIDAI_MASTER_KEY=MASTER)

    said = json.loads(ran.stdout)
    assert (ran.returncode, said["ok"]) == (1, False)
    assert {
        "law": "the loan book is the replay",
        "subject": f"{loan.number}: interest_earned_fen",
        "expected_fen": 0,
        "found_fen": 12_34,
    } in said["broken"]
