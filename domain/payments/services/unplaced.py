"""Money that came and is not applied to a loan: received into suspense, and on the work list until it is placed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ledger import services as ledger
from domain.ledger.rules.chart import SUSPENSE, clearing
from domain.payments import queries
from domain.payments.errors import MoneyInSuspense
from domain.payments.events import MoneyPutAside
from domain.payments.models import PaymentAttempt, Resolution, Unplaced, UnplacedReason
from domain.payments.ports import PaymentResult
from domain.payments.services import refunds, telling
from domain.payments.services.learning import plain
from domain.shared import outbox
from domain.shared.actors import Actor
from domain.shared.days import business_day
from domain.shared.ids import new_id
from domain.shared.money import CURRENCY, is_fen, yuan


async def receive(
    session: AsyncSession,
    *,
    source: str,
    channel: str,
    amount_fen: int,
    paid_at: datetime,
    at: datetime,
    loan_id: UUID | None = None,
) -> None:
    """Book what a channel received for us, once per source; what it is for is decided afterwards."""
    await ledger.post(
        session,
        source=source,
        kind="payment_received",
        value_date=business_day(paid_at),
        at=at,
        lines=[ledger.debit(clearing(channel), amount_fen), ledger.credit(SUSPENSE, amount_fen)],
        loan_id=loan_id,
    )


async def keep(
    session: AsyncSession,
    *,
    attempt_id: UUID,
    reason: UnplacedReason,
    at: datetime,
    details: dict[str, Any] | None = None,
) -> None:
    """Put what an attempt brought on the work list, once, and announce it; it lies in suspense already."""
    attempt = await session.get_one(PaymentAttempt, attempt_id)
    row = insert(Unplaced).values(
        id=new_id(),
        channel=attempt.channel,
        order_no=attempt.order_no,
        attempt_id=attempt_id,
        borrower_id=attempt.borrower_id,
        loan_id=attempt.loan_id,
        amount_fen=attempt.received_fen or 0,
        reason=reason,
        details=details or {},
        found_at=at,
    )
    new = await session.scalar(row.on_conflict_do_nothing().returning(Unplaced.id))
    if new:
        outbox.publish(session, MoneyPutAside(new))
        telling.of_unplaced(session, await queries.unplaced_row(session, new), at=at)


async def keep_stray(
    session: AsyncSession, *, channel: str, order_no: str, result: PaymentResult, paid_at: datetime, at: datetime
) -> None:
    """Receive a proven payment under a number we do not know, once, and put it on the work list."""
    amount_fen = _bookable_fen(result)
    row = insert(Unplaced).values(
        id=new_id(),
        channel=channel,
        order_no=order_no,
        amount_fen=amount_fen,
        reason=UnplacedReason.UNKNOWN_ORDER,
        details={
            "amount": result.amount_fen,
            "currency": plain(result.currency),
            "provider_no": plain(result.provider_no),
            "paid_at": paid_at.isoformat(),
        },
        found_at=at,
    )
    new = await session.scalar(row.on_conflict_do_nothing().returning(Unplaced.id))
    if new:
        telling.of_unplaced(session, await queries.unplaced_row(session, new), at=at)
    if new and amount_fen:
        await receive(
            session,
            source=f"stray:{channel}:{order_no}",
            channel=channel,
            amount_fen=amount_fen,
            paid_at=paid_at,
            at=at,
        )


async def put_back(session: AsyncSession, *, payment_id: UUID, at: datetime) -> None:
    """Put money that was applied to a loan as this payment, and taken off it again, on the work list.

    What had been on the list before is on it again.
    """
    row = await queries.unplaced_applied_as(session, payment_id)
    if row is None:
        await keep(session, attempt_id=payment_id, reason=UnplacedReason.REPAYMENT_REVERSED, at=at)
        return
    row.resolved_at = row.resolution = row.resolved_by = row.resolution_reason = row.applied_as = None
    row.found_at = at
    if row.attempt_id:
        row.reason = UnplacedReason.REPAYMENT_REVERSED
    telling.of_unplaced(session, row, at=at)
    await session.flush()


async def close(session: AsyncSession, *, unplaced_id: UUID, reason: str, by: Actor, at: datetime) -> Unplaced:
    """Take off the list what a person saw to and the books hold nothing of. Raises AlreadyResolved, MoneyInSuspense."""
    row = await queries.lock_unplaced(session, unplaced_id)
    await refunds.must_be_open(session, row)
    if row.amount_fen:
        raise MoneyInSuspense(order_no=row.order_no, amount=yuan(row.amount_fen), fields=("action",))
    row.resolve(Resolution.CLOSED, by=by.name, reason=reason, at=at)
    await session.flush()
    return row


def paid_at_of(row: Unplaced, attempt: PaymentAttempt | None) -> datetime:
    """When money on the list was paid, as the channel said."""
    if attempt is not None and attempt.paid_at is not None:
        return attempt.paid_at
    return datetime.fromisoformat(row.details["paid_at"]) if "paid_at" in row.details else row.found_at


def _bookable_fen(result: PaymentResult) -> int:
    """What the books can hold of it: whole fen of our own currency, or nothing."""
    told_fen = result.amount_fen
    return told_fen if result.currency == CURRENCY and is_fen(told_fen) and told_fen > 0 else 0
