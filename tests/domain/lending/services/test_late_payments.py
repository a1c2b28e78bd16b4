"""A payment we had given up on comes all the same: to its loan if that still owes it, else back."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.models import Loan, LoanStatus, Repayment
from domain.lending.rules.events import Intent
from domain.lending.services import payoff, repayment
from domain.payments.models import PaymentAttempt, PaymentOrder, UnplacedReason
from domain.payments.queries import unplaced_of
from tests.domain.lending.rows import noon, running_loan, settled_attempt
from tests.domain.lending.services.laws import balances, the_books_hold
from tests.domain.lending.services.paying import pay

DUE = date(2026, 2, 15)
ROW_FEN = 1079_71


async def _late(
    session: AsyncSession,
    loan: Loan,
    fen: int = ROW_FEN,
    *,
    on: date = DUE,
    intent: Intent = Intent.INSTALLMENT,
    superseded: bool = False,
) -> UUID:
    """One that was asked for an hour before noon and given up."""
    attempt_id = await settled_attempt(session, loan, fen, paid_at=noon(on) + timedelta(hours=1), intent=intent)
    attempt = await session.get_one(PaymentAttempt, attempt_id)
    attempt.late, attempt.superseded_at = not superseded, noon(on) if superseded else None
    (await session.get_one(PaymentOrder, attempt.order_id)).created_at = noon(on) - timedelta(hours=1)
    await session.flush()
    return attempt_id


async def _apply(session: AsyncSession, attempt_id: UUID, on: date = DUE) -> Repayment | None:
    return await repayment.apply_settled(session, attempt_id=attempt_id, at=noon(on) + timedelta(hours=2))


async def _reason(session: AsyncSession, attempt_id: UUID) -> UnplacedReason | None:
    row = await unplaced_of(session, attempt_id)
    return row.reason if row else None


@pytest.mark.parametrize("superseded", [False, True], ids=["closed", "superseded"])
async def test_an_installment_that_was_paid_meanwhile_is_double(session: AsyncSession, superseded: bool) -> None:
    loan = await running_loan(session)
    late = await _late(session, loan, superseded=superseded)
    await pay(session, loan, ROW_FEN, DUE)

    assert await _apply(session, late) is None
    assert await _reason(session, late) is UnplacedReason.DOUBLE
    assert (await balances(session))["suspense.payments"] == ROW_FEN
    assert await the_books_hold(session)


async def test_one_that_nobody_paid_meanwhile_is_applied_due_or_not(session: AsyncSession) -> None:
    loan = await running_loan(session)
    early = DUE - timedelta(days=3)
    made = await _apply(session, await _late(session, loan, on=early), early)

    assert made is not None
    assert await the_books_hold(session)


async def test_one_whose_row_is_still_owed_in_part_is_applied(session: AsyncSession) -> None:
    loan = await running_loan(session)
    late = await _late(session, loan)
    await pay(session, loan, 500_00, DUE)
    made = await _apply(session, late)

    assert made is not None
    assert (await balances(session)).get("suspense.payments") is None


async def test_what_came_in_time_is_applied_first_though_it_was_announced_later(session: AsyncSession) -> None:
    loan = await running_loan(session)
    late = await _late(session, loan)
    in_time = await settled_attempt(session, loan, ROW_FEN, paid_at=noon(DUE))

    assert await _apply(session, late) is None
    assert await _reason(session, late) is UnplacedReason.DOUBLE
    made = await _apply(session, in_time)
    assert made is not None
    assert made.payment_id == in_time
    assert await the_books_hold(session)


async def test_a_late_payment_of_a_loan_that_was_paid_off_meanwhile_is_double(session: AsyncSession) -> None:
    loan = await running_loan(session)
    owed_fen = (await payoff.quote(session, loan.id, noon(DUE))).amount_fen
    late = await _late(session, loan, owed_fen, intent=Intent.PAYOFF)
    await pay(session, loan, owed_fen, DUE, "PAYOFF")

    assert loan.status is LoanStatus.SETTLED
    assert await _apply(session, late) is None
    assert await _reason(session, late) is UnplacedReason.DOUBLE


async def test_one_for_a_loan_that_was_settled_before_it_was_asked_waits_for_a_person(session: AsyncSession) -> None:
    loan = await running_loan(session)
    owed_fen = (await payoff.quote(session, loan.id, noon(DUE))).amount_fen
    await pay(session, loan, owed_fen, DUE, "PAYOFF")
    late = await _late(session, loan, on=DUE + timedelta(days=1))

    assert await _apply(session, late, DUE + timedelta(days=1)) is None
    assert await _reason(session, late) is UnplacedReason.LOAN_CANNOT_TAKE_IT


async def test_one_that_came_in_time_is_never_double(session: AsyncSession) -> None:
    loan = await running_loan(session)
    await pay(session, loan, ROW_FEN, DUE)
    made = await pay(session, loan, ROW_FEN, DUE)

    assert made.amount_fen == ROW_FEN
