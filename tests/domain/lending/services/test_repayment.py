"""Payments applied to a loan: its rows, its books and its credit line follow to the fen."""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ledger import queries as ledger_queries
from domain.lending.models import InstallmentStatus, LoanStatus
from domain.lending.queries import loans as queries
from domain.lending.services import payoff, repayment
from domain.payments.models import PaymentOrder, Unplaced, UnplacedReason
from domain.shared.actors import SYSTEM
from domain.shared.days import SHANGHAI
from tests.domain.lending.loans import loan as terms_like
from tests.domain.lending.rows import noon, row, running_loan, settled_attempt
from tests.domain.lending.services.laws import balances, the_books_hold
from tests.domain.lending.services.paying import FIRST_DUE, parts, pay, pay_rows, topics, used_fen


async def test_a_payment_on_its_due_date_pays_the_row(session: AsyncSession) -> None:
    loan = await running_loan(session)
    made = await pay(session, loan, 1079_71, FIRST_DUE)
    first, second, *_ = (await queries.installments_of(session, [loan.id]))[loan.id]

    assert parts(made) == (0, 144_00, 935_71)
    assert (first.status, first.settled_on) == (InstallmentStatus.PAID, FIRST_DUE)
    assert (first.paid_principal_fen, first.paid_interest_fen) == (935_71, 144_00)
    assert second.status is InstallmentStatus.PENDING
    assert loan.next_due_on == date(2026, 3, 15)
    assert await balances(session) == {
        "clearing.alipay": 1079_71,
        "loans.principal": 12_000_00 - 935_71,
        "income.interest": 144_00,
        "funders.payable.own": 12_000_00,
    }
    assert await the_books_hold(session)


async def test_the_principal_that_came_back_may_be_lent_again(session: AsyncSession) -> None:
    loan = await running_loan(session)
    await pay(session, loan, 1079_71, FIRST_DUE)

    assert await used_fen(session, loan) == 12_000_00 - 935_71


async def test_a_payment_counts_once(session: AsyncSession) -> None:
    loan = await running_loan(session)
    attempt_id = await settled_attempt(session, loan, 1079_71, paid_at=noon(FIRST_DUE))
    first = await repayment.apply_settled(session, attempt_id=attempt_id, at=noon(FIRST_DUE))
    before = await balances(session)
    again = await repayment.apply_settled(session, attempt_id=attempt_id, at=noon(FIRST_DUE))

    assert again is first
    assert await balances(session) == before
    assert (await topics(session)).count("lending.repaid") == 1


async def test_a_missed_row_is_repaid_with_its_penalty(session: AsyncSession) -> None:
    """The worked example of 20 days: 11.50 penalty, 121.41 interest, 367.09 principal, then 3.55 more."""
    loan = await running_loan(session)
    await pay_rows(session, loan, 2)
    made = await pay(session, loan, 500_00, date(2026, 5, 5))

    assert parts(made) == (11_50, 121_41, 367_09)
    assert loan.overdue_since == date(2026, 4, 15)
    allocations = (await queries.allocations_of(session, [loan.id]))[loan.id]
    assert [(each.n, each.days_past_due) for each in allocations] == [(1, 0), (2, 0), (3, 20)]
    assert await the_books_hold(session)

    quote = await payoff.quote(session, loan.id, noon(date(2026, 5, 15)))
    due_fen = quote.parts.penalty_fen + quote.parts.interest_fen + quote.parts.principal_fen
    assert (quote.parts.penalty_fen, due_fen) == (3_55, 1674_47)


async def test_a_payoff_closes_the_loan_at_nothing(session: AsyncSession) -> None:
    """The worked example: after four rows on time, on 2026-06-01 the payoff is 8241.75."""
    loan = await running_loan(session, terms_like(day_count="ACT_360"))
    await pay_rows(session, loan, 4)
    today = date(2026, 6, 1)
    quote = await payoff.quote(session, loan.id, noon(today))
    await pay(session, loan, quote.amount_fen, today, "PAYOFF")

    assert quote.amount_fen == 8241_75
    assert (loan.status, loan.settled_on, loan.settled_early) == (LoanStatus.SETTLED, today, True)
    assert (loan.undue_fen, loan.principal_open_fen, loan.next_due_on) == (0, 0, None)
    assert await used_fen(session, loan) == 0
    left = await balances(session)
    assert not [code for code in left if code.startswith(("loans.", "suspense", "borrowers."))]
    assert "lending.settled" in await topics(session)
    assert await the_books_hold(session)


async def test_a_prepayment_makes_what_remains_smaller(session: AsyncSession) -> None:
    loan = await running_loan(session, terms_like(day_count="ACT_360"))
    await pay_rows(session, loan, 4)
    made = await pay(session, loan, 3000_00, date(2026, 6, 1), "PREPAY")
    fifth = (await queries.installments_of(session, [loan.id]))[loan.id][4]

    assert parts(made) == (0, 55_67, 2944_33)
    asked_fen = fifth.principal_fen + fifth.interest_fen - fifth.paid_principal_fen - fifth.paid_interest_fen
    assert (fifth.due_on, asked_fen) == (date(2026, 6, 15), 687_22)
    assert await the_books_hold(session)


async def test_rows_that_a_prepayment_makes_needless_are_gone_and_come_back_with_its_reversal(
    session: AsyncSession,
) -> None:
    loan = await running_loan(session, terms_like(prepay="REDUCE_TERM"))
    made = await pay(session, loan, 8000_00, date(2026, 2, 1), "PREPAY")
    fewer = (await queries.installments_of(session, [loan.id]))[loan.id]
    await repayment.reverse(session, repayment_id=made.id, reason="bounced", at=noon(date(2026, 2, 3)), actor=SYSTEM)
    again = (await queries.installments_of(session, [loan.id]))[loan.id]

    assert len(fewer) < 12
    assert [each.n for each in again] == list(range(1, 13))
    assert await the_books_hold(session)


async def test_what_is_too_much_is_held_for_the_borrower(session: AsyncSession) -> None:
    loan = await running_loan(session)
    owed_fen = (await payoff.quote(session, loan.id, noon(FIRST_DUE))).amount_fen
    made = await pay(session, loan, owed_fen + 10_00, FIRST_DUE, "PAYOFF")

    assert (made.excess_fen, loan.excess_fen) == (10_00, 10_00)
    assert (await balances(session))["borrowers.excess"] == 10_00
    assert loan.status is LoanStatus.SETTLED
    assert await the_books_hold(session)


async def test_the_moneys_date_is_the_day_it_was_paid(session: AsyncSession) -> None:
    """Paid on the due date at 23:59, heard of two days later: on time, and no penalty."""
    loan = await running_loan(session)
    paid_at = datetime(2026, 2, 15, 23, 59, tzinfo=SHANGHAI)
    heard_at = noon(date(2026, 2, 17))
    attempt_id = await settled_attempt(session, loan, 1079_71, paid_at=paid_at, at=heard_at)
    made = await repayment.apply_settled(session, attempt_id=attempt_id, at=heard_at)

    assert made is not None
    assert (parts(made), made.value_date) == ((0, 144_00, 935_71), FIRST_DUE)
    assert loan.overdue_since is None
    assert await the_books_hold(session)


async def test_a_payment_of_an_earlier_day_gives_differences_booked_today(session: AsyncSession) -> None:
    loan = await running_loan(session)
    late, today = date(2026, 3, 1), date(2026, 3, 5)
    await pay(session, loan, 100_00, late)
    booked = await balances(session)
    assert booked["income.penalty"] > 0
    paid_at = noon(FIRST_DUE)
    attempt_id = await settled_attempt(session, loan, 1079_71, paid_at=paid_at, at=noon(today))
    await repayment.apply_settled(session, attempt_id=attempt_id, at=noon(today))

    assert "income.penalty" not in await balances(session)
    mine = await ledger_queries.transfers_of_loan(session, loan.id, limit=50)
    corrections = [each for each in mine if each.source.startswith(f"repayment:{attempt_id}")]
    assert {(each.booking_date, each.value_date) for each in corrections} == {(today, FIRST_DUE)}
    assert {each.kind for each in corrections} >= {"loan_earned", "loan_applied"}
    assert await the_books_hold(session)


async def test_a_payoff_paid_in_time_closes_the_loan_though_we_hear_of_it_the_next_day(session: AsyncSession) -> None:
    loan = await running_loan(session)
    day = date(2026, 2, 1)
    quote = await payoff.quote(session, loan.id, noon(day))
    order = row(
        PaymentOrder,
        borrower_id=loan.borrower_id,
        loan_id=loan.id,
        intent="PAYOFF",
        amount_fen=quote.amount_fen,
        channel="alipay",
        status="PAID",
        quoted_until=quote.valid_until,
    )
    session.add(order)
    await session.flush()
    heard_at = noon(day + timedelta(days=1))
    attempt_id = await settled_attempt(
        session, loan, quote.amount_fen, paid_at=quote.valid_until, at=heard_at, order=order
    )
    await repayment.apply_settled(session, attempt_id=attempt_id, at=heard_at)

    assert quote.valid_until == datetime(2026, 2, 2, tzinfo=SHANGHAI)
    assert (loan.status, loan.settled_on) == (LoanStatus.SETTLED, day)
    assert await the_books_hold(session)


async def test_a_payoff_paid_too_late_is_a_prepayment(session: AsyncSession) -> None:
    loan = await running_loan(session)
    quote = await payoff.quote(session, loan.id, noon(date(2026, 2, 1)))
    await pay(session, loan, quote.amount_fen, date(2026, 2, 3), "PAYOFF")

    assert loan.status is LoanStatus.ACTIVE
    assert 0 < loan.principal_open_fen < 20_00
    assert await the_books_hold(session)


async def test_what_a_settled_loan_cannot_take_goes_on_the_work_list(session: AsyncSession) -> None:
    loan = await running_loan(session)
    quote = await payoff.quote(session, loan.id, noon(FIRST_DUE))
    await pay(session, loan, quote.amount_fen, FIRST_DUE, "PAYOFF")
    attempt_id = await settled_attempt(session, loan, 50_00, paid_at=noon(FIRST_DUE))

    assert await repayment.apply_settled(session, attempt_id=attempt_id, at=noon(FIRST_DUE)) is None
    assert await repayment.apply_settled(session, attempt_id=attempt_id, at=noon(FIRST_DUE)) is None
    listed = (await session.scalars(select(Unplaced))).one()
    assert (listed.reason, listed.amount_fen) == (UnplacedReason.LOAN_CANNOT_TAKE_IT, 50_00)
    assert (await balances(session))["suspense.payments"] == 50_00
    assert await the_books_hold(session)


async def test_what_waits_for_a_person_is_not_applied_by_a_repeat(session: AsyncSession) -> None:
    """The loan was settled when it came, and is open again when the announcement is delivered once more."""
    loan = await running_loan(session)
    quote = await payoff.quote(session, loan.id, noon(FIRST_DUE))
    made = await pay(session, loan, quote.amount_fen, FIRST_DUE, "PAYOFF")
    attempt_id = await settled_attempt(session, loan, 50_00, paid_at=noon(FIRST_DUE))
    await repayment.apply_settled(session, attempt_id=attempt_id, at=noon(FIRST_DUE))
    await repayment.reverse(session, repayment_id=made.id, reason="bounced", at=noon(FIRST_DUE), actor=SYSTEM)

    assert await repayment.apply_settled(session, attempt_id=attempt_id, at=noon(FIRST_DUE)) is None
    assert await the_books_hold(session)


async def test_money_on_its_way_to_a_loan_is_in_suspense(session: AsyncSession) -> None:
    loan = await running_loan(session)
    await settled_attempt(session, loan, 50_00, paid_at=noon(FIRST_DUE))

    assert (await balances(session))["suspense.payments"] == 50_00
    assert await the_books_hold(session)
