"""The life of a case: the night opens it, the loan's own figures end it, and with it all that was to be done in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import case as either
from sqlalchemy import func, literal, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import Text, Uuid

from domain.collections.models import CollectionCase
from domain.collections.queries import cases as queries
from domain.collections.queries.cases import Key
from domain.collections.rules.case import CaseStatus, CloseReason
from domain.collections.services import promises, tasks
from domain.lending.models import Loan
from domain.lending.queries import due
from domain.lending.rules.machine import LoanStatus
from domain.shared.days import business_day
from domain.shared.ids import new_id
from domain.shared.numbers import next_numbers

SERIES = "CC"


@dataclass(frozen=True, slots=True)
class Imported:
    """What a part of the import did. `after` is where the next part begins; None: nothing is left to import."""

    opened: int
    closed: int
    moved: int
    after: Key | None


async def import_overdue(
    session: AsyncSession, *, at: datetime, limit: int = 1000, after: Key | None = None
) -> Imported:
    """Open a case for every loan that is past due and has none, the longest overdue first, up to `limit` of them.

    It asks what is missing, so a missed night is made up for by the next one. The first part also puts right the cases
    that a lost announcement left behind: it closes those of loans no longer past due, with their tasks and promises, and
    moves those whose day moved.
    """
    closed = await _close_cured(session, at) if after is None else 0
    moved = await _follow_moved(session) if after is None else 0
    late = await queries.lock_late_without_case(session, after=after, limit=limit)
    opened = await _open(session, [loan_id for _, loan_id in late], at) if late else 0
    return Imported(opened, closed, moved, after=late[-1] if len(late) == limit else None)


async def refresh(session: AsyncSession, *, loan_id: UUID, at: datetime) -> CollectionCase | None:
    """Bring a loan's open case in line with the loan: closed once nothing is past due, moved with the oldest row that is.

    A promise the loan's payments have reached is kept; with the case ends all that was to be done in it. Doing it again
    changes nothing. Opening is for the night alone. None: there was no open case.
    """
    # The case first: of two announcements the later one then reads the later loan.
    case = await queries.lock_open_case(session, loan_id)
    if case is None:
        return None
    standing = await due.standing(session, loan_id)
    if standing.overdue_since is None:
        case.close(CloseReason.SETTLED if standing.status is LoanStatus.SETTLED else CloseReason.CURED, at)
    else:
        case.overdue_since = standing.overdue_since
    if case.status is CaseStatus.CLOSED:
        await tasks.cancel_all(session, case.id, at)
    await promises.judge(session, at=at, case_id=case.id)
    return case


async def _open(session: AsyncSession, loan_ids: Sequence[UUID], at: datetime) -> int:
    today = business_day(at)
    numbers = await next_numbers(session, SERIES, today, len(loan_ids))
    new = (
        func.unnest(
            literal([new_id() for _ in loan_ids], ARRAY(Uuid)),
            literal(loan_ids, ARRAY(Uuid)),
            literal(numbers, ARRAY(Text)),
        )
        .table_valued("id", "loan_id", "number", name="new")
        .render_derived()
    )
    rows = select(
        new.c.id,
        new.c.number,
        Loan.id,
        Loan.borrower_id,
        literal(CaseStatus.OPEN, CollectionCase.status.type),
        Loan.overdue_since,
        due.past_due_fen(today),
        literal(at),
    ).join(Loan, Loan.id == new.c.loan_id)
    columns = [
        "id",
        "number",
        "loan_id",
        "borrower_id",
        "status",
        "overdue_since",
        "overdue_fen_at_import",
        "imported_at",
    ]
    opened = (
        insert(CollectionCase)
        .from_select(columns, rows)
        .on_conflict_do_nothing(index_elements=[CollectionCase.loan_id], index_where=text("status = 'OPEN'"))
        .returning(CollectionCase.id)
    )
    return len((await session.execute(opened)).all())


async def _close_cured(session: AsyncSession, at: datetime) -> int:
    ended = either((Loan.status == LoanStatus.SETTLED, CloseReason.SETTLED), else_=CloseReason.CURED)
    closed = (
        update(CollectionCase)
        .where(
            queries.OPEN,
            CollectionCase.loan_id == Loan.id,
            Loan.overdue_since.is_(None),
        )
        .values(status=CaseStatus.CLOSED, close_reason=ended, closed_at=at)
        .returning(CollectionCase.id)
        .execution_options(synchronize_session=False)
    )
    ended = len((await session.execute(closed)).all())
    await tasks.cancel_of_closed(session, at)
    await promises.judge(session, at=at)
    return ended


async def _follow_moved(session: AsyncSession) -> int:
    moved = (
        update(CollectionCase)
        .where(
            queries.OPEN,
            CollectionCase.loan_id == Loan.id,
            CollectionCase.overdue_since != Loan.overdue_since,
        )
        .values(overdue_since=Loan.overdue_since)
        .returning(CollectionCase.id)
        .execution_options(synchronize_session=False)
    )
    return len((await session.execute(moved)).all())
