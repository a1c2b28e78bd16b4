"""Debits that go to a channel together: gathered and claimed, sent, recorded one by one; asked about as one."""

import asyncio
from collections.abc import Callable, Mapping
from uuid import UUID

import structlog

from domain.payments.flows import batch_calls as calls
from domain.payments.flows.asking import must_be_its, record
from domain.payments.models import PaymentAttempt, PaymentBatch, PaymentOrder
from domain.payments.ports import (
    BatchResult,
    Capabilities,
    ChannelError,
    ErrorCode,
    ErrorKind,
    PaymentChannel,
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
from domain.payments.services.withholding import Wanted
from domain.shared.clock import Clock
from domain.shared.db import Sessions
from domain.shared.failpoints import failpoint

log = structlog.get_logger()

_TRIES, _PAUSE_SECONDS = 200, 0.3
"""So long, a minute, an order waits for whoever puts a batch together; then it goes alone."""

_NOT_NAMED = PaymentResult(
    PaymentState.UNKNOWN,
    error=ChannelError(ErrorKind.UNKNOWN, ErrorCode.PROCESSING, "the answer to its batch does not name it"),
)


async def debit_together(
    sessions: Sessions,
    clock: Clock,
    channel: PaymentChannel,
    can: Capabilities,
    *,
    order_id: UUID,
    wanted: Wanted,
) -> bool:
    """Debit an order with all others that wait for the same channel, in one batch; False: it did not go with them.

    At most once, however many do this at the same time. Whatever goes wrong before the batch is committed leaves each
    order to be debited alone.
    """
    try:
        batch = await _claimed(sessions, clock, channel, can, order_id=order_id, wanted=wanted)
    except Exception:
        # One that cannot be debited must not keep the others from it: alone, each is judged by itself.
        log.exception("payments.not_batched", channel=channel.code)
        return False
    if batch is not None:
        await _send(sessions, clock, channel, batch)
    async with sessions() as session:
        return (await session.get_one(PaymentOrder, order_id)).status is not OrderStatus.CREATED


async def _claimed(
    sessions: Sessions,
    clock: Clock,
    channel: PaymentChannel,
    can: Capabilities,
    *,
    order_id: UUID,
    wanted: Wanted,
) -> ToSend | None:
    """A batch to be sent; None where there is none, or another took the order into his. A large run is many batches."""
    for _ in range(_TRIES):
        async with sessions.begin() as session:
            if await rows.may_gather(session, channel.code):
                at = await clock.now(session)
                return await batches.claim(session, channel=channel.code, can=can, wanted=wanted, at=at)
            if (await session.get_one(PaymentOrder, order_id)).status is not OrderStatus.CREATED:
                return None
        await asyncio.sleep(_PAUSE_SECONDS)
    return None


async def ask_batch(
    sessions: Sessions,
    clock: Clock,
    channels: Mapping[str, PaymentChannel],
    capabilities: Callable[[str], Capabilities],
    *,
    batch_id: UUID,
    wanted: Wanted,
) -> BatchState:
    """Ask what became of a batch, apply what is told of each debit in it, and return its state.

    One that was surely not sent is sent again, under its number and with its items, unless one of them may no longer be
    debited: then they go one by one. It may be called at any time and as often as one likes.
    """
    async with sessions() as session:
        batch = await session.get_one(PaymentBatch, batch_id)
        debits = await rows.attempts_in_batch(session, batch_id)
    channel = channels.get(batch.channel)
    if batch.state in OVER or channel is None:
        return batch.state
    if not any(attempt.state in OPEN for attempt in debits):
        async with sessions.begin() as session:
            return (await batches.close(session, batch_id=batch_id, at=await clock.now(session))).state
    told = await calls.query(channel, batch, debits, limit=CALL_LIMIT)
    batch = await _record(sessions, clock, batch_id, told, Source.QUERY)
    if batch.state is BatchState.UNSENT:
        async with sessions.begin() as session:
            at, can = await clock.now(session), capabilities(batch.channel)
            again = await batches.claim_again(session, batch_id=batch_id, can=can, wanted=wanted, at=at)
        if again is None:
            async with sessions() as session:
                return (await session.get_one(PaymentBatch, batch_id)).state
        batch = await _send(sessions, clock, channel, again)
    return batch.state


async def _send(sessions: Sessions, clock: Clock, channel: PaymentChannel, batch: ToSend) -> PaymentBatch:
    for debit in batch.debits:
        must_be_its(channel, debit.attempt)
    failpoint("payments.after_batch_claim")
    log.info("payments.batch_sent", batch_no=batch.batch.batch_no, items=len(batch.debits))
    told = await calls.debit(channel, batch, limit=CALL_LIMIT)
    return await _record(sessions, clock, batch.batch.id, told, Source.ANSWER)


async def _record(sessions: Sessions, clock: Clock, batch_id: UUID, told: BatchResult, source: Source) -> PaymentBatch:
    """Each debit in a transaction of its own, then the batch: what a crash leaves is asked about."""
    async with sessions() as session:
        debits = await rows.attempts_in_batch(session, batch_id)
    for attempt in debits:
        if attempt.batch_no is None:
            continue  # let go since: what is said of the batch is not about it any more
        result = told.items.get(attempt.order_no)
        if result is None and source is Source.ANSWER:
            result = PaymentResult(PaymentState.UNKNOWN, error=told.error) if told.error else _NOT_NAMED
        if result is not None:
            await _record_one(sessions, clock, attempt, result, source)
    async with sessions.begin() as session:
        at = await clock.now(session)
        return await batches.learn(session, batch_id=batch_id, told=told, asked=source is Source.QUERY, at=at)


async def _record_one(
    sessions: Sessions, clock: Clock, attempt: PaymentAttempt, result: PaymentResult, source: Source
) -> None:
    try:
        await record(sessions, clock, attempt.id, result, source)
    except Exception:
        # It stays as it is and is asked about; what is known of the others is not lost for it.
        log.exception("payments.debit_not_recorded", attempt_id=str(attempt.id))
