"""Selects on batches of debits and on what is in them. Loans, orders and mandates are locked first, each kind by id."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, column, exists, func, select, table
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments.models import Mandate, PaymentAttempt, PaymentBatch, PaymentOrder
from domain.payments.rules.batching import BatchState
from domain.payments.rules.states import OPEN, OrderStatus, PaymentMethod
from domain.shared.paging import Order

_GATHERING = 0x62617463
_LOANS = table("loans", column("id"))

BY_SUBMISSION = Order((PaymentBatch.submitted_at, PaymentBatch.id))
AS_ASKED = Order((PaymentOrder.created_at, PaymentOrder.id), newest_first=False)


async def may_gather(session: AsyncSession, channel: str) -> bool:
    """Whether nobody else puts a batch for this channel together now; if so, nobody does until this transaction ends."""
    return bool(await session.scalar(select(func.pg_try_advisory_xact_lock(_GATHERING, func.hashtext(channel)))))


async def lock_to_batch(session: AsyncSession, channel: str, at: datetime, *, limit: int) -> Sequence[PaymentOrder]:
    """Debits that nobody began, one a loan, of loans for which no money moves otherwise; locked with loan and mandate."""
    moving = exists().where(PaymentAttempt.loan_id == PaymentOrder.loan_id, PaymentAttempt.state.in_(OPEN))
    rows = (
        select(PaymentOrder.id)
        .ext(distinct_on(PaymentOrder.loan_id))
        .where(
            PaymentOrder.channel == channel,
            PaymentOrder.status == OrderStatus.CREATED,
            PaymentOrder.method == PaymentMethod.WITHHOLDING,
            PaymentOrder.expires_at > at,
            ~moving,
        )
        .order_by(PaymentOrder.loan_id, PaymentOrder.id)
        .limit(limit)
    )
    return await _locked(session, (await session.scalars(rows)).all())


async def lock_batch(session: AsyncSession, batch_id: UUID) -> PaymentBatch:
    """Raises NoResultFound."""
    return await session.get_one(PaymentBatch, batch_id, with_for_update=True, populate_existing=True)


async def lock_with_debits(
    session: AsyncSession, batch_id: UUID
) -> tuple[PaymentBatch, Sequence[tuple[PaymentOrder, PaymentAttempt]]]:
    """A batch, its attempts in their places and their orders, all of it locked."""
    order_ids = await session.scalars(select(PaymentAttempt.order_id).where(PaymentAttempt.batch_id == batch_id))
    orders = {order.id: order for order in await _locked(session, order_ids.all())}
    batch = await lock_batch(session, batch_id)
    rows = select(PaymentAttempt).where(PaymentAttempt.batch_id == batch_id).order_by(PaymentAttempt.id)
    attempts = await session.scalars(rows.with_for_update().execution_options(populate_existing=True))
    placed = sorted(attempts, key=lambda attempt: (attempt.batch_position or 0, attempt.id))
    return batch, [(orders[attempt.order_id], attempt) for attempt in placed]


async def attempts_in_batch(session: AsyncSession, batch_id: UUID) -> Sequence[PaymentAttempt]:
    """What was put in a batch, by place."""
    rows = select(PaymentAttempt).where(PaymentAttempt.batch_id == batch_id)
    return (await session.scalars(rows.order_by(PaymentAttempt.batch_position, PaymentAttempt.id))).all()


async def free_in_batch(session: AsyncSession, batch_id: UUID) -> Sequence[PaymentAttempt]:
    """The debits of a batch by which money may still move, locked; those another holds are left to him."""
    rows = select(PaymentAttempt).where(PaymentAttempt.batch_id == batch_id, PaymentAttempt.state.in_(OPEN))
    locked = rows.order_by(PaymentAttempt.id).with_for_update(skip_locked=True)
    return (await session.scalars(locked.execution_options(populate_existing=True))).all()


async def is_open_in_batch(session: AsyncSession, batch_id: UUID) -> bool:
    """Whether money may still move by one of its debits."""
    rows = select(PaymentAttempt.id).where(PaymentAttempt.batch_id == batch_id, PaymentAttempt.state.in_(OPEN))
    return await session.scalar(rows.limit(1)) is not None


async def due_batches(session: AsyncSession, at: datetime, limit: int) -> Sequence[PaymentBatch]:
    """Batches to be asked about, longest waiting first, locked; those another holds are left to him."""
    rows = select(PaymentBatch).where(PaymentBatch.ask_at <= at).order_by(PaymentBatch.ask_at, PaymentBatch.id)
    return (await session.scalars(rows.limit(limit).with_for_update(skip_locked=True))).all()


async def batch_numbered(session: AsyncSession, channel: str, batch_no: str) -> UUID | None:
    """The batch a channel knows by this number."""
    return await session.scalar(
        select(PaymentBatch.id).where(PaymentBatch.channel == channel, PaymentBatch.batch_no == batch_no)
    )


def batches_listed(*, state: BatchState | None = None) -> Select[PaymentBatch]:
    """The batches, for `paging.rows_in` by BY_SUBMISSION and for `paging.total`."""
    rows = select(PaymentBatch)
    return rows if state is None else rows.where(PaymentBatch.state == state)


def orders_in(batch_id: UUID) -> Select[PaymentOrder]:
    """The orders whose debits were put in a batch, for `paging.rows_in` by AS_ASKED and for `paging.total`."""
    return select(PaymentOrder).where(
        PaymentOrder.id.in_(select(PaymentAttempt.order_id).where(PaymentAttempt.batch_id == batch_id))
    )


async def _locked(session: AsyncSession, order_ids: Sequence[UUID]) -> Sequence[PaymentOrder]:
    """These orders in the order of their loans, locked with their loans before them and their mandates after."""
    loan_ids = select(PaymentOrder.loan_id).where(PaymentOrder.id.in_(order_ids))
    await session.execute(
        select(_LOANS.c.id).where(_LOANS.c.id.in_(loan_ids)).order_by(_LOANS.c.id).with_for_update(key_share=True)
    )
    orders = select(PaymentOrder).where(PaymentOrder.id.in_(order_ids)).order_by(PaymentOrder.id)
    found = (await session.scalars(orders.with_for_update().execution_options(populate_existing=True))).all()
    mandates = select(Mandate.id).where(Mandate.id.in_([order.mandate_id for order in found]))
    await session.execute(mandates.order_by(Mandate.id).with_for_update())
    return sorted(found, key=lambda order: order.loan_id.bytes)
