"""A loan's books are brought to the day before something happens to it; and the night's sums leave it what is its own."""

from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from domain.ledger import queries as ledger_queries
from domain.lending.queries import loans as queries
from domain.lending.services import close_of_day, repayment
from domain.shared.days import SHANGHAI
from tests.domain.lending.rows import noon, running_loan, settled_attempt
from tests.domain.lending.services.laws import balances, the_books_hold

FIRST_DUE, HEARD = date(2026, 2, 15), date(2026, 2, 17)


async def test_what_days_earned_is_posted_apart_from_what_an_event_changed(session: AsyncSession) -> None:
    """Heard of two days after it was paid: what the days earned counts from today, what the event takes back from its day."""
    loan = await running_loan(session)
    attempt_id = await settled_attempt(session, loan, 1079_71, paid_at=noon(FIRST_DUE), at=noon(HEARD))
    await repayment.apply_settled(session, attempt_id=attempt_id, at=noon(HEARD))

    posted = await ledger_queries.transfers_of_loan(session, loan.id, limit=20)
    earned = {each.source.partition(":")[0]: each for each in posted if each.kind == "loan_earned"}
    lines = await ledger_queries.entries_of(session, [each.id for each in earned.values()])
    of = {
        name: {
            (each.account_code, each.side.value): each.amount_fen for each in lines if each.transfer_id == transfer.id
        }
        for name, transfer in earned.items()
    }

    assert {name: each.value_date for name, each in earned.items()} == {"loan": HEARD, "repayment": FIRST_DUE}
    assert {each.booking_date for each in earned.values()} == {HEARD}
    assert of["loan"][("income.interest", "CREDIT")] == 144_00 + 9_48
    assert of["loan"][("income.penalty", "CREDIT")] == 1_12
    assert of["repayment"] == {("income.penalty", "DEBIT"): 1_12, ("loans.penalty", "CREDIT"): 1_12}
    assert await the_books_hold(session)


async def test_the_nights_sums_leave_out_a_loan_whose_row_falls_due(session: AsyncSession) -> None:
    loan = await running_loan(session)
    at = datetime(2026, 2, 15, 0, 30, tzinfo=SHANGHAI)

    assert await close_of_day.accrue(session, at=at) == 0
    assert "income.interest" not in await balances(session)
    assert (await close_of_day.look_again(session, at=at)).replayed == 1
    assert (await balances(session))["income.interest"] == 144_00
    assert (await queries.book_of(session, loan.id)).posted_through == FIRST_DUE
