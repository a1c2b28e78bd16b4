"""Every select on the tables of payments, with its locks. The order of locks is loan, order, attempt, ledger."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, column, select, table
from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments.errors import OrderNotFound
from domain.payments.models import AttemptChange, ChannelExchange, PaymentAttempt, PaymentOrder, Unplaced
from domain.payments.rules.states import OPEN, OrderStatus, PaymentIntent
from domain.shared.inbox import InboxRow, InboxState
from domain.shared.paging import Order

# Loans are lending's, above this context. Only the row's lock is wanted here.
_LOANS = table("loans", column("id"))

BY_CREATION = Order((PaymentOrder.created_at, PaymentOrder.id))
BY_WAITING = Order((Unplaced.found_at, Unplaced.id), newest_first=False)


async def lock_loan(session: AsyncSession, loan_id: UUID) -> None:
    """Hold whatever else would move money for this loan until this transaction ends."""
    await session.execute(select(_LOANS.c.id).where(_LOANS.c.id == loan_id).with_for_update(key_share=True))


async def lock_order(session: AsyncSession, order_id: UUID) -> PaymentOrder:
    """The order, its loan locked before it. Raises NoResultFound."""
    loan_id = (await session.scalars(select(PaymentOrder.loan_id).where(PaymentOrder.id == order_id))).one()
    await lock_loan(session, loan_id)
    return await session.get_one(PaymentOrder, order_id, with_for_update=True, populate_existing=True)


async def lock_attempt(session: AsyncSession, attempt_id: UUID) -> tuple[PaymentOrder, PaymentAttempt]:
    """The attempt and its order, loan and order locked before it. Raises NoResultFound."""
    order_id = (await session.scalars(select(PaymentAttempt.order_id).where(PaymentAttempt.id == attempt_id))).one()
    order = await lock_order(session, order_id)
    attempt = await session.get_one(PaymentAttempt, attempt_id, with_for_update=True, populate_existing=True)
    return order, attempt


async def attempt_numbered(session: AsyncSession, channel: str, order_no: str) -> UUID | None:
    """The attempt a channel knows by this number."""
    return await session.scalar(
        select(PaymentAttempt.id).where(PaymentAttempt.channel == channel, PaymentAttempt.order_no == order_no)
    )


async def channel_of(session: AsyncSession, attempt_id: UUID) -> str:
    """The code of the channel an attempt went through."""
    return (await session.scalars(select(PaymentAttempt.channel).where(PaymentAttempt.id == attempt_id))).one()


async def open_attempt(session: AsyncSession, order_id: UUID) -> PaymentAttempt | None:
    """The order's attempt by which money may still move."""
    return await session.scalar(
        select(PaymentAttempt).where(PaymentAttempt.order_id == order_id, PaymentAttempt.state.in_(OPEN))
    )


async def rivals(
    session: AsyncSession, order: PaymentOrder, *, superseded: bool
) -> Sequence[tuple[PaymentOrder, PaymentAttempt]]:
    """Attempts of other orders for the same loan that hold its place, with the superseded ones where asked."""
    may_move = PaymentAttempt.state.in_(OPEN) if superseded else PaymentAttempt.live
    rows = await session.execute(
        select(PaymentOrder, PaymentAttempt)
        .join(PaymentAttempt, PaymentAttempt.order_id == PaymentOrder.id)
        .where(PaymentAttempt.loan_id == order.loan_id, PaymentAttempt.order_id != order.id, may_move)
        .order_by(PaymentAttempt.id)
    )
    return [(one, attempt) for one, attempt in rows]


async def paid_of_wish(
    session: AsyncSession, wish_id: UUID, *, intent: PaymentIntent | None = None
) -> PaymentOrder | None:
    """An order of this wish that is paid already."""
    orders = select(PaymentOrder).where(PaymentOrder.wish_id == wish_id, PaymentOrder.status == OrderStatus.PAID)
    if intent is not None:
        orders = orders.where(PaymentOrder.intent == intent)
    return await session.scalar(orders.order_by(PaymentOrder.id).limit(1))


async def due_asks(session: AsyncSession, at: datetime, limit: int) -> Sequence[PaymentAttempt]:
    """Attempts to be asked about, longest waiting first, locked; those another holds are left to him."""
    return (
        await session.scalars(
            select(PaymentAttempt)
            .where(PaymentAttempt.ask_at <= at)
            .order_by(PaymentAttempt.ask_at, PaymentAttempt.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    ).all()


async def unsent_orders(session: AsyncSession, at: datetime, limit: int) -> Sequence[PaymentOrder]:
    """Orders that ran out of time before any attempt began, locked."""
    return (
        await session.scalars(
            select(PaymentOrder)
            .where(PaymentOrder.status == OrderStatus.CREATED, PaymentOrder.expires_at <= at)
            .order_by(PaymentOrder.expires_at, PaymentOrder.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    ).all()


async def unread_notices(
    session: AsyncSession, channels: Iterable[str], *, before: datetime, limit: int
) -> Sequence[InboxRow]:
    """Notices that were kept and neither applied nor refused: what a crash or a fault of ours left."""
    sources = [f"payments/{code}" for code in channels]
    return (
        await session.scalars(
            select(InboxRow)
            .where(InboxRow.state == InboxState.RECEIVED, InboxRow.source.in_(sources), InboxRow.received_at <= before)
            .order_by(InboxRow.received_at, InboxRow.id)
            .limit(limit)
        )
    ).all()


async def attempts_of(session: AsyncSession, order_ids: Iterable[UUID]) -> Mapping[UUID, list[PaymentAttempt]]:
    """The attempts of each order, oldest first; the last one is what stands."""
    found: dict[UUID, list[PaymentAttempt]] = {order_id: [] for order_id in order_ids}
    rows = select(PaymentAttempt).where(PaymentAttempt.order_id.in_(found)).order_by(PaymentAttempt.id)
    for attempt in await session.scalars(rows):
        found[attempt.order_id].append(attempt)
    return found


async def changes_by_attempt(session: AsyncSession, attempt_ids: Sequence[UUID]) -> Mapping[UUID, list[AttemptChange]]:
    """All that was ever learnt of each attempt, in order."""
    found: dict[UUID, list[AttemptChange]] = {attempt_id: [] for attempt_id in attempt_ids}
    rows = select(AttemptChange).where(AttemptChange.attempt_id.in_(found)).order_by(AttemptChange.id)
    for change in await session.scalars(rows):
        found[change.attempt_id].append(change)
    return found


async def orders_by_loan(session: AsyncSession, loan_ids: Sequence[UUID]) -> Mapping[UUID, list[PaymentOrder]]:
    """The orders of each loan, oldest first."""
    found: dict[UUID, list[PaymentOrder]] = {loan_id: [] for loan_id in loan_ids}
    rows = select(PaymentOrder).where(PaymentOrder.loan_id.in_(found)).order_by(PaymentOrder.id)
    for order in await session.scalars(rows):
        found[order.loan_id].append(order)
    return found


async def orders_by_id(session: AsyncSession, order_ids: Sequence[UUID]) -> dict[UUID, PaymentOrder]:
    """Those of these orders that exist."""
    rows = await session.scalars(select(PaymentOrder).where(PaymentOrder.id.in_(order_ids)))
    return {order.id: order for order in rows}


async def order_of(session: AsyncSession, order_id: UUID, borrower_id: UUID) -> PaymentOrder:
    """A borrower's own order; another's does not exist for him. Raises OrderNotFound."""
    order = await session.get(PaymentOrder, order_id)
    if order is None or order.borrower_id != borrower_id:
        raise OrderNotFound(fields=("orderId",))
    return order


def listed(*, borrower_id: UUID | None = None, status: OrderStatus | None = None) -> Select[PaymentOrder]:
    """A list of orders, for `paging.rows_in` by BY_CREATION and for `paging.total`."""
    rows = select(PaymentOrder)
    if borrower_id is not None:
        rows = rows.where(PaymentOrder.borrower_id == borrower_id)
    return rows if status is None else rows.where(PaymentOrder.status == status)


async def changes_of(session: AsyncSession, attempt_id: UUID) -> Sequence[AttemptChange]:
    """All that was ever learnt of an attempt, in order."""
    rows = select(AttemptChange).where(AttemptChange.attempt_id == attempt_id).order_by(AttemptChange.id)
    return (await session.scalars(rows)).all()


async def exchanges_of(session: AsyncSession, attempt_id: UUID) -> Sequence[ChannelExchange]:
    """What was said to the channel about an attempt and what came back, masked, in order."""
    rows = select(ChannelExchange).where(ChannelExchange.attempt_id == attempt_id).order_by(ChannelExchange.id)
    return (await session.scalars(rows)).all()


def unplaced_listed() -> Select[Unplaced]:
    """The work list of money that came and is not applied, for `paging.rows_in` by BY_WAITING and for `paging.total`."""
    return select(Unplaced).where(Unplaced.resolved_at.is_(None))


async def unplaced(session: AsyncSession, *, limit: int, newer_than: UUID | None = None) -> Sequence[Unplaced]:
    """The work list of money that came and is not applied, oldest first."""
    rows = unplaced_listed().order_by(Unplaced.id).limit(limit)
    if newer_than is not None:
        rows = rows.where(Unplaced.id > newer_than)
    return (await session.scalars(rows)).all()


async def long_open(session: AsyncSession, *, before: datetime, limit: int) -> Sequence[PaymentAttempt]:
    """Attempts submitted before a moment that are still not final: for a person, while they are asked about daily."""
    return (
        await session.scalars(
            select(PaymentAttempt)
            .where(PaymentAttempt.state.in_(OPEN), PaymentAttempt.submitted_at < before)
            .order_by(PaymentAttempt.id)
            .limit(limit)
        )
    ).all()


async def unplaced_of(session: AsyncSession, attempt_id: UUID) -> Unplaced | None:
    """The work list's row of what an attempt brought, resolved or not."""
    return await session.scalar(select(Unplaced).where(Unplaced.attempt_id == attempt_id))
