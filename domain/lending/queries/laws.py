"""Sums over the whole of the books and of lending, for the laws that must hold between them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Text, case, exists, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from domain.credit.models import CreditLine
from domain.ledger.models import ClosedDay, Entry, Side, Transfer
from domain.ledger.rules.chart import clearing
from domain.lending.models import Loan, LoanBook, Repayment, RepaymentMethod, RepaymentStatus
from domain.lending.rules.machine import PAID_OUT
from domain.lending.rules.posting import COMPONENTS, Components
from domain.payments.models import PaymentAttempt, Refund, RefundState, Unplaced
from domain.payments.queries import booked_later
from domain.payments.rules.states import AttemptState


@dataclass(frozen=True, slots=True)
class Difference:
    """Something of which two figures should be equal."""

    subject: str
    expected_fen: int
    found_fen: int


def _total(
    amount: ColumnElement[int] | InstrumentedAttribute[int] | InstrumentedAttribute[int | None],
) -> ColumnElement[int]:
    return func.coalesce(func.sum(amount), 0).cast(BigInteger)


_NET = case((Entry.side == Side.DEBIT, Entry.amount_fen), else_=-Entry.amount_fen)
_DEBIT = case((Entry.side == Side.DEBIT, Entry.amount_fen), else_=0)
_CREDIT = case((Entry.side == Side.CREDIT, Entry.amount_fen), else_=0)


async def without_time_limit(session: AsyncSession) -> None:
    """These sums look at everything; they may take longer than a request."""
    await session.execute(text("SET LOCAL statement_timeout = 0"))


async def sides(session: AsyncSession) -> Difference:
    """All debits against all credits."""
    debit_fen, credit_fen = (await session.execute(select(_total(_DEBIT), _total(_CREDIT)))).one()
    return Difference("all accounts", expected_fen=debit_fen, found_fen=credit_fen)


async def unbalanced_transfers(session: AsyncSession, limit: int) -> list[Difference]:
    query = (
        select(Transfer.source, _total(_DEBIT), _total(_CREDIT))
        .join(Entry, Entry.transfer_id == Transfer.id)
        .group_by(Transfer.id)
        .having(_total(_NET) != 0)
        .limit(limit)
    )
    return [Difference(source, debit_fen, credit_fen) for source, debit_fen, credit_fen in await session.execute(query)]


async def misdated_entries(session: AsyncSession, limit: int) -> list[Difference]:
    """Entries that stand on another booking day than their transfer."""
    query = (
        select(Transfer.source, Entry.amount_fen)
        .join(Entry, Entry.transfer_id == Transfer.id)
        .where(Entry.booking_date != Transfer.booking_date)
        .limit(limit)
    )
    return [Difference(source, amount_fen, 0) for source, amount_fen in await session.execute(query)]


async def rewritten_days(session: AsyncSession) -> list[Difference]:
    """Closed days whose entries add up to something else than they did."""
    found = (
        select(ClosedDay.day, ClosedDay.debit_fen, _total(_DEBIT))
        .outerjoin(Entry, Entry.booking_date == ClosedDay.day)
        .group_by(ClosedDay.day)
        .having(_total(_DEBIT) != ClosedDay.debit_fen)
    )
    return [Difference(day.isoformat(), kept_fen, now_fen) for day, kept_fen, now_fen in await session.execute(found)]


async def net_balances(session: AsyncSession) -> Mapping[str, int]:
    """Each account's debits less credits."""
    query = select(Entry.account_code, _total(_NET).label("net_fen")).group_by(Entry.account_code)
    return {row.account_code: row.net_fen for row in await session.execute(query)}


async def net_by_kinds(session: AsyncSession, *, prefix: str) -> Mapping[str, int]:
    """Each account's debits less credits, of transfers whose kind begins so."""
    query = (
        select(Entry.account_code, _total(_NET).label("net_fen"))
        .join(Transfer, Transfer.id == Entry.transfer_id)
        .where(Transfer.kind.startswith(prefix, autoescape=True))
        .group_by(Entry.account_code)
    )
    return {row.account_code: row.net_fen for row in await session.execute(query)}


async def books_by_funder(session: AsyncSession) -> Sequence[tuple[str, Components]]:
    """The sum of the loan books of each funding party."""
    sums = [_total(getattr(LoanBook, name)) for name in COMPONENTS]
    rows = await session.execute(select(LoanBook.funder, *sums).group_by(LoanBook.funder))
    return [(funder, Components(*components)) for funder, *components in rows]


async def suspense_fen(session: AsyncSession) -> int:
    """What came and is not applied: the open work list, and settled attempts on their way to a loan."""
    listed = exists().where(Unplaced.attempt_id == PaymentAttempt.id)
    applied = exists().where(Repayment.payment_id == PaymentAttempt.id, Repayment.status == RepaymentStatus.APPLIED)
    on_its_way = select(_total(PaymentAttempt.received_fen)).where(
        PaymentAttempt.state == AttemptState.SUCCEEDED, ~listed, ~applied
    )
    open_list = select(_total(Unplaced.amount_fen)).where(Unplaced.resolved_at.is_(None))
    return (await session.scalar(on_its_way) or 0) + (await session.scalar(open_list) or 0)


async def refunds_not_booked_once(session: AsyncSession) -> list[Difference]:
    """Refunds that went back, by what the books hold of each; one its loan has yet to hear of is no difference."""
    source = func.concat("refund:", Refund.id.cast(Text))
    out_of = Entry.account_code == func.concat(clearing(""), Refund.channel)
    query = (
        select(Refund.number, Refund.amount_fen, _total(_CREDIT))
        .outerjoin(Transfer, Transfer.source.in_([source, func.concat(source, ":loan_excess_refunded")]))
        .outerjoin(Entry, (Entry.transfer_id == Transfer.id) & out_of)
        .where(Refund.state == RefundState.SUCCEEDED, ~booked_later())
        .group_by(Refund.id)
        .having(_total(_CREDIT) != Refund.amount_fen)
    )
    return [Difference(number, amount_fen, found_fen) for number, amount_fen, found_fen in await session.execute(query)]


async def moved_by_payments(session: AsyncSession) -> Mapping[str, int]:
    """Each clearing account's debits less credits, of what came and what went back; not of what was settled."""
    kinds = or_(*[Transfer.kind.startswith(prefix, autoescape=True) for prefix in ("payment_", "refund_", "loan_")])
    query = (
        select(Entry.account_code, _total(_NET).label("net_fen"))
        .join(Transfer, Transfer.id == Entry.transfer_id)
        .where(kinds, Entry.account_code.startswith(clearing(""), autoescape=True))
        .group_by(Entry.account_code)
    )
    return {row.account_code: row.net_fen for row in await session.execute(query)}


async def received_offline(session: AsyncSession) -> int:
    """What was taken down by hand and stands."""
    offline = (Repayment.method == RepaymentMethod.OFFLINE) & (Repayment.status == RepaymentStatus.APPLIED)
    return await session.scalar(select(_total(Repayment.amount_fen)).where(offline)) or 0


async def lines_used(session: AsyncSession) -> list[Difference]:
    """Credit lines that say another sum in use than the principal open on their loans."""
    open_fen = _total(Loan.principal_open_fen)
    query = (
        select(CreditLine.number, open_fen, CreditLine.used_fen)
        .outerjoin(Loan, Loan.credit_line_id == CreditLine.id)
        .group_by(CreditLine.id)
        .having(open_fen != CreditLine.used_fen)
    )
    return [Difference(number, loans_fen, used_fen) for number, loans_fen, used_fen in await session.execute(query)]


async def loans_without_book(session: AsyncSession) -> list[Difference]:
    """Loans whose money went out and of which the books know nothing."""
    query = (
        select(Loan.number, Loan.principal_fen)
        .outerjoin(LoanBook, LoanBook.loan_id == Loan.id)
        .where(Loan.status.in_(PAID_OUT), LoanBook.loan_id.is_(None))
    )
    return [Difference(number, principal_fen, 0) for number, principal_fen in await session.execute(query)]


async def excess_held(session: AsyncSession) -> list[Difference]:
    """Loans that say another excess than their book holds."""
    held = func.greatest(LoanBook.excess_received_fen - LoanBook.excess_refunded_fen, 0)
    query = (
        select(Loan.number, held, Loan.excess_fen)
        .join(LoanBook, LoanBook.loan_id == Loan.id)
        .where(held != Loan.excess_fen)
    )
    return [Difference(number, book_fen, loan_fen) for number, book_fen, loan_fen in await session.execute(query)]


_PARTS = {
    "penalty_paid_fen": Repayment.penalty_fen,
    "interest_paid_fen": Repayment.interest_fen,
    "principal_paid_fen": Repayment.principal_fen,
    "fee_earned_fen": Repayment.fee_fen,
    "excess_received_fen": Repayment.excess_fen,
    "recovered_fen": Repayment.recovery_fen,
}


async def repaid(session: AsyncSession, loan_ids: Sequence[UUID]) -> Mapping[UUID, Components]:
    """What the applied repayments of loans say they paid, in the components of the books."""
    rows = await session.execute(
        select(Repayment.loan_id, *[_total(part).label(name) for name, part in _PARTS.items()])
        .where(Repayment.loan_id.in_(loan_ids), Repayment.status == RepaymentStatus.APPLIED)
        .group_by(Repayment.loan_id)
    )
    return {row.loan_id: Components(**{name: getattr(row, name) for name in _PARTS}) for row in rows}
