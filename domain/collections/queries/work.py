"""What is missing for the strategy: selects behind the morning's work."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Date, and_, func, literal, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from domain.collections.models import CollectionCase, CollectionTask, ContactAttempt, PaymentPromise
from domain.collections.queries.cases import OPEN, Key, open_task_of
from domain.collections.rules.contact import FAILED, Channel, Party
from domain.collections.rules.promise import PromiseStatus
from domain.collections.rules.strategy import Requirement, Step, Strategy
from domain.collections.rules.task import TaskKind, TaskStatus
from domain.lending.models import Installment, InstallmentStatus, Loan, LoanStatus, ProductVersion
from domain.lending.queries.arriving import unapplied
from domain.messaging.models import Message


@dataclass(frozen=True, slots=True)
class Untold:
    """An overdue installment whose message of today is missing. `told` counts today's messages of its case."""

    case: CollectionCase
    loan: Loan
    installment: Installment
    overdue_day: int
    told: int

    @property
    def key(self) -> Key:
        return self.installment.due_on, self.installment.id


async def untold(
    session: AsyncSession,
    strategy: Strategy,
    *,
    today: date,
    after: Key | None = None,
    limit: int = 1,
    only: tuple[UUID, int] | None = None,
) -> Sequence[Untold]:
    """Unpaid installments of open cases on a day of a message that was not queued yet, earliest due first.

    For whose loan money is on its way is told nothing.

    `only`: the loan and the number of the one installment that is asked about.
    """
    day = _day_of(Installment.due_on, today)
    told = (
        select(func.count())
        .where(
            CollectionTask.case_id == CollectionCase.id,
            CollectionTask.kind == TaskKind.SMS,
            CollectionTask.on_day == today,
        )
        .correlate(CollectionCase)
        .scalar_subquery()
    )
    once_key = func.concat("overdue:", Installment.id, ":", day, type_=Message.once_key.type)
    rows = (
        select(CollectionCase, Loan, Installment, day, told)
        .join(Loan, Loan.id == CollectionCase.loan_id)
        .join(ProductVersion, ProductVersion.id == Loan.product_version_id)
        .join(Installment, Installment.loan_id == Loan.id)
        .where(
            OPEN,
            Loan.status == LoanStatus.ACTIVE,
            Installment.status != InstallmentStatus.PAID,
            ~unapplied(Loan.id),
            or_(*(_within(day, step) for step in strategy if step.action is TaskKind.SMS)),
            ~select(Message.id).where(Message.once_key == once_key).exists(),
        )
        .order_by(Installment.due_on, Installment.id)
        .limit(limit)
    )
    if after is not None:
        rows = rows.where(tuple_(Installment.due_on, Installment.id) > after)
    if only is not None:
        rows = rows.where(Loan.id == only[0], Installment.n == only[1])
    return [Untold(*row) for row in await session.execute(rows)]


async def lock_uncalled(session: AsyncSession, step: Step, *, today: date, limit: int) -> Sequence[CollectionCase]:
    """Cases on a day of this step without a call that is open or of today, the longest overdue first."""
    of_today = select(CollectionTask.id).where(
        CollectionTask.case_id == CollectionCase.id,
        CollectionTask.kind == TaskKind.CALL,
        CollectionTask.on_day == today,
    )
    missing = and_(~open_task_of(CollectionCase.id, TaskKind.CALL), ~of_today.exists())
    return await _lock(session, step, missing, today=today, after=None, limit=limit)


async def lock_unlocated(
    session: AsyncSession, step: Step, *, today: date, after: Key | None, limit: int
) -> Sequence[CollectionCase]:
    """Cases on a day of this step whose debtor was tried in vain and who was not asked for yet."""
    asked_for = select(CollectionTask.id).where(
        CollectionTask.case_id == CollectionCase.id, CollectionTask.kind == TaskKind.LOCATE
    )
    in_vain = select(ContactAttempt.id).where(
        ContactAttempt.borrower_id == CollectionCase.borrower_id,
        ContactAttempt.channel == Channel.CALL,
        ContactAttempt.party == Party.DEBTOR,
        ContactAttempt.outcome.in_(FAILED),
    )
    missing = and_(~asked_for.exists(), in_vain.exists())
    return await _lock(session, step, missing, today=today, after=after, limit=limit)


def covered(step: Step, today: date) -> ColumnElement[bool]:
    """Of tasks: whether their case is on a day of this step."""
    cases = (
        select(CollectionCase.id)
        .join(Loan, Loan.id == CollectionCase.loan_id)
        .join(ProductVersion, ProductVersion.id == Loan.product_version_id)
        .where(OPEN, _within(_day_of(CollectionCase.overdue_since, today), step))
    )
    return and_(CollectionTask.status == TaskStatus.OPEN, CollectionTask.case_id.in_(cases))


async def _lock(
    session: AsyncSession, step: Step, missing: ColumnElement[bool], *, today: date, after: Key | None, limit: int
) -> Sequence[CollectionCase]:
    cases = (
        select(CollectionCase)
        .join(Loan, Loan.id == CollectionCase.loan_id)
        .join(ProductVersion, ProductVersion.id == Loan.product_version_id)
        .where(OPEN, _within(_day_of(CollectionCase.overdue_since, today), step), missing)
        .order_by(CollectionCase.overdue_since, CollectionCase.id)
        .limit(limit)
        # A case that is being closed right now is waited for, and left out.
        .with_for_update(of=CollectionCase, key_share=True)
        .execution_options(populate_existing=True)
    )
    if Requirement.NO_OPEN_PROMISE in step.requires:
        promised = select(PaymentPromise.id).where(
            PaymentPromise.case_id == CollectionCase.id, PaymentPromise.status == PromiseStatus.OPEN
        )
        cases = cases.where(~promised.exists())
    if after is not None:
        cases = cases.where(tuple_(CollectionCase.overdue_since, CollectionCase.id) > after)
    return (await session.scalars(cases)).all()


def _day_of(overdue_since: InstrumentedAttribute[date], today: date) -> ColumnElement[int]:
    """`rules.strategy.overdue_day`, in SQL."""
    return func.greatest(literal(today, Date) - overdue_since - ProductVersion.grace_days, 0)


def _within(day: ColumnElement[int], step: Step) -> ColumnElement[bool]:
    return day >= step.dpd_from if step.dpd_to is None else day.between(step.dpd_from, step.dpd_to)
