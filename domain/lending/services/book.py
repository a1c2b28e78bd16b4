"""A loan's place in the books: what they should hold of it less what they hold, posted and remembered together."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from domain.ledger import services as ledger
from domain.ledger.models import Transfer
from domain.ledger.rules.chart import BANK
from domain.lending.models import Loan, LoanBook
from domain.lending.queries import loans as queries
from domain.lending.rules.posting import COMPONENTS, Components, look_again_on, postings
from domain.lending.services.history import Standing


def posted(book: LoanBook) -> Components:
    """What the ledger holds of a loan."""
    return Components(**{name: getattr(book, name) for name in COMPONENTS})


async def open_book(session: AsyncSession, loan: Loan, *, funder: str, on: date) -> LoanBook:
    """A place in the books for a loan that is being paid out; nothing is posted yet."""
    book = LoanBook(
        loan_id=loan.id,
        borrower_id=loan.borrower_id,
        product_version_id=loan.product_version_id,
        funder=funder,
        posted_through=on,
        posting=0,
    )
    session.add(book)
    await session.flush()
    return book


async def true_up(
    session: AsyncSession,
    loan: Loan,
    standing: Standing,
    *,
    value_date: date,
    at: datetime,
    source: str | None = None,
    booking_date: date | None = None,
    refunded_from: str = BANK,
) -> Sequence[Transfer]:
    """Bring the books of a locked loan to where it stands.

    Posts target less posted, on the open booking day, a transfer for each row of the posting table that is touched;
    nothing where the books are right. `source` says what happened, once ("repayment:<payment id>"); without one it is
    the loan's own count of postings: days went by. A difference below zero stands the other way round.
    """
    book = await queries.book_of(session, loan.id)
    due = postings(standing.target.minus(posted(book)), funder=book.funder, refunded_from=refunded_from)
    _remember(book, standing)
    book.posting += bool(due)
    cause = source or f"loan:{loan.id}:{book.posting}"
    return await ledger.post_together(
        session,
        [ledger.Draft(f"{cause}:{posting.kind}", posting.kind, posting.lines) for posting in due],
        value_date=value_date,
        at=at,
        booking_date=booking_date,
        loan_id=loan.id,
    )


def _remember(book: LoanBook, standing: Standing) -> None:
    position, line = standing.position, standing.position.accrual
    for name, amount_fen in zip(COMPONENTS, standing.target.values(), strict=True):
        setattr(book, name, amount_fen)
    book.posted_through = position.on
    book.look_again_on = look_again_on(position)
    book.line_from = line.on if line else None
    book.line_billed_fen = line.billed_fen if line else 0
    book.line_exact = Decimal(line.exact if line else 0)
    book.line_a_day = Decimal(line.a_day if line else 0)
    book.line_scale = Decimal(line.scale if line else 1)
