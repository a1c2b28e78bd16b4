"""A payment that turned out never to have been: the loan is as if it had not come."""

from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.models import Loan, LoanStatus, RepaymentStatus
from domain.lending.queries import loans as queries
from domain.lending.services import payoff, repayment
from domain.shared.actors import SYSTEM
from tests.domain.lending.rows import noon, running_loan
from tests.domain.lending.services.laws import balances, the_books_hold
from tests.domain.lending.services.paying import FIRST_DUE, pay, pay_rows, used_fen


async def test_a_reversal_restores_exactly_what_was(session: AsyncSession) -> None:
    loan = await running_loan(session)
    today = date(2026, 5, 5)
    await pay_rows(session, loan, 2)
    await pay(session, loan, 1_00, today)
    before, rows_before = await balances(session), await _rows(session, loan)
    made = await pay(session, loan, 500_00, today)
    await repayment.reverse(session, repayment_id=made.id, reason="charged back", at=noon(today), actor=SYSTEM)

    after = await balances(session)
    assert after.pop("clearing.alipay") - 500_00 == before.pop("clearing.alipay")
    assert after.pop("suspense.payments") == 500_00
    assert after == before
    assert await _rows(session, loan) == rows_before
    assert made.status is RepaymentStatus.REVERSED
    assert await the_books_hold(session)


async def _rows(session: AsyncSession, loan: Loan) -> list[tuple[object, ...]]:
    return [
        (row.n, row.status, row.penalty_fen, row.interest_fen, row.paid_principal_fen, row.paid_interest_fen)
        for row in (await queries.installments_of(session, [loan.id]))[loan.id]
    ]


async def test_a_reversal_is_done_once(session: AsyncSession) -> None:
    loan = await running_loan(session)
    made = await pay(session, loan, 1079_71, FIRST_DUE)
    await repayment.reverse(session, repayment_id=made.id, reason="bounced", at=noon(FIRST_DUE), actor=SYSTEM)
    once = await balances(session)
    await repayment.reverse(session, repayment_id=made.id, reason="bounced", at=noon(FIRST_DUE), actor=SYSTEM)

    assert await balances(session) == once
    assert await used_fen(session, loan) == 12_000_00


async def test_a_reversed_payoff_opens_the_loan_again(session: AsyncSession) -> None:
    loan = await running_loan(session)
    quote = await payoff.quote(session, loan.id, noon(FIRST_DUE))
    made = await pay(session, loan, quote.amount_fen, FIRST_DUE, "PAYOFF")
    await repayment.reverse(session, repayment_id=made.id, reason="bounced", at=noon(FIRST_DUE), actor=SYSTEM)

    assert (loan.status, loan.settled_on, loan.settled_early) == (LoanStatus.ACTIVE, None, False)
    assert loan.principal_open_fen == await used_fen(session, loan) == 12_000_00
    assert await the_books_hold(session)
