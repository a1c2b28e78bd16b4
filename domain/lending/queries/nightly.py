"""The statements of the nightly run: which loans are looked at, and the interest of all the others in one go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger, Numeric, Text, cast, func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.models import Loan, LoanBook


@dataclass(frozen=True, slots=True)
class Accrued:
    """What loans of one product version and funding party earned, to be posted as one sum."""

    product_version_id: UUID
    funder: str
    loans: int
    interest_fen: int
    first_loan: str


async def to_look_at(
    session: AsyncSession, *, today: date, limit: int, after: UUID | None = None, but_not: Sequence[UUID] = ()
) -> Sequence[Loan]:
    """Loans that are to be replayed by today and were not, but not those of some product versions, locked; by id."""
    query = (
        select(Loan)
        .join(LoanBook, LoanBook.loan_id == Loan.id)
        .where(LoanBook.look_again_on <= today, LoanBook.posted_through < today)
        .order_by(Loan.id)
        .limit(limit)
        .with_for_update()
    )
    if after is not None:
        query = query.where(Loan.id > after)
    if but_not:
        query = query.where(LoanBook.product_version_id.not_in(but_not))
    return (await session.scalars(query.execution_options(populate_existing=True))).all()


async def accrue(session: AsyncSession, *, today: date, limit: int) -> Sequence[Accrued]:
    """Bring a chunk of the loans that only earn interest to today, in their books; returns the sums to post.

    The figures are those of the replay: the same line, in integers, rounded half up in the same place.
    """
    days = cast(literal(today) - LoanBook.line_from, Numeric)
    exact = LoanBook.line_exact + LoanBook.line_a_day * days
    # `div` is exact where `/` of numerics is not; what is divided is never below zero, so it rounds down.
    rounded = func.div(2 * exact + LoanBook.line_scale, 2 * LoanBook.line_scale)
    due = (
        select(
            LoanBook.loan_id,
            LoanBook.interest_earned_fen.label("posted_fen"),
            cast(LoanBook.line_billed_fen + rounded, BigInteger).label("earned_fen"),
        )
        # Rows are locked in the order the tables are named in: the loan first, as by everybody else.
        .select_from(Loan)
        .join(LoanBook, LoanBook.loan_id == Loan.id)
        .where(LoanBook.posted_through < today, LoanBook.look_again_on > today)
        .order_by(LoanBook.loan_id)
        .limit(limit)
        .with_for_update()
        .cte("due")
    )
    done = (
        update(LoanBook)
        .where(LoanBook.loan_id == due.c.loan_id)
        .values(interest_earned_fen=due.c.earned_fen, posted_through=today)
        .returning(
            LoanBook.loan_id,
            LoanBook.product_version_id,
            LoanBook.funder,
            (due.c.earned_fen - due.c.posted_fen).label("earned_fen"),
        )
        .cte("done")
    )
    rows = await session.execute(
        select(
            done.c.product_version_id,
            done.c.funder,
            func.count().label("loans"),
            cast(func.sum(done.c.earned_fen), BigInteger).label("earned_fen"),
            func.min(cast(done.c.loan_id, Text)).label("first_loan"),
        ).group_by(done.c.product_version_id, done.c.funder)
    )
    return [Accrued(row.product_version_id, row.funder, row.loans, row.earned_fen, row.first_loan) for row in rows]
