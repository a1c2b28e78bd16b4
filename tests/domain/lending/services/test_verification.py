"""The laws are checked: whatever is off is found, by its name and with its figures."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from domain.credit.models import CreditLine
from domain.ledger import services as ledger
from domain.ledger.models import ClosedDay
from domain.lending.models import (
    Allocation,
    Installment,
    InstallmentStatus,
    Loan,
    LoanBook,
    LoanStatus,
    Repayment,
    RepaymentStatus,
)
from domain.lending.queries import loans as queries
from domain.lending.services import agreement, close_of_day, verification
from domain.lending.services.verification import BrokenLaw
from domain.payments.models import PaymentAttempt, Refund, RefundPurpose, RefundState
from tests.domain.lending.loans import loan as terms_like
from tests.domain.lending.rows import LONG_AGO, noon, running_loan, settled_attempt
from tests.domain.lending.services.laws import the_books_hold
from tests.domain.lending.services.paying import pay

TODAY = date(2026, 2, 15)

Tamper = Callable[[AsyncSession, Loan], Awaitable[Any]]


def _changed(model: Any, **values: Any) -> Tamper:
    async def tamper(session: AsyncSession, _loan: Loan) -> None:
        statement = update(model).values(**{name: getattr(model, name) + by for name, by in values.items()})
        await session.execute(statement.execution_options(synchronize_session="fetch"))

    return tamper


def _set(model: Any, **values: Any) -> Tamper:
    async def tamper(session: AsyncSession, _loan: Loan) -> None:
        await session.execute(update(model).values(**values).execution_options(synchronize_session="fetch"))

    return tamper


async def _no_rows(session: AsyncSession, _loan: Loan) -> None:
    await session.execute(delete(Installment))


async def _a_row_too_many(session: AsyncSession, loan: Loan) -> None:
    values = {"loan_id": loan.id, "borrower_id": loan.borrower_id, "n": 13, "due_on": TODAY}
    await session.execute(insert(Installment).values(**values, principal_fen=0, interest_fen=0))


async def _no_repayment(session: AsyncSession, _loan: Loan) -> None:
    await session.execute(delete(Allocation))
    await session.execute(delete(Repayment))


async def _posted_past_the_loan_book(session: AsyncSession, _loan: Loan) -> None:
    await ledger.post(
        session,
        source="by hand",
        kind="adjustment",
        booking_date=TODAY,
        value_date=TODAY,
        at=noon(TODAY),
        lines=[ledger.debit("loans.interest", 1), ledger.credit("income.interest", 1)],
    )


async def _disbursed_by_nobody(session: AsyncSession, _loan: Loan) -> None:
    await ledger.post(
        session,
        source="by hand",
        kind="loan_disbursed",
        booking_date=TODAY,
        value_date=TODAY,
        at=noon(TODAY),
        lines=[ledger.debit("bank.operating", 1), ledger.credit("funders.payable.stranger", 1)],
    )


async def _remitted_by_nobody(session: AsyncSession, _loan: Loan) -> None:
    await ledger.post(
        session,
        source="by hand",
        kind="funder_remitted",
        booking_date=TODAY,
        value_date=TODAY,
        at=noon(TODAY),
        lines=[ledger.debit("funders.payable.own", 1), ledger.credit("bank.operating", 1)],
    )


async def _money_from_nowhere(session: AsyncSession, _loan: Loan) -> None:
    await ledger.post(
        session,
        source="payment:nobody's",
        kind="payment_received",
        booking_date=TODAY,
        value_date=TODAY,
        at=noon(TODAY),
        lines=[ledger.debit("clearing.alipay", 1), ledger.credit("suspense.payments", 1)],
    )


async def _a_day_closed_on_other_figures(session: AsyncSession, _loan: Loan) -> None:
    session.add(ClosedDay(day=date(2026, 1, 15), closed_at=LONG_AGO, debit_fen=1, credit_fen=1))
    await session.flush()


async def _unbalanced(session: AsyncSession, _loan: Loan) -> None:
    await _as_nobody_can(session, "UPDATE ledger_entries SET amount_fen = amount_fen + 1 WHERE side = 'DEBIT'")


async def _moved_to_another_day(session: AsyncSession, _loan: Loan) -> None:
    await _as_nobody_can(session, "UPDATE ledger_entries SET booking_date = '2026-01-01'")


async def _another_event(session: AsyncSession, _loan: Loan) -> None:
    await _as_nobody_can(
        session, """UPDATE loan_events SET payload = jsonb_set(payload, '{amount_fen}', '107970') WHERE kind = 'PAID'"""
    )


async def _an_event_of_nothing(session: AsyncSession, _loan: Loan) -> None:
    await _as_nobody_can(
        session,
        """UPDATE loan_events SET kind = 'REVERSED',
           payload = jsonb_build_object('payment_key', 'f47ac10b-58cc-4372-a567-0e02b2c3d479')""",
    )


async def _as_nobody_can(session: AsyncSession, statement: str) -> None:
    """Past the triggers that forbid it, as only the owner of the server could."""
    await session.execute(text("SET LOCAL session_replication_role = replica"))
    await session.execute(text(statement))
    await session.execute(text("SET LOCAL session_replication_role = origin"))
    session.expire_all()


async def _a_refund_nobody_booked(session: AsyncSession, loan: Loan) -> None:
    attempt = (await session.scalars(select(PaymentAttempt))).one()
    await session.execute(
        insert(Refund).values(
            number="RF1",
            channel="alipay",
            refund_no="RF1",
            attempt_id=attempt.id,
            loan_id=loan.id,
            amount_fen=1,
            purpose=RefundPurpose.EXCESS,
            reason="a test",
            state=RefundState.SUCCEEDED,
            requested_by="SYSTEM",
            requested_at=LONG_AGO,
        )
    )


async def _back_by_nobody(session: AsyncSession, _loan: Loan) -> None:
    await ledger.post(
        session,
        source="refund:nobody's",
        kind="refund_paid",
        booking_date=TODAY,
        value_date=TODAY,
        at=noon(TODAY),
        lines=[ledger.debit("suspense.payments", 1), ledger.credit("clearing.alipay", 1)],
    )


async def _no_book(session: AsyncSession, _loan: Loan) -> None:
    await session.execute(delete(LoanBook))


@pytest.mark.parametrize(
    ("law", "tamper"),
    [
        ("a transfer balances", _unbalanced),
        ("debits are credits in all", _unbalanced),
        ("an entry stands on its transfer's day", _moved_to_another_day),
        ("a closed day is never rewritten", _a_day_closed_on_other_figures),
        ("an account is the sum of the loan books", _posted_past_the_loan_book),
        ("an account is the sum of the loan books", _disbursed_by_nobody),
        ("an account is the sum of the loan books", _changed(LoanBook, penalty_earned_fen=1)),
        ("the loan book is the replay", _changed(LoanBook, penalty_earned_fen=1)),
        ("the loan book is the replay", _another_event),
        ("a journal can be replayed", _an_event_of_nothing),
        ("a loan that was paid out has its book", _no_book),
        ("suspense is what came and is not applied", _money_from_nowhere),
        ("what was booked as received is what came", _money_from_nowhere),
        ("what was booked as received is what came", _changed(PaymentAttempt, received_fen=1)),
        ("a funding party is owed what it paid out and was not remitted", _remitted_by_nobody),
        ("a refund that went back is booked once", _a_refund_nobody_booked),
        ("a channel holds what came less what went back", _a_refund_nobody_booked),
        ("a channel holds what came less what went back", _back_by_nobody),
        ("suspense is what came and is not applied", _back_by_nobody),
        ("excess is what borrowers are owed", _changed(Loan, excess_fen=1)),
        ("a credit line is used for what is open", _changed(CreditLine, used_fen=1)),
        ("repayments are what the replay applied", _changed(Repayment, interest_fen=1, principal_fen=-1)),
        ("what is stored of a loan is its replay", _changed(Loan, principal_open_fen=1)),
        ("what is stored of a loan is its replay", _changed(Loan, undue_fen=1)),
        ("what is stored of a loan is its replay", _set(Loan, status=LoanStatus.SETTLED)),
        ("what is stored of a loan is its replay", _set(Loan, overdue_since=TODAY)),
        ("what is stored of a loan is its replay", _set(Loan, next_due_on=TODAY)),
        ("what is stored of a loan is its replay", _set(Loan, settled_on=TODAY)),
        ("what is stored of a loan is its replay", _changed(Installment, paid_interest_fen=1)),
        ("what is stored of a loan is its replay", _changed(Installment, interest_fen=1)),
        ("what is stored of a loan is its replay", _changed(Installment, penalty_fen=1)),
        ("what is stored of a loan is its replay", _set(Installment, due_on=TODAY)),
        ("what is stored of a loan is its replay", _set(Installment, status=InstallmentStatus.PARTIAL)),
        ("what is stored of a loan is its replay", _set(Installment, settled_on=None)),
        ("what is stored of a loan is its replay", _no_rows),
        ("what is stored of a loan is its replay", _a_row_too_many),
        ("the night continues the replay", _set(LoanBook, look_again_on=None)),
        ("the night continues the replay", _set(LoanBook, line_from=date(2026, 2, 1))),
        ("the night continues the replay", _changed(LoanBook, line_exact=1)),
        ("the night continues the replay", _changed(LoanBook, line_a_day=1)),
        ("the night continues the replay", _changed(LoanBook, line_billed_fen=1)),
        ("repayments are what the replay applied", _set(Repayment, status=RepaymentStatus.REVERSED)),
        ("repayments are what the replay applied", _set(Repayment, intent="PREPAY")),
        ("repayments are what the replay applied", _set(Repayment, value_date=date(2026, 2, 14))),
        ("repayments are what the replay applied", _changed(Allocation, principal_fen=1)),
        ("repayments are what the replay applied", _changed(Allocation, days_past_due=1)),
        ("repayments are what the replay applied", _changed(Allocation, n=1)),
        ("repayments are what the replay applied", _no_repayment),
        ("a journal can be replayed", _changed(Loan, last_sequence=1)),
    ],
)
async def test_a_broken_law_is_found(session: AsyncSession, law: str, tamper: Tamper) -> None:
    loan = await running_loan(session)
    await pay(session, loan, 1079_71, TODAY)
    assert await the_books_hold(session)
    await tamper(session, loan)

    assert law in {broken.law for broken in await verification.verify(session)}


async def test_a_broken_law_says_its_figures(session: AsyncSession) -> None:
    loan = await running_loan(session)
    (await queries.book_of(session, loan.id)).interest_paid_fen = 7

    assert BrokenLaw("the loan book is the replay", f"{loan.number}: interest_paid_fen", 0, 7) in (
        await verification.verify(session)
    )


async def test_a_day_that_is_off_is_said_in_words(session: AsyncSession) -> None:
    loan = await running_loan(session)
    loan.next_due_on = TODAY.replace(day=16)

    (found,) = await verification.verify(session)
    assert str(found) == (
        f"what is stored of a loan is its replay: {loan.number}: next_due_on: expected 2026-02-15, found 2026-02-16"
    )


async def test_days_that_pass_move_nothing_that_is_compared(session: AsyncSession) -> None:
    """Loans of every standing, looked at after nights that replayed some of them and not the others."""
    terms = terms_like(terms=3, day_count="ACT_ACT", value_date=date(2025, 12, 15), grace_days=2, dpd_threshold_fen=100)
    loans = [await running_loan(session, terms) for _ in range(3)]
    await pay(session, loans[1], 2_00, date(2025, 12, 20))
    await pay(session, loans[2], 8_000_00, date(2025, 12, 31), "PREPAY")
    for days in range(20, 110, 9):
        await close_of_day.close(session, at=noon(terms.value_date + timedelta(days=days)))
        assert (await verification.verify_loans(session)).broken == []


async def test_the_loans_that_were_looked_at_are_counted(session: AsyncSession) -> None:
    for _ in range(3):
        await running_loan(session)

    assert (await verification.verify_loans(session)).loans == 3


async def test_empty_books_hold(session: AsyncSession) -> None:
    assert await verification.verify(session) == []


async def test_every_loan_is_looked_at_a_chunk_at_a_time(
    session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agreement, "CHUNK", 2)
    loans = [await running_loan(session) for _ in range(5)]
    for loan in loans:
        (await queries.book_of(session, loan.id)).interest_earned_fen += 1
    told: list[tuple[str, int, int]] = []
    broken = await verification.verify(session, lambda *progress: told.append(progress))

    subjects = {each.subject for each in broken if each.law == "the loan book is the replay"}
    assert subjects == {f"{loan.number}: interest_earned_fen" for loan in loans}
    assert [done for law, done, _ in told if law == "loans"] == [0, 2, 4, 5]


async def test_money_on_the_work_list_is_expected_in_suspense(session: AsyncSession) -> None:
    loan = await running_loan(session)
    await settled_attempt(session, loan, 5_00, paid_at=noon(TODAY))
    assert await the_books_hold(session)
