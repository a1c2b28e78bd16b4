"""Loans that are not paid: penalty by the day, ninety days, waivers, write-off, recovery; and money that goes back."""

from datetime import date

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain.credit.models import CreditLine
from domain.lending.errors import ExcessTooSmall, LoanNotRunning, NothingToWaive, WaiverNotPositive
from domain.lending.models import InstallmentStatus, Loan, LoanStatus
from domain.lending.queries import loans as queries
from domain.lending.rules.position import Waiver
from domain.lending.services import close_of_day, excess, payoff, repayment, waiver, write_off
from domain.shared.actors import SYSTEM
from domain.shared.ids import new_id
from tests.domain.lending.loans import loan as terms_like
from tests.domain.lending.rows import noon, running_loan
from tests.domain.lending.services.laws import balances, the_books_hold
from tests.domain.lending.services.paying import parts, pay, pay_rows

DAY_89, DAY_90 = date(2026, 5, 15), date(2026, 5, 16)
"""Counted from the first due date."""


async def night(session: AsyncSession, today: date) -> int:
    """The run after midnight; returns how many loans were replayed."""
    return (await close_of_day.close(session, at=noon(today))).looked_at


async def let_go(session: AsyncSession, loan: Loan, penalty_fen: int, interest_fen: int, on: date) -> Waiver:
    return await waiver.waive(
        session,
        loan_id=loan.id,
        penalty_fen=penalty_fen,
        interest_fen=interest_fen,
        reason="hardship",
        at=noon(on),
        actor=SYSTEM,
    )


async def give_up(session: AsyncSession, loan: Loan, on: date) -> Loan:
    return await write_off.write_off(session, loan_id=loan.id, reason="insolvent", at=noon(on), actor=SYSTEM)


async def test_the_nights_run_projects_what_moved_by_itself(session: AsyncSession) -> None:
    quiet, late = await running_loan(session), await running_loan(session)
    await pay_rows(session, quiet, 1)
    looked_at = await night(session, date(2026, 3, 7))
    rows = (await queries.installments_of(session, [late.id]))[late.id]

    assert looked_at == 1
    assert (late.overdue_since, quiet.overdue_since) == (date(2026, 2, 15), None)
    assert (rows[0].status, rows[0].penalty_fen) == (InstallmentStatus.DUE, 11_23)
    assert (late.next_due_on, late.undue_fen) == (date(2026, 3, 15), 12_000_00 - 935_71)
    assert (await balances(session))["income.penalty"] == 11_23
    assert await the_books_hold(session)


async def test_a_row_falls_due_by_the_nights_run(session: AsyncSession) -> None:
    loan = await running_loan(session, terms_like(grace_days=3))
    assert await night(session, date(2026, 2, 14)) == 0
    assert await night(session, date(2026, 2, 15)) == 1
    first = (await queries.installments_of(session, [loan.id]))[loan.id][0]

    assert (first.status, loan.overdue_since) == (InstallmentStatus.DUE, None)
    await night(session, date(2026, 2, 19))
    assert loan.overdue_since == date(2026, 2, 15)


async def test_interest_of_a_loan_ninety_days_past_due_is_no_income(session: AsyncSession) -> None:
    """On day 89 all interest is income; from day 90 on what is earned and unpaid stands in memo."""
    loan = await running_loan(session, terms_like(day_count="ACT_360", grace_days=0))
    await pay(session, loan, 1, DAY_89)
    before = await balances(session)
    await pay(session, loan, 1, DAY_90)
    after = await balances(session)

    # 1 fen went to penalty each time; interest was earned on day 89 too.
    assert before["loans.interest"] == before["income.interest"] > 0
    assert "memo.nonaccrual_interest" not in before
    assert "loans.interest" not in after
    assert "income.interest" not in after
    assert after["memo.nonaccrual_interest"] == after["memo.nonaccrual_contra"] > before["income.interest"]
    assert await the_books_hold(session)


async def test_what_is_paid_of_it_is_income_again(session: AsyncSession) -> None:
    loan = await running_loan(session, terms_like(dpd_switch=365))
    await pay(session, loan, 1, DAY_90)
    memo_fen = (await balances(session))["memo.nonaccrual_interest"]
    made = await pay(session, loan, 300_00, DAY_90)
    after = await balances(session)

    assert made.interest_fen > 0
    assert after["income.interest"] == made.interest_fen
    assert after["memo.nonaccrual_interest"] == memo_fen - made.interest_fen
    assert await the_books_hold(session)


async def test_a_loan_that_is_brought_up_to_date_accrues_again(session: AsyncSession) -> None:
    loan = await running_loan(session)
    due_fen = (await payoff.quote(session, loan.id, noon(DAY_90))).parts
    await pay(session, loan, due_fen.penalty_fen + due_fen.interest_fen + due_fen.principal_fen, DAY_90)
    after = await balances(session)

    assert loan.overdue_since is None
    assert "memo.nonaccrual_interest" not in after
    assert after["loans.interest"] > 0
    assert await the_books_hold(session)


async def test_a_waiver_lets_go_of_what_is_due_and_no_more(session: AsyncSession) -> None:
    loan = await running_loan(session)
    today = date(2026, 3, 7)
    waived = await let_go(session, loan, 100_00, 44_00, today)
    after = await balances(session)

    assert (waived.penalty_fen, waived.interest_fen) == (11_23, 44_00)
    assert after["expense.waivers"] == 55_23
    assert "loans.penalty" not in after
    assert await the_books_hold(session)


async def test_waiving_the_last_of_it_settles_the_loan(session: AsyncSession) -> None:
    loan = await running_loan(session, terms_like(terms=1))
    today = date(2026, 6, 1)  # more than ninety days late: penalty comes last
    owed = (await payoff.quote(session, loan.id, noon(today))).parts
    await pay(session, loan, owed.total_fen - owed.penalty_fen, today)
    assert loan.status is LoanStatus.ACTIVE
    await let_go(session, loan, owed.penalty_fen, 0, today)

    assert (loan.status, loan.settled_on, loan.settled_early) == (LoanStatus.SETTLED, today, False)
    assert await the_books_hold(session)


async def test_nothing_is_waived_where_nothing_is_due(session: AsyncSession) -> None:
    loan = await running_loan(session)
    with pytest.raises(NothingToWaive):
        await let_go(session, loan, 100_00, 100_00, date(2026, 2, 14))
    with pytest.raises(WaiverNotPositive):
        await let_go(session, loan, 0, 0, DAY_90)
    with pytest.raises(WaiverNotPositive):
        await let_go(session, loan, -1, 5, DAY_90)


async def test_a_write_off_is_a_loss_of_what_was_income_only(session: AsyncSession) -> None:
    loan = await running_loan(session)
    await pay(session, loan, 1, DAY_90)
    memo_fen = (await balances(session))["memo.nonaccrual_interest"]
    await give_up(session, loan, DAY_90)
    after = await balances(session)

    assert loan.status is LoanStatus.WRITTEN_OFF
    assert not [code for code in after if code.startswith("loans.")]
    assert after["expense.write_off"] == 12_000_00 + after["income.penalty"] - 1
    assert (after["memo.nonaccrual_interest"], after.get("income.interest", 0)) == (memo_fen, 0)
    assert await the_books_hold(session)


async def test_a_write_off_before_ninety_days_gives_up_interest_that_was_income(session: AsyncSession) -> None:
    loan = await running_loan(session)
    await give_up(session, loan, DAY_89)
    after = await balances(session)

    earned_fen = after["income.interest"] + after["income.penalty"]
    assert after["expense.write_off"] == 12_000_00 + earned_fen
    assert "memo.nonaccrual_interest" not in after
    assert await the_books_hold(session)


async def test_what_comes_after_a_write_off_is_recovery(session: AsyncSession) -> None:
    loan = await running_loan(session)
    await give_up(session, loan, DAY_90)
    memo_fen = (await balances(session))["memo.nonaccrual_interest"]
    made = await pay(session, loan, 12_100_00, date(2026, 12, 1))
    after = await balances(session)

    assert (parts(made), made.recovery_fen) == ((0, 0, 0), 12_100_00)
    assert after["income.recovery"] == 12_100_00
    assert after["memo.nonaccrual_interest"] == memo_fen - 100_00
    assert (loan.status, loan.principal_open_fen) == (LoanStatus.WRITTEN_OFF, 0)
    assert (await session.get_one(CreditLine, loan.credit_line_id)).used_fen == 0
    assert await the_books_hold(session)


async def test_a_recovery_can_be_reversed(session: AsyncSession) -> None:
    loan = await running_loan(session)
    await give_up(session, loan, DAY_90)
    before = await balances(session)
    made = await pay(session, loan, 12_100_00, date(2026, 12, 1))
    await repayment.reverse(session, repayment_id=made.id, reason="bounced", at=noon(date(2026, 12, 2)), actor=SYSTEM)
    after = await balances(session)

    assert after.pop("suspense.payments") == after.pop("clearing.alipay") == 12_100_00
    assert after == before
    assert await the_books_hold(session)


async def test_a_loan_is_written_off_once_and_only_while_it_runs(session: AsyncSession) -> None:
    loan, settled = await running_loan(session), await running_loan(session)
    await give_up(session, loan, DAY_90)
    before = await balances(session)
    await give_up(session, loan, DAY_90)
    assert await balances(session) == before

    quote = await payoff.quote(session, settled.id, noon(DAY_90))
    await pay(session, settled, quote.amount_fen, DAY_90, "PAYOFF")
    with pytest.raises(LoanNotRunning):
        await give_up(session, settled, DAY_90)


async def test_excess_goes_back_once_and_not_more_than_there_is(session: AsyncSession) -> None:
    loan = await running_loan(session)
    owed_fen = (await payoff.quote(session, loan.id, noon(DAY_90))).amount_fen
    await pay(session, loan, owed_fen + 10_00, DAY_90, "PAYOFF")
    refund_id = new_id()

    async def give_back(fen: int) -> None:
        await excess.record_offline(
            session,
            loan_id=loan.id,
            refund_id=refund_id,
            amount_fen=fen,
            value_date=DAY_90,
            reason="the borrower's wish",
            by=SYSTEM,
            at=noon(DAY_90),
        )

    with pytest.raises(ExcessTooSmall):
        await give_back(10_01)
    await give_back(4_00)
    await give_back(4_00)
    after = await balances(session)

    assert (after["borrowers.excess"], loan.excess_fen) == (6_00, 6_00)
    assert (after["clearing.alipay"], after["bank.operating"]) == (owed_fen + 10_00, -4_00)
    assert await the_books_hold(session)


async def test_excess_that_was_refunded_and_then_was_none_is_missing(session: AsyncSession) -> None:
    """The payment that made the excess is reversed after the refund: the account says that the borrower owes it."""
    loan = await running_loan(session)
    owed_fen = (await payoff.quote(session, loan.id, noon(DAY_90))).amount_fen
    made = await pay(session, loan, owed_fen + 10_00, DAY_90, "PAYOFF")
    await excess.refunded(
        session,
        loan_id=loan.id,
        refund_id=new_id(),
        amount_fen=10_00,
        paid_from="bank.operating",
        value_date=DAY_90,
        at=noon(DAY_90),
    )
    await repayment.reverse(session, repayment_id=made.id, reason="bounced", at=noon(DAY_90), actor=SYSTEM)

    assert (await balances(session))["borrowers.excess"] == -10_00
    assert loan.excess_fen == 0
    assert await the_books_hold(session)
