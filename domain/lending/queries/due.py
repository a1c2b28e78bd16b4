"""What falls due and what is past due: the selects behind reminders and collections."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ScalarSelect, case, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.models import Installment, InstallmentStatus, Loan
from domain.lending.queries.arriving import unapplied
from domain.lending.rules.machine import LoanStatus
from domain.lending.rules.reminding import Stage
from domain.messaging.models import Message

Key = tuple[date, UUID]
"""Where an installment stands in the list: (due_on, id)."""

_OPEN_FEN = (
    Installment.principal_fen
    + Installment.interest_fen
    + Installment.penalty_fen
    - Installment.paid_principal_fen
    - Installment.paid_interest_fen
    - Installment.paid_penalty_fen
    - Installment.waived_interest_fen
    - Installment.waived_penalty_fen
)
# Written into the statement, not bound: only then is it seen that the partial index of unpaid rows serves.
_UNPAID = Installment.status != literal(InstallmentStatus.PAID, Installment.status.type, literal_execute=True)


@dataclass(frozen=True, slots=True)
class Standing:
    """What collections goes by."""

    status: LoanStatus
    overdue_since: date | None


@dataclass(frozen=True, slots=True)
class Upcoming:
    """An installment to be reminded of, and under which key."""

    installment_id: UUID
    loan_id: UUID
    borrower_id: UUID
    loan_number: str
    n: int
    due_on: date
    open_fen: int
    offset: int
    once_key: str


async def standing(session: AsyncSession, loan_id: UUID) -> Standing:
    """A loan's standing as it is committed now, whatever this session has read before."""
    found = await session.execute(select(Loan.status, Loan.overdue_since).where(Loan.id == loan_id))
    status, overdue_since = found.one()
    return Standing(status, overdue_since)


def past_due_fen(today: date) -> ScalarSelect[int]:
    """For a select of `Loan`: what its rows past their due date still ask for, as last projected."""
    return (
        select(func.coalesce(func.sum(_OPEN_FEN), 0))
        .where(Installment.loan_id == Loan.id, Installment.due_on < today, _UNPAID)
        .correlate(Loan)
        .scalar_subquery()
    )


async def to_remind(
    session: AsyncSession, stages: Sequence[Stage], *, today: date, after: Key | None, limit: int
) -> Sequence[Upcoming]:
    """Unpaid installments of running loans that belong to a stage and have not had its reminder yet, earliest due first.

    For whose loan money is on its way is not reminded.
    """
    offset = case(*((Installment.due_on <= stage.last_due, stage.offset) for stage in stages))
    once_key = func.concat("reminder:", Installment.id, ":", offset, type_=Message.once_key.type)
    rows = (
        select(
            Installment.id,
            Installment.loan_id,
            Installment.borrower_id,
            Loan.number,
            Installment.n,
            Installment.due_on,
            _OPEN_FEN,
            offset,
            once_key,
        )
        .join(Loan, Loan.id == Installment.loan_id)
        .where(
            Installment.due_on.between(today, stages[-1].last_due),
            _UNPAID,
            _OPEN_FEN > 0,
            Loan.status == LoanStatus.ACTIVE,
            ~unapplied(Loan.id),
            ~select(Message.id).where(Message.once_key == once_key).exists(),
        )
        .order_by(Installment.due_on, Installment.id)
        .limit(limit)
    )
    if after is not None:
        rows = rows.where(tuple_(Installment.due_on, Installment.id) > after)
    return [Upcoming(*row) for row in await session.execute(rows)]
