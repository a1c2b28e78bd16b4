"""Refunds asked for: money that goes back by the channel it came by, and never more than came."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments import queries
from domain.payments.errors import (
    AlreadyResolved,
    NothingToResolve,
    RefundNotOffered,
    RefundTooLarge,
    RefundUnderWay,
)
from domain.payments.events import RefundRequested
from domain.payments.models import PaymentAttempt, Refund, Unplaced, UnplacedReason
from domain.payments.queries import Came
from domain.payments.rules.asking import CRASHED_AFTER
from domain.payments.rules.refunding import RefundPurpose, RefundState, can_refund
from domain.payments.services.orders import ChannelOffer
from domain.shared import outbox, policy
from domain.shared.actors import SYSTEM, Actor
from domain.shared.days import business_day
from domain.shared.ids import new_id
from domain.shared.money import yuan
from domain.shared.numbers import next_number

AUTO_REFUND = "payments.auto_refund"
"""Policy: the reasons for which money on the work list goes back without a person."""

_PURPOSES = {
    UnplacedReason.DOUBLE: RefundPurpose.DOUBLE_PAYMENT,
    UnplacedReason.WRONG_AMOUNT: RefundPurpose.WRONG_AMOUNT,
}


async def by_itself(session: AsyncSession, *, unplaced_id: UUID, at: datetime) -> Refund | None:
    """Refund money that was put aside for a reason for which policy lets it go back without a person; None otherwise.

    Once: what is resolved or going back already is left as it is.
    """
    row = await queries.unplaced_row(session, unplaced_id)
    if row.reason not in await policy.value(session, AUTO_REFUND, on=business_day(at)):
        return None
    row = await _lock(session, row)
    if row.resolved_at or not row.amount_fen or await queries.refunds_of_unplaced(session, [row.id]):
        return None
    return await _of_unplaced(session, row, reason=row.reason.value, by=SYSTEM, at=at)


async def of_unplaced(
    session: AsyncSession, *, unplaced_id: UUID, reason: str, by: Actor, channel: ChannelOffer | None, at: datetime
) -> Refund:
    """Send money on the work list back; its row is resolved once the channel says that it went back.

    Raises UnplacedNotFound, AlreadyResolved, RefundUnderWay, NothingToResolve, RefundNotOffered, RefundTooLarge.
    """
    row = await _lock(session, await queries.unplaced_row(session, unplaced_id))
    await must_be_open(session, row)
    if not row.amount_fen:
        raise NothingToResolve(order_no=row.order_no)
    if not _offers(channel, await queries.payment_of(session, row.attempt_id, row.id), row.amount_fen):
        raise RefundNotOffered(channel=row.channel, amount=yuan(row.amount_fen))
    return await _of_unplaced(session, row, reason=reason, by=by, at=at)


async def of_excess(
    session: AsyncSession, *, attempt_id: UUID, amount_fen: int, reason: str, by: Actor, at: datetime
) -> Refund:
    """Send back so much of what an attempt brought and its borrower holds as excess. Raises RefundTooLarge."""
    _, attempt = await queries.lock_attempt(session, attempt_id)
    return await _request(
        session,
        attempt=attempt,
        row=None,
        amount_fen=amount_fen,
        purpose=RefundPurpose.EXCESS,
        reason=reason,
        by=by,
        at=at,
    )


async def room_fen(session: AsyncSession, *, attempt_id: UUID, channel: ChannelOffer, wanted_fen: int) -> int:
    """How much of `wanted_fen` an attempt's channel can still give back of it; the attempt is locked."""
    await queries.lock_attempt(session, attempt_id)
    came = await queries.payment_of(session, attempt_id)
    amount_fen = min(wanted_fen, came.room_fen)
    return amount_fen if amount_fen > 0 and _offers(channel, came, amount_fen) else 0


async def must_be_open(session: AsyncSession, row: Unplaced) -> None:
    """Raises AlreadyResolved, RefundUnderWay for a locked row on which somebody has decided."""
    if row.resolution is not None:
        raise AlreadyResolved(order_no=row.order_no, resolution=row.resolution)
    if other := await queries.refund_under_way(session, row.id):
        raise RefundUnderWay(number=other.number)


async def _of_unplaced(session: AsyncSession, row: Unplaced, *, reason: str, by: Actor, at: datetime) -> Refund:
    return await _request(
        session,
        attempt=await session.get_one(PaymentAttempt, row.attempt_id) if row.attempt_id else None,
        row=row,
        amount_fen=row.amount_fen,
        purpose=_PURPOSES.get(row.reason, RefundPurpose.UNPLACED),
        reason=reason,
        by=by,
        at=at,
    )


async def _request(
    session: AsyncSession,
    *,
    attempt: PaymentAttempt | None,
    row: Unplaced | None,
    amount_fen: int,
    purpose: RefundPurpose,
    reason: str,
    by: Actor,
    at: datetime,
) -> Refund:
    """Write a refund down and have it sent. The payment it is of is locked: all that goes back never passes what came."""
    payment = attempt or row
    if payment is None:
        raise ValueError("a refund is of a payment")
    attempt_id, unplaced_id = attempt.id if attempt else None, row.id if row else None
    came = await queries.payment_of(session, attempt_id, unplaced_id)
    if not 0 < amount_fen <= came.room_fen:
        raise RefundTooLarge(order_no=payment.order_no, room=yuan(came.room_fen), amount=yuan(amount_fen))
    refund_id = new_id()
    number = await next_number(session, "RF", business_day(at))
    refund = Refund(
        id=refund_id,
        number=number,
        channel=payment.channel,
        # Letters and digits, as of an attempt; the tail keeps a rebuilt database from reusing one.
        refund_no=f"{number}{refund_id.hex[-8:]}",
        attempt_id=attempt_id,
        unplaced_id=unplaced_id,
        borrower_id=payment.borrower_id,
        loan_id=payment.loan_id,
        amount_fen=amount_fen,
        purpose=purpose,
        reason=reason,
        state=RefundState.REQUESTED,
        requested_by=by.name,
        requested_at=at,
        ask_at=at + CRASHED_AFTER,
        asks=0,
    )
    session.add(refund)
    outbox.publish(session, RefundRequested(refund_id))
    await session.flush()
    return refund


async def _lock(session: AsyncSession, row: Unplaced) -> Unplaced:
    if row.attempt_id is not None:
        await queries.lock_attempt(session, row.attempt_id)
    return await queries.lock_unplaced(session, row.id)


def _offers(channel: ChannelOffer | None, came: Came, amount_fen: int) -> bool:
    return channel is not None and can_refund(
        channel.capabilities.refund, amount_fen, total_fen=came.total_fen, earlier=came.back_fen > 0
    )
