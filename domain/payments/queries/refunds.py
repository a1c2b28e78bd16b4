"""Selects on refunds, with their locks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments.models import PaymentAttempt, Refund, RefundChange, Unplaced
from domain.payments.queries.attempts import lock_attempt
from domain.payments.queries.worklist import lock_unplaced
from domain.payments.rules.refunding import UNDER_WAY, RefundState
from domain.shared.paging import Order

BY_REQUEST = Order((Refund.requested_at, Refund.id))


@dataclass(frozen=True, slots=True)
class Came:
    """What came by a payment, and what of it went back or may be going back."""

    total_fen: int
    back_fen: int

    @property
    def room_fen(self) -> int:
        return self.total_fen - self.back_fen


async def lock_refund(session: AsyncSession, refund_id: UUID) -> tuple[Refund, Unplaced | None]:
    """The refund, and the row of the work list it is of; its payment locked before it. Raises NoResultFound."""
    found = select(Refund.attempt_id, Refund.unplaced_id).where(Refund.id == refund_id)
    attempt_id, unplaced_id = (await session.execute(found)).one()
    if attempt_id is not None:
        await lock_attempt(session, attempt_id)
    row = await lock_unplaced(session, unplaced_id) if unplaced_id else None
    return await session.get_one(Refund, refund_id, with_for_update=True, populate_existing=True), row


async def order_no_of_refund(session: AsyncSession, refund: Refund) -> str:
    """What the channel knows the payment by that a refund is of."""
    if refund.attempt_id is not None:
        return (await session.get_one(PaymentAttempt, refund.attempt_id)).order_no
    return (await session.get_one(Unplaced, refund.unplaced_id)).order_no


async def refund_numbered(session: AsyncSession, channel: str, refund_no: str) -> UUID | None:
    """The refund a channel knows by this number."""
    return await session.scalar(select(Refund.id).where(Refund.channel == channel, Refund.refund_no == refund_no))


async def channel_of_refund(session: AsyncSession, refund_id: UUID) -> str:
    """The code of the channel a refund goes through."""
    return (await session.scalars(select(Refund.channel).where(Refund.id == refund_id))).one()


async def payment_of(session: AsyncSession, attempt_id: UUID | None, unplaced_id: UUID | None = None) -> Came:
    """What came by an attempt, or else under a number we do not know, and what of it is given back."""
    if attempt_id is not None:
        total_fen = (await session.get_one(PaymentAttempt, attempt_id)).received_fen or 0
        of = Refund.attempt_id == attempt_id
    else:
        total_fen = (await session.get_one(Unplaced, unplaced_id)).amount_fen
        of = Refund.unplaced_id == unplaced_id
    back = select(_total()).where(of, Refund.state != RefundState.DECLINED)
    return Came(total_fen, await session.scalar(back) or 0)


async def others_back_fen(session: AsyncSession, refund: Refund) -> int:
    """What of the same payment has surely gone back by other refunds."""
    back = select(_total()).where(Refund.state == RefundState.SUCCEEDED, Refund.id != refund.id)
    of = Refund.attempt_id == refund.attempt_id if refund.attempt_id else Refund.unplaced_id == refund.unplaced_id
    return await session.scalar(back.where(of)) or 0


async def refund_under_way(session: AsyncSession, unplaced_id: UUID) -> Refund | None:
    """The refund of money on the work list that is not over."""
    return await session.scalar(select(Refund).where(Refund.unplaced_id == unplaced_id, Refund.state.in_(UNDER_WAY)))


async def refunds_under_way_of(session: AsyncSession, attempt_id: UUID) -> Sequence[Refund]:
    """The refunds of an attempt that are not over."""
    rows = select(Refund).where(Refund.attempt_id == attempt_id, Refund.state.in_(UNDER_WAY)).order_by(Refund.id)
    return (await session.scalars(rows)).all()


async def due_refunds(session: AsyncSession, at: datetime, limit: int) -> Sequence[Refund]:
    """Refunds to be sent or asked about, longest waiting first, locked; those another holds are left to him."""
    return (
        await session.scalars(
            select(Refund)
            .where(Refund.ask_at <= at)
            .order_by(Refund.ask_at, Refund.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    ).all()


async def refunds_by_id(session: AsyncSession, refund_ids: Sequence[UUID]) -> dict[UUID, Refund]:
    """Those of these refunds that exist."""
    return {refund.id: refund for refund in await session.scalars(select(Refund).where(Refund.id.in_(refund_ids)))}


async def refunds_of_attempts(session: AsyncSession, attempt_ids: Sequence[UUID]) -> Mapping[UUID, list[Refund]]:
    """The refunds of each attempt, oldest first."""
    found: dict[UUID, list[Refund]] = {attempt_id: [] for attempt_id in attempt_ids}
    rows = select(Refund).where(Refund.attempt_id.in_(found)).order_by(Refund.id)
    for refund in await session.scalars(rows):
        if refund.attempt_id:
            found[refund.attempt_id].append(refund)
    return found


async def refunds_by_loan(session: AsyncSession, loan_ids: Sequence[UUID]) -> Mapping[UUID, list[Refund]]:
    """The refunds of each loan, oldest first."""
    found: dict[UUID, list[Refund]] = {loan_id: [] for loan_id in loan_ids}
    for refund in await session.scalars(select(Refund).where(Refund.loan_id.in_(found)).order_by(Refund.id)):
        if refund.loan_id:
            found[refund.loan_id].append(refund)
    return found


async def refunds_of_unplaced(session: AsyncSession, unplaced_ids: Sequence[UUID]) -> dict[UUID, Refund]:
    """The latest refund of each row of the work list."""
    rows = select(Refund).where(Refund.unplaced_id.in_(unplaced_ids)).order_by(Refund.id)
    return {refund.unplaced_id: refund for refund in await session.scalars(rows) if refund.unplaced_id}


async def changes_by_refund(session: AsyncSession, refund_ids: Sequence[UUID]) -> Mapping[UUID, list[RefundChange]]:
    """All that was ever learnt of each refund, in order."""
    found: dict[UUID, list[RefundChange]] = {refund_id: [] for refund_id in refund_ids}
    rows = select(RefundChange).where(RefundChange.refund_id.in_(found)).order_by(RefundChange.id)
    for change in await session.scalars(rows):
        found[change.refund_id].append(change)
    return found


def refunds_listed(*, state: RefundState | None = None) -> Select[Refund]:
    """The refunds, for `paging.rows_in` by BY_REQUEST and for `paging.total`."""
    rows = select(Refund)
    return rows if state is None else rows.where(Refund.state == state)


def _total() -> ColumnElement[int]:
    return func.coalesce(func.sum(Refund.amount_fen), 0).cast(BigInteger)
