"""Debits that go to a channel together: gathered and claimed, sent, recorded one by one; asked about as one."""

import asyncio
from uuid import UUID

import structlog

from domain.payments.flows import batch_calls as calls
from domain.payments.flows.asking import must_be_its, record
from domain.payments.flows.debiting import DebitDesk
from domain.payments.models import PaymentAttempt, PaymentBatch, PaymentOrder
from domain.payments.ports import (
    BatchResult,
    ChannelError,
    ErrorCode,
    ErrorKind,
    PaymentResult,
    PaymentState,
)
from domain.payments.queries import batches as rows
from domain.payments.rules.asking import CALL_LIMIT
from domain.payments.rules.batching import OVER, BatchState
from domain.payments.rules.states import OPEN, OrderStatus
from domain.payments.services import batches
from domain.payments.services.attempts import Source
from domain.payments.services.batches import ToSend
from domain.shared.failpoints import failpoint

log = structlog.get_logger()

_TRIES, _PAUSE_SECONDS = 200, 0.3
"""So long, a minute, an order waits for whoever puts a batch together; then it goes alone."""

_NOT_NAMED = PaymentResult(
    PaymentState.UNKNOWN,
    error=ChannelError(ErrorKind.UNKNOWN, ErrorCode.PROCESSING, "the answer to its batch does not name it"),
)


async def debit_together(desk: DebitDesk, order: PaymentOrder) -> bool:
    """Debit an order with all others that wait for the same channel, in one batch; False: it did not go with them.

    At most once, however many do this at the same time. Whatever goes wrong before the batch is committed leaves each
    order to be debited alone.
    """
    try:
        batch = await _claimed(desk, order)
    except Exception:
        # One that cannot be debited must not keep the others from it: alone, each is judged by itself.
        log.exception("payments.not_batched", channel=order.channel)
        return False
    if batch is not None:
        await _send(desk, batch)
    async with desk.sessions() as session:
        return (await session.get_one(PaymentOrder, order.id)).status is not OrderStatus.CREATED


async def _claimed(desk: DebitDesk, order: PaymentOrder) -> ToSend | None:
    """A batch to be sent; None where there is none, or another took the order into his. A large run is many batches."""
    for _ in range(_TRIES):
        async with desk.sessions.begin() as session:
            if await rows.may_gather(session, order.channel):
                can, at = desk.capabilities(order.channel), await desk.clock.now(session)
                return await batches.claim(session, channel=order.channel, can=can, wanted=desk.wanted, at=at)
            if (await session.get_one(PaymentOrder, order.id)).status is not OrderStatus.CREATED:
                return None
        await asyncio.sleep(_PAUSE_SECONDS)
    return None


async def ask_batch(desk: DebitDesk, *, batch_id: UUID) -> BatchState:
    """Ask what became of a batch, apply what is told of each debit in it, and return its state.

    One that was surely not sent is sent again, under its number and with its items, unless one of them may no longer be
    debited: then they go one by one. It may be called at any time and as often as one likes.
    """
    async with desk.sessions() as session:
        batch = await session.get_one(PaymentBatch, batch_id)
        debits = await rows.attempts_in_batch(session, batch_id)
    channel = desk.channels.get(batch.channel)
    if batch.state in OVER or channel is None:
        return batch.state
    if not any(attempt.state in OPEN for attempt in debits):
        async with desk.sessions.begin() as session:
            return (await batches.close(session, batch_id=batch_id, at=await desk.clock.now(session))).state
    told = await calls.query(channel, batch, debits, limit=CALL_LIMIT)
    batch = await _record(desk, batch_id, told, Source.QUERY)
    if batch.state is BatchState.UNSENT:
        async with desk.sessions.begin() as session:
            at, can = await desk.clock.now(session), desk.capabilities(batch.channel)
            again = await batches.claim_again(session, batch_id=batch_id, can=can, wanted=desk.wanted, at=at)
        if again is None:
            async with desk.sessions() as session:
                return (await session.get_one(PaymentBatch, batch_id)).state
        batch = await _send(desk, again)
    return batch.state


async def _send(desk: DebitDesk, batch: ToSend) -> PaymentBatch:
    channel = desk.channels[batch.batch.channel]
    for debit in batch.debits:
        must_be_its(channel, debit.attempt)
    failpoint("payments.after_batch_claim")
    log.info("payments.batch_sent", batch_no=batch.batch.batch_no, items=len(batch.debits))
    told = await calls.debit(channel, batch, limit=CALL_LIMIT)
    return await _record(desk, batch.batch.id, told, Source.ANSWER)


async def _record(desk: DebitDesk, batch_id: UUID, told: BatchResult, source: Source) -> PaymentBatch:
    """Each debit in a transaction of its own, then the batch: what a crash leaves is asked about."""
    async with desk.sessions() as session:
        debits = await rows.attempts_in_batch(session, batch_id)
    for attempt in debits:
        if attempt.batch_no is None:
            continue  # let go since: what is said of the batch is not about it any more
        result = told.items.get(attempt.order_no)
        if result is None and source is Source.ANSWER:
            result = PaymentResult(PaymentState.UNKNOWN, error=told.error) if told.error else _NOT_NAMED
        if result is not None:
            await _record_one(desk, attempt, result, source)
    async with desk.sessions.begin() as session:
        at = await desk.clock.now(session)
        return await batches.learn(session, batch_id=batch_id, told=told, asked=source is Source.QUERY, at=at)


async def _record_one(desk: DebitDesk, attempt: PaymentAttempt, result: PaymentResult, source: Source) -> None:
    try:
        await record(desk.sessions, desk.clock, attempt.id, result, source)
    except Exception:
        # It stays as it is and is asked about; what is known of the others is not lost for it.
        log.exception("payments.debit_not_recorded", attempt_id=str(attempt.id))
