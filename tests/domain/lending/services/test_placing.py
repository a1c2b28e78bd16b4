"""Money on the work list finds its place by a person's word: to a loan, or back. Once."""

import asyncio
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.errors import LoanMissing, LoanNotRunning, PaymentOfAnotherLoan
from domain.lending.models import Loan, Repayment
from domain.lending.services import payoff, placing, repayment
from domain.lending.services.placing import Action
from domain.payments.errors import AlreadyResolved, RefundUnderWay
from domain.payments.models import Refund, Resolution, Unplaced, UnplacedReason
from domain.payments.ports import PaymentResult, PaymentState, RefundResult, RefundState
from domain.payments.queries import unplaced_of
from domain.payments.services import giving_back, unplaced
from domain.payments.services.attempts import Source
from domain.shared.actors import SYSTEM
from domain.shared.audit import AuditRecord
from domain.shared.db import Sessions
from tests.domain.lending.rows import noon, running_loan, settled_attempt
from tests.domain.lending.services.laws import balances, the_books_hold
from tests.domain.lending.services.paying import pay
from tests.domain.payments.builders import Offer
from tests.domain.payments.refunds import CAN

TODAY = date(2026, 2, 15)
CHANNELS = {"alipay": Offer("alipay", CAN)}


async def _put_aside(
    session: AsyncSession, loan: Loan, fen: int = 1079_71, reason: UnplacedReason = UnplacedReason.WRONG_AMOUNT
) -> Unplaced:
    attempt_id = await settled_attempt(session, loan, fen, paid_at=noon(TODAY))
    await unplaced.keep(session, attempt_id=attempt_id, reason=reason, at=noon(TODAY))
    row = await unplaced_of(session, attempt_id)
    assert row is not None
    return row


async def _stray(session: AsyncSession, fen: int = 1079_71) -> Unplaced:
    paid = PaymentResult(PaymentState.SUCCEEDED, amount_fen=fen, currency="CNY")
    await unplaced.keep_stray(
        session, channel="alipay", order_no="STRANGE1", result=paid, paid_at=noon(TODAY), at=noon(TODAY)
    )
    return (await session.scalars(select(Unplaced).where(Unplaced.order_no == "STRANGE1"))).one()


async def _resolve(session: AsyncSession, row: Unplaced, action: Action, loan: Loan | None = None) -> None:
    await placing.resolve(
        session,
        unplaced_id=row.id,
        action=action,
        loan_id=loan.id if loan else None,
        reason="a person looked",
        channels=CHANNELS,
        by=SYSTEM,
        at=noon(date(2026, 2, 18)),
    )


async def _went_back(session: AsyncSession, row: Unplaced) -> Refund:
    refund = (await session.scalars(select(Refund).where(Refund.unplaced_id == row.id))).one()
    await giving_back.claim(session, refund_id=refund.id, can=CAN, at=noon(TODAY))
    told = RefundResult(RefundState.SUCCEEDED, amount_fen=refund.amount_fen)
    await giving_back.apply_result(session, refund_id=refund.id, result=told, source=Source.ANSWER, at=noon(TODAY))
    return refund


async def _repayments(session: AsyncSession, loan: Loan) -> list[Repayment]:
    rows = select(Repayment).where(Repayment.loan_id == loan.id).order_by(Repayment.id)
    return list(await session.scalars(rows))


async def test_it_is_applied_to_its_loan_as_of_the_day_it_was_paid(session: AsyncSession) -> None:
    loan = await running_loan(session)
    row = await _put_aside(session, loan)
    assert await the_books_hold(session)
    await _resolve(session, row, Action.APPLY)

    (made,) = await _repayments(session, loan)
    assert (made.amount_fen, made.value_date, made.penalty_fen) == (1079_71, TODAY, 0)
    assert (row.resolution, row.resolution_reason) == (Resolution.APPLIED, "a person looked")
    assert (await balances(session)).get("suspense.payments") is None
    assert await the_books_hold(session)


async def test_money_under_a_number_we_never_gave_goes_to_the_loan_that_is_named(session: AsyncSession) -> None:
    loan = await running_loan(session)
    row = await _stray(session)

    with pytest.raises(LoanMissing):
        await _resolve(session, row, Action.APPLY)
    await _resolve(session, row, Action.APPLY, loan)

    assert [made.amount_fen for made in await _repayments(session, loan)] == [1079_71]
    assert row.loan_id == loan.id
    assert await the_books_hold(session)


async def test_money_paid_for_one_loan_is_not_applied_to_another(session: AsyncSession) -> None:
    loan, other = await running_loan(session), await running_loan(session)
    row = await _put_aside(session, loan)

    with pytest.raises(PaymentOfAnotherLoan):
        await _resolve(session, row, Action.APPLY, other)


async def test_a_loan_that_takes_no_money_refuses_it_and_it_stays_on_the_list(session: AsyncSession) -> None:
    loan = await running_loan(session)
    owed_fen = (await payoff.quote(session, loan.id, noon(TODAY))).amount_fen
    await pay(session, loan, owed_fen, TODAY, "PAYOFF")
    row = await _put_aside(session, loan, reason=UnplacedReason.LOAN_CANNOT_TAKE_IT)

    with pytest.raises(LoanNotRunning):
        await _resolve(session, row, Action.APPLY)
    assert row.resolution is None


async def test_it_goes_back_and_the_books_hold_before_and_after(session: AsyncSession) -> None:
    loan = await running_loan(session)
    row = await _put_aside(session, loan)
    await _resolve(session, row, Action.REFUND)
    assert row.resolution is None
    assert await the_books_hold(session)

    await _went_back(session, row)

    assert row.resolution is Resolution.REFUNDED
    left = await balances(session)
    assert (left.get("suspense.payments"), left.get("clearing.alipay")) == (None, None)
    assert await the_books_hold(session)


@pytest.mark.parametrize("second", list(Action), ids=str)
async def test_what_is_resolved_is_not_resolved_again(session: AsyncSession, second: Action) -> None:
    loan = await running_loan(session)
    row = await _put_aside(session, loan)
    await _resolve(session, row, Action.APPLY)

    with pytest.raises(AlreadyResolved, match="APPLIED"):
        await _resolve(session, row, second)
    assert len(await _repayments(session, loan)) == 1


async def test_what_is_going_back_is_not_applied(session: AsyncSession) -> None:
    loan = await running_loan(session)
    row = await _put_aside(session, loan)
    await _resolve(session, row, Action.REFUND)

    with pytest.raises(RefundUnderWay):
        await _resolve(session, row, Action.APPLY)


async def test_a_repayment_that_is_taken_off_its_loan_again_can_be_placed_again(session: AsyncSession) -> None:
    loan = await running_loan(session)
    row = await _put_aside(session, loan)
    for _ in range(2):
        await _resolve(session, row, Action.APPLY)
        made = (await _repayments(session, loan))[-1]
        await repayment.reverse(session, repayment_id=made.id, reason="wrong", at=noon(TODAY), actor=SYSTEM)
        await session.refresh(row)
        assert (row.resolution, row.reason) == (None, UnplacedReason.REPAYMENT_REVERSED)
        assert await the_books_hold(session)
    await _resolve(session, row, Action.REFUND)
    await _went_back(session, row)

    assert (await balances(session)).get("suspense.payments") is None
    assert await the_books_hold(session)


async def test_money_of_a_number_we_never_gave_comes_back_on_the_list_when_its_repayment_is_reversed(
    session: AsyncSession,
) -> None:
    loan = await running_loan(session)
    row = await _stray(session)
    await _resolve(session, row, Action.APPLY, loan)
    (made,) = await _repayments(session, loan)
    await repayment.reverse(session, repayment_id=made.id, reason="wrong loan", at=noon(TODAY), actor=SYSTEM)
    await session.refresh(row)

    assert (row.resolution, row.reason) == (None, UnplacedReason.UNKNOWN_ORDER)
    assert await the_books_hold(session)


async def test_every_decision_is_on_record_with_who_and_why(session: AsyncSession) -> None:
    loan = await running_loan(session)
    row = await _put_aside(session, loan)
    await _resolve(session, row, Action.APPLY)
    record = (await session.scalars(select(AuditRecord).where(AuditRecord.subject_id == row.id))).one()

    assert (record.action, record.details) == ("unplaced.apply", {"reason": "a person looked"})


@pytest.mark.parametrize("other", [Action.APPLY, Action.REFUND], ids=str)
async def test_of_two_who_decide_at_once_one_does(sessions: Sessions, other: Action) -> None:
    async with sessions.begin() as session:
        loan = await running_loan(session)
        row = await _put_aside(session, loan)

    async def decide(action: Action) -> None:
        async with sessions.begin() as session:
            await _resolve(session, row, action)
            await asyncio.sleep(0.05)  # hold the loan, so that the other surely comes meanwhile

    outcomes = await asyncio.gather(decide(Action.APPLY), decide(other), return_exceptions=True)

    assert sum(outcome is None for outcome in outcomes) == 1
    assert sum(isinstance(outcome, AlreadyResolved | RefundUnderWay) for outcome in outcomes) == 1
    async with sessions() as session:
        assert await the_books_hold(session)
