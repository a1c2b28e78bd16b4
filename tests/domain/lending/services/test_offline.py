"""Payments taken down by hand: they came to the bank, and count from their own day."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.errors import LoanClosed, PaymentAlreadyUsed, PaymentBeforeValueDate, PaymentInFuture
from domain.lending.models import Loan, LoanStatus, Repayment, RepaymentStatus
from domain.lending.rules.events import Intent
from domain.lending.services import payoff, repayment
from domain.shared.actors import SYSTEM
from domain.shared.ids import new_id
from tests.domain.lending.rows import noon, running_loan
from tests.domain.lending.services.laws import balances, the_books_hold
from tests.domain.lending.services.paying import FIRST_DUE, parts, pay


async def offline(
    session: AsyncSession, loan: Loan, fen: int, on: date, payment_id: UUID | None = None, at: date | None = None
) -> Repayment:
    return await repayment.record_offline(
        session,
        loan_id=loan.id,
        payment_id=payment_id or new_id(),
        amount_fen=fen,
        intent=Intent.INSTALLMENT,
        value_date=on,
        at=noon(at or on),
        actor=SYSTEM,
    )


async def test_a_payment_taken_down_by_hand_came_to_the_bank(session: AsyncSession) -> None:
    loan = await running_loan(session)
    made = await offline(session, loan, 1079_71, FIRST_DUE)

    assert parts(made) == (0, 144_00, 935_71)
    assert (await balances(session))["bank.operating"] == 1079_71
    assert await the_books_hold(session)


async def test_one_taken_down_by_mistake_never_came(session: AsyncSession) -> None:
    loan = await running_loan(session)
    made = await offline(session, loan, 1079_71, FIRST_DUE)
    await repayment.reverse(session, repayment_id=made.id, reason="wrong loan", at=noon(FIRST_DUE), actor=SYSTEM)

    left = await balances(session)
    assert not {"bank.operating", "suspense.payments"} & left.keys()
    assert await the_books_hold(session)


async def test_a_transfer_found_after_the_loan_was_paid_off_counts_from_its_day(session: AsyncSession) -> None:
    loan = await running_loan(session)
    later = FIRST_DUE + timedelta(days=10)
    quote = await payoff.quote(session, loan.id, noon(later))
    paid_off = await pay(session, loan, quote.amount_fen, later, "PAYOFF")
    made = await offline(session, loan, 1079_71, FIRST_DUE, at=later + timedelta(days=3))

    assert parts(made) == (0, 144_00, 935_71)
    assert paid_off.penalty_fen == 0
    assert loan.status is LoanStatus.SETTLED
    assert loan.excess_fen == made.amount_fen + quote.parts.penalty_fen == (await balances(session))["borrowers.excess"]
    assert await the_books_hold(session)


async def test_the_same_payment_with_another_sum_or_loan_is_refused(session: AsyncSession) -> None:
    loan, other = await running_loan(session), await running_loan(session)
    payment_id = new_id()
    made = await offline(session, loan, 100_00, FIRST_DUE, payment_id)

    assert await offline(session, loan, 100_00, FIRST_DUE, payment_id) is made
    with pytest.raises(PaymentAlreadyUsed):
        await offline(session, loan, 100_01, FIRST_DUE, payment_id)
    with pytest.raises(PaymentAlreadyUsed):
        await offline(session, other, 100_00, FIRST_DUE, payment_id)
    assert await the_books_hold(session)


async def test_a_payment_is_neither_of_tomorrow_nor_from_before_the_loan(session: AsyncSession) -> None:
    loan = await running_loan(session)
    with pytest.raises(PaymentInFuture):
        await offline(session, loan, 100_00, date(2026, 2, 16), at=FIRST_DUE)
    with pytest.raises(PaymentBeforeValueDate):
        await offline(session, loan, 100_00, date(2026, 1, 14), at=FIRST_DUE)


async def test_a_payment_of_a_day_before_a_reversed_one_is_taken(session: AsyncSession) -> None:
    loan = await running_loan(session)
    made = await offline(session, loan, 100_00, FIRST_DUE)
    await repayment.reverse(session, repayment_id=made.id, reason="wrong loan", at=noon(FIRST_DUE), actor=SYSTEM)
    earlier = await offline(session, loan, 100_00, date(2026, 2, 10), at=FIRST_DUE)

    assert earlier.status is RepaymentStatus.APPLIED
    assert await the_books_hold(session)


async def test_a_settled_loan_takes_nothing_by_hand_that_came_later(session: AsyncSession) -> None:
    loan = await running_loan(session)
    quote = await payoff.quote(session, loan.id, noon(FIRST_DUE))
    await pay(session, loan, quote.amount_fen, FIRST_DUE, "PAYOFF")
    with pytest.raises(LoanClosed):
        await offline(session, loan, 100_00, FIRST_DUE)
