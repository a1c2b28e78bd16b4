"""Excess: what a borrower paid beyond what he owed is his, and goes back to him."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.ledger.rules.chart import BANK, clearing
from domain.lending.errors import (
    ExcessNotRefundable,
    ExcessNotYetHeld,
    ExcessTooSmall,
    LoanNotRunning,
    PaymentInFuture,
)
from domain.lending.models import Loan
from domain.lending.queries import loans as queries
from domain.lending.queries.journal import event_of_source
from domain.lending.rules.events import ExcessRefunded
from domain.lending.services import journal
from domain.payments.models import Refund, RefundPurpose
from domain.payments.services import refunds
from domain.payments.services.orders import ChannelOffer
from domain.shared import audit
from domain.shared.actors import Actor
from domain.shared.days import business_day
from domain.shared.ids import new_id
from domain.shared.money import yuan
from domain.shared.reasons import reason_of


async def refund(
    session: AsyncSession,
    *,
    loan_id: UUID,
    amount_fen: int | None,
    reason: str,
    channels: Mapping[str, ChannelOffer],
    by: Actor,
    at: datetime,
) -> list[Refund]:
    """Send excess back, all of it unless a sum is said, by the loan's latest payments whose channels give it back.

    It is taken off the loan when a channel says that it went back. Raises ReasonMissing, LoanNotFound, LoanNotRunning,
    ExcessTooSmall, and ExcessNotRefundable where the channels cannot: then a person sends it by bank, and takes that down.
    """
    why = reason_of(reason)
    loan = await queries.lock_loan(session, loan_id)
    amount_fen = await _within(session, loan, amount_fen)
    made: list[Refund] = []
    left_fen = amount_fen
    for attempt in await queries.paid_by(session, loan_id):
        channel = channels.get(attempt.channel)
        if not left_fen or channel is None:
            continue
        if part_fen := await refunds.room_fen(session, attempt_id=attempt.id, channel=channel, wanted_fen=left_fen):
            made.append(
                await refunds.of_excess(session, attempt_id=attempt.id, amount_fen=part_fen, reason=why, by=by, at=at)
            )
            left_fen -= part_fen
    if left_fen:
        raise ExcessNotRefundable(number=loan.number, amount=yuan(amount_fen))
    for each in made:
        audit.record(session, actor=by, action="excess.refund", subject=("refund", each.id), at=at, reason=why)
    return made


async def record_offline(
    session: AsyncSession,
    *,
    loan_id: UUID,
    refund_id: UUID,
    amount_fen: int,
    value_date: date,
    reason: str,
    by: Actor,
    at: datetime,
) -> Loan:
    """Take down that excess was sent back from our bank account. `refund_id` is the client's; a repeat changes nothing.

    Raises ReasonMissing, LoanNotFound, LoanNotRunning, ExcessTooSmall, PaymentInFuture, ExcessNotYetHeld.
    """
    why = reason_of(reason)
    loan = await queries.lock_loan(session, loan_id)
    if await event_of_source(session, _source(refund_id)):
        return loan
    await _within(session, loan, amount_fen)
    if value_date > (today := await journal.today_of(session, loan, at)):
        raise PaymentInFuture(date=value_date, today=today)
    await _must_be_held(session, loan, amount_fen, value_date)
    await refunded(
        session,
        loan_id=loan_id,
        refund_id=refund_id,
        amount_fen=amount_fen,
        paid_from=BANK,
        value_date=value_date,
        at=at,
    )
    audit.record(session, actor=by, action="excess.record_refund", subject=("loan", loan_id), at=at, reason=why)
    return loan


async def take_off(session: AsyncSession, *, refund_id: UUID, at: datetime) -> None:
    """Book a refund that went through: of excess, taken off its loan, once; any other is booked already."""
    refund = await session.get_one(Refund, refund_id)
    if refund.purpose is not RefundPurpose.EXCESS or refund.loan_id is None:
        return
    await refunded(
        session,
        loan_id=refund.loan_id,
        refund_id=refund_id,
        amount_fen=refund.amount_fen,
        paid_from=clearing(refund.channel),
        value_date=business_day(refund.refunded_at or at),
        at=at,
    )


async def refunded(
    session: AsyncSession,
    *,
    loan_id: UUID,
    refund_id: UUID,
    amount_fen: int,
    paid_from: str,
    value_date: date,
    at: datetime,
) -> Loan:
    """Take down that excess was sent back from the account `paid_from` (a clearing account, or the bank). Once.

    The money is out: it is booked though the excess should be gone meanwhile, and what is missing then is owed by the
    borrower. Raises LoanNotFound, LoanNotRunning (its money never went out).
    """
    loan = await queries.lock_loan(session, loan_id)
    _must_be_paid_out(loan)
    if await event_of_source(session, _source(refund_id)):
        return loan
    event = ExcessRefunded(key=new_id(), date=value_date, sequence=loan.last_sequence + 1, amount_fen=amount_fen)
    await journal.record(session, loan, event, source=_source(refund_id), at=at, refunded_from=paid_from)
    return loan


async def _within(session: AsyncSession, loan: Loan, amount_fen: int | None) -> int:
    """The sum, or all there is: of what is held and not going back already. Raises LoanNotRunning, ExcessTooSmall."""
    _must_be_paid_out(loan)
    held_fen = loan.excess_fen - await queries.excess_on_its_way_fen(session, loan.id)
    wanted_fen = held_fen if amount_fen is None else amount_fen
    if not 0 < wanted_fen <= held_fen:
        raise ExcessTooSmall(number=loan.number, held=yuan(held_fen), amount=yuan(wanted_fen), fields=("amount",))
    return wanted_fen


async def _must_be_held(session: AsyncSession, loan: Loan, amount_fen: int, on: date) -> None:
    """What went back on a day was there on that day. Raises ExcessNotYetHeld."""
    began = loan.value_date is not None and on >= loan.value_date
    held_fen = (await journal.history_of(session, loan)).position(on).excess_fen if began else 0
    if amount_fen > held_fen:
        raise ExcessNotYetHeld(number=loan.number, date=on, held=yuan(held_fen), amount=yuan(amount_fen))


def _must_be_paid_out(loan: Loan) -> None:
    if loan.value_date is None:
        raise LoanNotRunning(number=loan.number, status=loan.status)


def _source(refund_id: UUID) -> str:
    return f"refund:{refund_id}"
