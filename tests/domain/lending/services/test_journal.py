"""A loan begins: plan, books, planned looks."""

from datetime import date, datetime

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ledger import queries as ledger_queries
from domain.lending.models import LoanStatus
from domain.lending.queries import loans as queries
from domain.lending.rules.events import Paid
from domain.lending.rules.plan import make_plan
from domain.lending.services import journal
from domain.shared.days import SHANGHAI
from domain.shared.ids import new_id
from domain.shared.outbox import OutboxRow
from domain.shared.schedule import ScheduledAction
from tests.domain.lending.loans import loan as terms_like
from tests.domain.lending.rows import noon, running_loan

DAY = date(2026, 2, 1)


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


@pytest.mark.parametrize("change", ["UPDATE loan_events SET value_date = '2026-01-16'", "DELETE FROM loan_events"])
async def test_a_line_of_a_journal_is_never_changed_or_removed(session: AsyncSession, change: str) -> None:
    await running_loan(session)
    with pytest.raises(DBAPIError, match="append only"):
        await session.execute(text(change))


async def test_what_caused_an_event_causes_one_only(session: AsyncSession) -> None:
    loan, other = await running_loan(session), await running_loan(session)
    await journal.record(session, loan, _paid(1), source="repayment:1", at=noon(DAY))
    with pytest.raises(IntegrityError, match="uq_loan_events_source"):
        await journal.record(session, other, _paid(1), source="repayment:1", at=noon(DAY))


async def test_an_event_that_is_not_the_next_is_not_written(session: AsyncSession) -> None:
    loan = await running_loan(session)
    for sequence in (0, 2):
        with pytest.raises(ValueError, match="is not the next of loan"):
            await journal.append(session, loan, _paid(sequence), source="repayment:1", at=noon(DAY))


def _paid(sequence: int) -> Paid:
    return Paid(new_id(), DAY, sequence, 1_00)
