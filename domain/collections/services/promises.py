"""Promises to pay: made in a case, kept by payments, broken by the day that goes by."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import case as either
from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from domain.collections.errors import PromiseDayNotPossible, PromiseNotPositive, PromiseOpen, PromiseTooLarge
from domain.collections.models import CollectionCase, PaymentPromise
from domain.collections.queries import contacting
from domain.collections.rules.case import CaseStatus
from domain.collections.rules.promise import PromiseStatus
from domain.collections.rules.task import TaskKind
from domain.collections.services import tasks
from domain.collections.services.assigning import lock_own_case
from domain.collections.services.policies import promise_max_days
from domain.lending.models import Loan, Repayment, RepaymentStatus
from domain.lending.services.history import history_of
from domain.shared.actors import Actor
from domain.shared.days import business_day
from domain.shared.money import yuan


@dataclass(frozen=True, slots=True)
class Judged:
    """How many promises came to their end, and which."""

    kept: int
    broken: int


async def make(
    session: AsyncSession, *, case_id: UUID, amount_fen: int, on: date, actor: Actor, at: datetime
) -> PaymentPromise:
    """Write down what a debtor promised his collector: until its day is over nobody has to call him.

    Raises CaseNotFound, CaseNotTaken, CaseClosed, PromiseOpen, PromiseNotPositive, PromiseDayNotPossible, PromiseTooLarge.
    """
    case = await lock_own_case(session, case_id, actor)
    if earlier := await contacting.open_promise(session, case.id):
        raise PromiseOpen(amount=yuan(earlier.amount_fen), on=earlier.promised_on)
    if amount_fen <= 0:
        raise PromiseNotPositive(amount=yuan(amount_fen))
    await _check_day(session, on, business_day(at))
    await _check_amount(session, case, amount_fen, on)
    promise = PaymentPromise(
        case_id=case.id,
        loan_id=case.loan_id,
        borrower_id=case.borrower_id,
        amount_fen=amount_fen,
        promised_on=on,
        made_at=at,
        recorded_by=actor.id,
    )
    session.add(promise)
    for kind in (TaskKind.CALL, TaskKind.LOCATE):
        await tasks.cancel(session, case.id, kind, at)
    await session.flush()
    return promise


async def judge(session: AsyncSession, *, at: datetime, case_id: UUID | None = None) -> Judged:
    """Say of open promises, of one case or of all, what has become of them; those that are still open stay so.

    KEPT: payments of its days reach it, or the case is closed. BROKEN: its day is over.
    """
    await session.flush()
    paid_fen = (
        select(func.coalesce(func.sum(Repayment.amount_fen), 0))
        .where(
            Repayment.loan_id == PaymentPromise.loan_id,
            Repayment.status == RepaymentStatus.APPLIED,
            Repayment.applied_at >= PaymentPromise.made_at,
            Repayment.value_date <= PaymentPromise.promised_on,
        )
        .scalar_subquery()
    )
    closed = select(CollectionCase.id).where(
        CollectionCase.id == PaymentPromise.case_id, CollectionCase.status == CaseStatus.CLOSED
    )
    kept = or_(paid_fen >= PaymentPromise.amount_fen, closed.exists())
    ended = (
        update(PaymentPromise)
        .where(
            PaymentPromise.status == PromiseStatus.OPEN,
            or_(kept, PaymentPromise.promised_on < business_day(at)),
        )
        .values(status=either((kept, PromiseStatus.KEPT), else_=PromiseStatus.BROKEN), ended_at=at)
        .returning(PaymentPromise.status)
        .execution_options(synchronize_session=False)
    )
    if case_id is not None:
        ended = ended.where(PaymentPromise.case_id == case_id)
    statuses = (await session.scalars(ended)).all()
    return Judged(statuses.count(PromiseStatus.KEPT), statuses.count(PromiseStatus.BROKEN))


async def _check_day(session: AsyncSession, on: date, today: date) -> None:
    last = today + timedelta(days=await promise_max_days(session, today))
    if not today <= on <= last:
        raise PromiseDayNotPossible(first=today, last=last, on=on)


async def _check_amount(session: AsyncSession, case: CollectionCase, amount_fen: int, on: date) -> None:
    loan = await session.get_one(Loan, case.loan_id)
    due_fen = (await history_of(session, loan)).position(on).due_fen
    if amount_fen > due_fen:
        raise PromiseTooLarge(on=on, due=yuan(due_fen), amount=yuan(amount_fen))
