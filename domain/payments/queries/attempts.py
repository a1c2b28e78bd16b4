"""Selects on attempts, with their locks, and on what was learnt of them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments.models import AttemptChange, ChannelExchange, ExchangeVerdict, PaymentAttempt, PaymentOrder
from domain.payments.queries.orders import loan_to_lock
from domain.payments.rules.states import OPEN

# What every notice asks is put together once: to build a statement takes longer than to send it.
_NUMBERED = select(PaymentAttempt.id).where(
    PaymentAttempt.channel == bindparam("channel"), PaymentAttempt.order_no == bindparam("order_no")
)
_LOAN = loan_to_lock(
    select(PaymentAttempt.loan_id).where(PaymentAttempt.id == bindparam("attempt_id")).scalar_subquery()
)
_ORDER_AND_ATTEMPT = (
    select(PaymentOrder, PaymentAttempt)
    .join(PaymentAttempt, PaymentAttempt.order_id == PaymentOrder.id)
    .where(PaymentAttempt.id == bindparam("attempt_id"))
    .with_for_update()
    .execution_options(populate_existing=True)
)


async def lock_attempt(session: AsyncSession, attempt_id: UUID) -> tuple[PaymentOrder, PaymentAttempt]:
    """The attempt and its order, loan and order locked before it. Raises NoResultFound."""
    await session.execute(_LOAN, {"attempt_id": attempt_id})
    order, attempt = (await session.execute(_ORDER_AND_ATTEMPT, {"attempt_id": attempt_id})).one()
    return order, attempt


async def attempt_numbered(session: AsyncSession, channel: str, order_no: str) -> UUID | None:
    """The attempt a channel knows by this number."""
    return await session.scalar(_NUMBERED, {"channel": channel, "order_no": order_no})


async def channel_of(session: AsyncSession, attempt_id: UUID) -> str:
    """The code of the channel an attempt went through."""
    return (await session.scalars(select(PaymentAttempt.channel).where(PaymentAttempt.id == attempt_id))).one()


async def open_attempt(session: AsyncSession, order_id: UUID) -> PaymentAttempt | None:
    """The order's attempt by which money may still move."""
    return await session.scalar(
        select(PaymentAttempt).where(PaymentAttempt.order_id == order_id, PaymentAttempt.state.in_(OPEN))
    )


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


async def changes_of(session: AsyncSession, attempt_id: UUID) -> Sequence[AttemptChange]:
    """All that was ever learnt of an attempt, in order."""
    rows = select(AttemptChange).where(AttemptChange.attempt_id == attempt_id).order_by(AttemptChange.id)
    return (await session.scalars(rows)).all()


async def exchanges_of(session: AsyncSession, attempt_id: UUID) -> Sequence[ChannelExchange]:
    """What was said to the channel about an attempt and what came back, masked, in order."""
    rows = select(ChannelExchange).where(ChannelExchange.attempt_id == attempt_id).order_by(ChannelExchange.id)
    return (await session.scalars(rows)).all()


async def exchanges_about(
    session: AsyncSession, attempt_ids: Sequence[UUID], *, limit: int
) -> Sequence[tuple[ChannelExchange, ExchangeVerdict | None]]:
    """The latest that was said to channels about attempts, their refunds and their batches, and what each call came to."""
    batch_ids = (
        await session.scalars(
            select(PaymentAttempt.batch_id).where(
                PaymentAttempt.id.in_(attempt_ids), PaymentAttempt.batch_id.is_not(None)
            )
        )
    ).all()
    rows = await session.execute(
        select(ChannelExchange, ExchangeVerdict)
        .outerjoin(ExchangeVerdict, ExchangeVerdict.exchange_id == ChannelExchange.id)
        .where(or_(ChannelExchange.attempt_id.in_(attempt_ids), ChannelExchange.batch_id.in_(batch_ids)))
        .order_by(ChannelExchange.id.desc())
        .limit(limit)
    )
    return [(exchange, verdict) for exchange, verdict in rows][::-1]


async def lock_open_in_batch(session: AsyncSession, channel: str, batch_no: str) -> Sequence[PaymentAttempt]:
    """The debits of a batch by which money may still move, locked, to be asked about; nothing is locked after them."""
    rows = select(PaymentAttempt).where(
        PaymentAttempt.channel == channel, PaymentAttempt.batch_no == batch_no, PaymentAttempt.state.in_(OPEN)
    )
    locked = rows.order_by(PaymentAttempt.id).with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(locked)).all()


async def in_order_of_locks(session: AsyncSession, channel: str, order_nos: Collection[str]) -> Sequence[str]:
    """These numbers in the order in which their loans are to be locked; those nobody knows come last."""
    rows = select(PaymentAttempt.order_no, PaymentAttempt.loan_id).where(
        PaymentAttempt.channel == channel, PaymentAttempt.order_no.in_(order_nos)
    )
    loans = {order_no: loan_id.hex for order_no, loan_id in await session.execute(rows)}
    return sorted(order_nos, key=lambda order_no: (order_no not in loans, loans.get(order_no, ""), order_no))
