"""The nightly run: sums for the many, a look at the few, and the same figures to the fen as the replay of each loan."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ledger import queries as ledger_queries
from domain.ledger.models import ClosedDay, Transfer
from domain.lending.models import Loan
from domain.lending.queries import loans as queries
from domain.lending.rules.daycount import DayCount
from domain.lending.rules.terms import Terms
from domain.lending.services import close_of_day
from domain.lending.services.book import posted
from domain.lending.services.history import history_of
from domain.shared.days import SHANGHAI
from tests.domain.lending.loans import any_terms, sums
from tests.domain.lending.loans import loan as terms_like
from tests.domain.lending.rows import noon, running_loan
from tests.domain.lending.services.laws import balances, the_books_hold
from tests.domain.lending.services.paying import pay

BEGIN = date(2026, 1, 15)


def after_midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 0, 30, tzinfo=SHANGHAI)


async def close(session: AsyncSession, today: date) -> close_of_day.Closed:
    return await close_of_day.close(session, at=after_midnight(today))


async def _accruals(session: AsyncSession) -> list[Transfer]:
    rows = await session.scalars(select(Transfer).where(Transfer.source.startswith("accrual:")).order_by(Transfer.id))
    return list(rows)


async def test_what_a_day_earned_is_booked_on_it(session: AsyncSession) -> None:
    await running_loan(session, terms_like(day_count="ACT_360"))
    closed = await close(session, date(2026, 1, 16))

    assert (closed.day, closed.looked_at, closed.accrued) == (BEGIN, 0, 1)
    assert (await balances(session))["income.interest"] == 4_80
    (accrual,) = await _accruals(session)
    assert (accrual.booking_date, accrual.value_date) == (BEGIN, BEGIN)
    kept = await session.get_one(ClosedDay, BEGIN)
    assert kept.debit_fen == kept.credit_fen == 12_000_00 + 4_80 == closed.debit_fen
    assert await the_books_hold(session)


async def test_loans_of_one_product_and_funder_are_one_transfer(session: AsyncSession) -> None:
    loans = [await running_loan(session, terms_like(day_count="ACT_360")) for _ in range(3)]
    for loan in loans[1:]:
        (await queries.book_of(session, loan.id)).product_version_id = loans[0].product_version_id
    await close(session, date(2026, 1, 16))

    (accrual,) = await _accruals(session)
    assert accrual.details["loans"] == 3
    assert {each.amount_fen for each in await ledger_queries.entries_of(session, [accrual.id])} == {14_40}


async def test_closing_twice_changes_nothing(session: AsyncSession) -> None:
    await running_loan(session)
    first = await close(session, date(2026, 1, 20))
    before = await balances(session)
    again = await close(session, date(2026, 1, 20))

    assert (again.looked_at, again.accrued, again.debit_fen) == (0, 0, first.debit_fen)
    assert await balances(session) == before


async def test_a_missed_night_heals_by_itself(session: AsyncSession) -> None:
    await running_loan(session, terms_like(day_count="ACT_360"))
    await close(session, date(2026, 1, 16))
    await close(session, date(2026, 1, 20))

    assert (await balances(session))["income.interest"] == 5 * 4_80
    assert await the_books_hold(session)


async def test_chunks_can_be_run_one_by_one(session: AsyncSession) -> None:
    for _ in range(3):
        await running_loan(session, terms_like(day_count="ACT_360"))
    at = after_midnight(date(2026, 1, 16))
    counts = [await close_of_day.accrue(session, at=at, limit=2) for _ in range(3)]

    assert counts == [2, 1, 0]
    assert (await balances(session))["income.interest"] == 3 * 4_80
    assert await the_books_hold(session)


async def test_a_loan_that_had_a_payment_after_midnight_is_not_accrued_again(session: AsyncSession) -> None:
    loan = await running_loan(session, terms_like(day_count="ACT_360"))
    await pay(session, loan, 1_00, date(2026, 1, 16))
    closed = await close_of_day.close(session, at=noon(date(2026, 1, 16)))

    assert closed.accrued == 0
    assert await the_books_hold(session)


async def test_penalty_is_booked_every_night(session: AsyncSession) -> None:
    await running_loan(session)
    penalties = []
    for day in (16, 17, 18):
        closed = await close(session, date(2026, 2, day))
        assert closed.looked_at == 1
        penalties.append((await balances(session)).get("income.penalty", 0))

    assert penalties == [56, 1_12, 1_68]
    assert await the_books_hold(session)


async def test_a_loan_of_which_nothing_is_owed_is_left_alone(session: AsyncSession) -> None:
    loan = await running_loan(session)
    await pay(session, loan, 13_000_00, date(2026, 1, 16), "PAYOFF")
    closed = await close(session, date(2026, 3, 1))

    assert (closed.looked_at, closed.accrued) == (0, 0)
    assert (await queries.book_of(session, loan.id)).posted_through == date(2026, 1, 16)


@pytest.mark.parametrize("day_count", DayCount)
@pytest.mark.parametrize("method", ["EQUAL_INSTALLMENT", "BULLET"])
async def test_night_after_night_the_books_are_the_replay(
    session: AsyncSession, day_count: DayCount, method: str
) -> None:
    """Over new year into a leap year, and over due dates and months of the grid, on every basis."""
    terms = terms_like(day_count=day_count, method=method, terms=2, value_date=date(2027, 12, 11))
    loan = await running_loan(session, terms)
    history = await history_of(session, loan)
    today = terms.value_date
    while today < date(2028, 1, 13):
        today += timedelta(days=1)
        await close(session, today)
        assert posted(await queries.book_of(session, loan.id)) == history.standing(today).target


nights = any_terms().flatmap(
    lambda terms: st.tuples(
        st.just(terms),
        st.lists(st.tuples(st.integers(1, 40), st.one_of(st.none(), sums(terms))), min_size=1, max_size=6),
    )
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(nights)
async def test_whatever_came_before_the_nights_sums_are_the_replay(
    session: AsyncSession, drawn: tuple[Terms, list[tuple[int, int | None]]]
) -> None:
    terms, days = drawn
    outer = await session.begin_nested()
    try:
        loan = await running_loan(session, terms)
        today = terms.value_date
        for passed, fen in days:
            today += timedelta(days=passed)
            await close(session, today)
            await _stands_right(session, loan, today)
            if fen and loan.status == "ACTIVE":
                await pay(session, loan, fen, today)
        assert await the_books_hold(session)
    finally:
        await outer.rollback()


async def _stands_right(session: AsyncSession, loan: Loan, today: date) -> None:
    book = await queries.book_of(session, loan.id)
    assert posted(book) == (await history_of(session, loan)).standing(today).target
    assert book.posted_through == today or book.look_again_on is None
