"""A loan begins: plan, books, planned looks."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ledger import queries as ledger_queries
from domain.lending.models import LoanStatus
from domain.lending.queries import loans as queries
from domain.lending.rules.plan import make_plan
from domain.shared.days import SHANGHAI
from domain.shared.outbox import OutboxRow
from domain.shared.schedule import ScheduledAction
from tests.domain.lending.loans import loan as terms_like
from tests.domain.lending.rows import noon, running_loan


async def balances(session: AsyncSession) -> dict[str, int]:
    return {each.code: each.balance_fen for each in await ledger_queries.trial_balance(session) if each.balance_fen}


async def test_a_loan_that_is_paid_out_runs_by_its_plan(session: AsyncSession) -> None:
    terms = terms_like()
    loan = await running_loan(session, terms)
    rows = (await queries.installments_of(session, [loan.id]))[loan.id]

    assert loan.status is LoanStatus.ACTIVE
    assert [(row.n, row.due_on, row.principal_fen, row.interest_fen) for row in rows] == [
        (row.n, row.due, row.principal_fen, row.interest_fen) for row in make_plan(terms)
    ]
    assert (loan.next_due_on, loan.overdue_since) == (date(2026, 2, 15), None)
    assert (loan.undue_fen, loan.principal_open_fen) == (12_000_00, 12_000_00)


async def test_what_went_out_is_owed_by_the_borrower_and_to_the_funder(session: AsyncSession) -> None:
    await running_loan(session)

    assert await balances(session) == {"loans.principal": 12_000_00, "funders.payable.own": 12_000_00}


async def test_a_value_date_that_was_heard_of_late_brings_its_interest_with_it(session: AsyncSession) -> None:
    loan = await running_loan(session, terms_like(day_count="ACT_360"), at=noon(date(2026, 1, 18)))

    assert (await balances(session))["loans.interest"] == 14_40
    transfers = await ledger_queries.transfers_of_loan(session, loan.id, limit=10)
    assert {(each.booking_date, each.value_date) for each in transfers} == {(date(2026, 1, 18), date(2026, 1, 15))}


async def test_a_look_is_planned_a_day_after_nine_on_each_due_date(session: AsyncSession) -> None:
    loan = await running_loan(session)
    planned = (await session.scalars(select(ScheduledAction).order_by(ScheduledAction.due_at))).all()

    assert len(planned) == 12
    assert planned[0].due_at == datetime(2026, 2, 16, 9, tzinfo=SHANGHAI)
    assert planned[0].payload == {"loan_id": str(loan.id), "n": 1}


async def test_the_beginning_is_announced(session: AsyncSession) -> None:
    await running_loan(session)

    assert set(await session.scalars(select(OutboxRow.topic))) == {"lending.disbursed", "lending.projected"}
