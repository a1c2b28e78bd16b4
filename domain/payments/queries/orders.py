"""Selects on orders, with their locks. The order of locks is loan, order, attempt, ledger."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, column, or_, select, table
from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments.errors import OrderNotFound
from domain.payments.models import PaymentAttempt, PaymentOrder
from domain.payments.rules.states import OPEN, OrderStatus, PaymentIntent
from domain.shared.paging import Order

# Loans are lending's, above this context. Only the row's lock is wanted here.
_LOANS = table("loans", column("id"))

BY_CREATION = Order((PaymentOrder.created_at, PaymentOrder.id))


def loan_to_lock(loan_id: ColumnElement[UUID]) -> Select[UUID]:
    """The statement that holds whatever else would move money for a loan until its transaction ends."""
    return select(_LOANS.c.id).where(_LOANS.c.id == loan_id).with_for_update(key_share=True)


# What is asked for every payment is put together once: to build a statement takes longer than to send it.
_LOAN = loan_to_lock(bindparam("loan_id"))
_LOAN_OF_ORDER = loan_to_lock(
    select(PaymentOrder.loan_id).where(PaymentOrder.id == bindparam("order_id")).scalar_subquery()
)
_PAID = (
    select(PaymentOrder)
    .where(PaymentOrder.wish_id == bindparam("wish_id"), PaymentOrder.status == OrderStatus.PAID)
    .order_by(PaymentOrder.id)
    .limit(1)
)
# Asked in the midst of a change, which is written afterwards, all of it at once.
_PAID_FOR = _PAID.where(PaymentOrder.intent == bindparam("intent")).execution_options(autoflush=False)


async def lock_loan(session: AsyncSession, loan_id: UUID) -> None:
    """Hold whatever else would move money for this loan until this transaction ends."""
    await session.execute(_LOAN, {"loan_id": loan_id})


async def lock_order(session: AsyncSession, order_id: UUID) -> PaymentOrder:
    """The order, its loan locked before it. Raises NoResultFound."""
    await session.execute(_LOAN_OF_ORDER, {"order_id": order_id})
    return await session.get_one(PaymentOrder, order_id, with_for_update=True, populate_existing=True)


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
    if intent is None:
        return await session.scalar(_PAID, {"wish_id": wish_id})
    return await session.scalar(_PAID_FOR, {"wish_id": wish_id, "intent": intent})


async def order_numbered(session: AsyncSession, number: str) -> UUID | None:
    """The order with this number, our own; else the one of the attempt that its channel knows by it."""
    found = await session.scalar(select(PaymentOrder.id).where(PaymentOrder.number == number))
    return found or await session.scalar(select(PaymentAttempt.order_id).where(PaymentAttempt.order_no == number))


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


def listed(
    *, borrower_id: UUID | None = None, status: OrderStatus | None = None, in_doubt_at: datetime | None = None
) -> Select[PaymentOrder]:
    """A list of orders, for `paging.rows_in` by BY_CREATION and for `paging.total`.

    `in_doubt_at`: those that a person should know of at that time: their channel says another sum came and does not say
    so when asked, or does not say how they ended although it should know by then.
    """
    rows = select(PaymentOrder)
    if borrower_id is not None:
        rows = rows.where(PaymentOrder.borrower_id == borrower_id)
    if in_doubt_at is not None:
        overdue = PaymentAttempt.state.in_(OPEN) & (PaymentAttempt.final_at <= in_doubt_at)
        doubted = or_(PaymentAttempt.doubted_at.is_not(None), overdue)
        asked = PaymentAttempt.ask_at.is_not(None)  # whatever is in doubt is asked about, and that is indexed
        rows = rows.where(PaymentOrder.id.in_(select(PaymentAttempt.order_id).where(asked, doubted)))
    return rows if status is None else rows.where(PaymentOrder.status == status)
