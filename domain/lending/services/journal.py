"""The journal of a loan, and what follows from an event in it: figures, books, credit line, announcements."""

from datetime import date, datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from domain.credit.services import lines
from domain.ledger.rules.chart import BANK
from domain.lending.errors import ValueDateBeforeLoan, ValueDateInFuture
from domain.lending.events import LoanDisbursed, LoanProjected, LoanSettled
from domain.lending.models import Loan, LoanStatus
from domain.lending.queries import loans as queries
from domain.lending.rules.events import Event
from domain.lending.rules.plan import make_plan
from domain.lending.rules.position import Position
from domain.lending.services import book, projection
from domain.lending.services.history import History, append, events_of, history_of
from domain.lending.services.terms import terms_of
from domain.shared import outbox
from domain.shared.days import SHANGHAI, business_day
from domain.shared.schedule import plan_action

__all__ = ["append", "day_for", "events_of", "history_of", "open_loan", "record", "today_of"]

RECHECK = "lending.recheck_missed"
"""Kind of the action that looks, a day after a due date at nine, whether the row was missed."""


async def open_loan(session: AsyncSession, *, loan: Loan, value_date: date, at: datetime) -> Position:
    """Begin a locked loan whose money is out: plan, books, ACTIVE, and the looks after each due date planned.

    The credit line is the funding's business, as is that this happens once: the status table allows it once.
    """
    version = await queries.version_of(session, loan)
    loan.value_date = value_date
    loan.move_to(LoanStatus.ACTIVE, at)
    history = History(terms_of(loan, version), ())
    standing = history.standing(max(business_day(at), value_date))
    await projection.project(session, loan, history.terms, standing.position, at=at)
    await book.open_book(session, loan, funder=version.funder, on=value_date)
    await book.true_up(session, loan, standing, value_date=value_date, at=at, source=f"disbursement:{loan.id}")
    await _plan_looks(session, loan, history)
    outbox.publish(session, LoanDisbursed(loan.id))
    outbox.publish(session, LoanProjected(loan.id))
    return standing.position


async def record(
    session: AsyncSession,
    loan: Loan,
    event: Event,
    *,
    source: str,
    at: datetime,
    note: str | None = None,
    refunded_from: str = BANK,
) -> Position:
    """Let something happen to a locked loan, once per source, and let everything follow from it.

    The loan's books are first brought to today without it. Then it is written down, the loan is replayed to today, and
    what is stored and posted becomes what the replay says: an event of an earlier day gives differences that are booked
    now with its value date. The credit line gets back what principal came in, or loses what turned out not to have.
    """
    history = await history_of(session, loan)
    today = await today_of(session, loan, at)
    before, status = history.standing(today), loan.status
    await book.true_up(session, loan, before, value_date=today, at=at)
    await append(session, loan, event, source=source, at=at, note=note)
    after = history.with_event(event).standing(today)
    await projection.project(session, loan, history.terms, after.position, at=at)
    await book.true_up(session, loan, after, value_date=event.date, at=at, source=source, refunded_from=refunded_from)
    repaid_fen = _principal_open_fen(before.position) - _principal_open_fen(after.position)
    await _follow_line(session, loan, repaid_fen, source, at)
    outbox.publish(session, LoanProjected(loan.id))
    if loan.status is LoanStatus.SETTLED and status is not LoanStatus.SETTLED:
        outbox.publish(session, LoanSettled(loan.id))
    return after.position


async def today_of(session: AsyncSession, loan: Loan, at: datetime) -> date:
    """The day a loan that was paid out stands at: today, and never before what its books already hold."""
    return max(business_day(at), (await queries.book_of(session, loan.id)).posted_through)


async def day_for(session: AsyncSession, loan: Loan, value_date: date | None, at: datetime) -> date:
    """The day from which something counts that is done to a loan now: the one that is said, or today.

    Raises ValueDateInFuture, ValueDateBeforeLoan.
    """
    today = await today_of(session, loan, at)
    day = value_date or today
    if day > today:
        raise ValueDateInFuture(date=day, today=today)
    if loan.value_date is None or day < loan.value_date:
        raise ValueDateBeforeLoan(number=loan.number, date=day, first=loan.value_date)
    return day


def _principal_open_fen(position: Position) -> int:
    return position.undue_fen + position.principal_fen


async def _follow_line(session: AsyncSession, loan: Loan, repaid_fen: int, source: str, at: datetime) -> None:
    if repaid_fen > 0:
        await lines.restore(session, line_id=loan.credit_line_id, amount_fen=repaid_fen, source=source, at=at)
    elif repaid_fen < 0:
        await lines.take_back(session, line_id=loan.credit_line_id, amount_fen=-repaid_fen, source=source, at=at)


async def _plan_looks(session: AsyncSession, loan: Loan, history: History) -> None:
    for row in make_plan(history.terms):
        due_at = datetime.combine(row.due, time(9), SHANGHAI) + timedelta(hours=24)
        payload = {"loan_id": str(loan.id), "n": row.n}
        await plan_action(session, kind=RECHECK, key=f"{loan.id}:{row.n}", due_at=due_at, payload=payload)
