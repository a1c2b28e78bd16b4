"""Money on the work list finds its place by a person's word: back to the payer, or to a loan. Once."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.errors import LoanMissing, PaymentOfAnotherLoan
from domain.lending.models import Repayment, RepaymentMethod
from domain.lending.queries.loans import lock_loan
from domain.lending.rules.events import Intent
from domain.lending.services import repayment
from domain.payments import queries
from domain.payments.errors import NothingToResolve
from domain.payments.models import PaymentAttempt, PaymentOrder, Resolution, Unplaced
from domain.payments.services import refunds, unplaced
from domain.payments.services.orders import ChannelOffer
from domain.shared import audit
from domain.shared.actors import Actor
from domain.shared.days import business_day
from domain.shared.ids import new_id
from domain.shared.reasons import reason_of


class Action(StrEnum):
    """What a person does with money on the work list."""

    REFUND = "REFUND"
    APPLY = "APPLY"
    CLOSE = "CLOSE"


async def resolve(
    session: AsyncSession,
    *,
    unplaced_id: UUID,
    action: Action,
    loan_id: UUID | None = None,
    reason: str,
    channels: Mapping[str, ChannelOffer],
    by: Actor,
    at: datetime,
) -> None:
    """Send the money back through its channel, apply it to its loan, or close a row of which the books hold nothing.

    Decided once. Money that goes back leaves the list when its channel says so. Raises ReasonMissing, UnplacedNotFound,
    AlreadyResolved, RefundUnderWay, NothingToResolve, MoneyInSuspense, RefundNotOffered, RefundTooLarge, and what `apply`
    raises.
    """
    why = reason_of(reason)
    match action:
        case Action.REFUND:
            row = await queries.unplaced_row(session, unplaced_id)
            channel = channels.get(row.channel)
            await refunds.of_unplaced(session, unplaced_id=unplaced_id, reason=why, by=by, channel=channel, at=at)
        case Action.APPLY:
            await apply(session, unplaced_id=unplaced_id, loan_id=loan_id, reason=why, by=by, at=at)
        case Action.CLOSE:
            await unplaced.close(session, unplaced_id=unplaced_id, reason=why, by=by, at=at)
    audit.record(
        session,
        actor=by,
        action=f"unplaced.{action.lower()}",
        subject=("unplaced_payment", unplaced_id),
        at=at,
        reason=why,
    )


async def apply(
    session: AsyncSession, *, unplaced_id: UUID, loan_id: UUID | None, reason: str, by: Actor, at: datetime
) -> Repayment:
    """Apply money on the list to the loan it was paid for, or, under a number we do not know, to the loan named.

    It counts from the day it was paid. Raises UnplacedNotFound, LoanMissing, PaymentOfAnotherLoan, LoanNotFound,
    LoanNotRunning, AlreadyResolved, RefundUnderWay, NothingToResolve.
    """
    row = await queries.unplaced_row(session, unplaced_id)
    loan = await lock_loan(session, _loan_of(row, loan_id))
    row = await queries.lock_unplaced(session, unplaced_id)
    await refunds.must_be_open(session, row)
    if not row.amount_fen:
        raise NothingToResolve(order_no=row.order_no)
    attempt = await session.get(PaymentAttempt, row.attempt_id) if row.attempt_id else None
    order = await session.get_one(PaymentOrder, attempt.order_id) if attempt else None
    payment_id = new_id()
    made = await repayment.apply(
        session,
        loan_id=loan.id,
        payment_id=payment_id,
        amount_fen=row.amount_fen,
        intent=Intent(order.intent) if order else Intent.INSTALLMENT,
        method=RepaymentMethod(order.method) if order else RepaymentMethod.ACTIVE,
        value_date=max(business_day(unplaced.paid_at_of(row, attempt)), loan.value_date or date.min),
        at=at,
    )
    row.resolve(Resolution.APPLIED, by=by.name, reason=reason, at=at)
    row.applied_as, row.loan_id, row.borrower_id = payment_id, loan.id, loan.borrower_id
    await session.flush()
    return made


def _loan_of(row: Unplaced, named: UUID | None) -> UUID:
    if row.attempt_id is None and named is not None:
        return named
    if row.loan_id is None:
        raise LoanMissing(order_no=row.order_no)
    if named not in {None, row.loan_id}:
        raise PaymentOfAnotherLoan(order_no=row.order_no)
    return row.loan_id
