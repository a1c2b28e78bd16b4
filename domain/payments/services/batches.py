"""Batches of debits: put together and committed before the channel is called, moved by whatever is learnt of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments import queries
from domain.payments.events import BatchAskDue, WithholdingRequested
from domain.payments.models import Mandate, PaymentAttempt, PaymentBatch, PaymentOrder
from domain.payments.ports import BatchResult, Capabilities
from domain.payments.queries import batches as rows
from domain.payments.rules.asking import CALL_LIMIT, CRASHED_AFTER, next_ask
from domain.payments.rules.batching import (
    BATCH,
    OVER,
    Batching,
    BatchState,
    after_answer,
    after_query,
    final_after,
    item_ask,
)
from domain.payments.rules.states import AttemptState, OrderStatus
from domain.payments.services import attempts, signing, withholding
from domain.payments.services.learning import error_facts, kept_state
from domain.payments.services.withholding import ToDebit, Wanted
from domain.shared import outbox, policy
from domain.shared.days import business_day
from domain.shared.ids import new_id
from domain.shared.numbers import next_number

_UNDER_WAY = CALL_LIMIT + CRASHED_AFTER
"""A batch that is SUBMITTING for so long is one whose process died: it is asked about, not sent again."""


@dataclass(frozen=True, slots=True)
class ToSend:
    """A claimed batch, and its debits in their places."""

    batch: PaymentBatch
    debits: Sequence[ToDebit]


async def claim(
    session: AsyncSession, *, channel: str, can: Capabilities, wanted: Wanted, at: datetime
) -> ToSend | None:
    """Put the debits that wait for a channel into one batch, SUBMITTING, to be committed before the channel hears of it.

    Each is one that might be debited alone now; whoever may not be is left out, and so is a loan with an open page, which
    is to be closed first. None: they go one by one, as "withholding.batches" says or because there are too few.
    Only who may gather for the channel now does this (`queries.batches.may_gather`).
    """
    rules = Batching.read(await policy.value(session, "withholding.batches", on=business_day(at)))
    if not (size := rules.size(can)):
        return None
    ready = [
        order
        for order in await rows.lock_to_batch(session, channel, at, limit=size)
        if await _is_ready(session, order, can, wanted, at)
    ]
    if len(ready) < rules.least:
        return None
    batch = await _new_batch(session, channel, ready, can, at)
    return ToSend(batch, [await _put_in(session, batch, place, order, at) for place, order in enumerate(ready)])


async def claim_again(
    session: AsyncSession, *, batch_id: UUID, can: Capabilities, wanted: Wanted, at: datetime
) -> ToSend | None:
    """Take up a batch that was surely not sent, with the same number and items. None: it is not one, or was given up.

    It is given up when one of its debits may no longer be made: then the others are requested again, each alone.
    """
    batch, debits = await rows.lock_with_debits(session, batch_id)
    if batch.state is not BatchState.UNSENT:
        return None
    able = [
        _is_unsent(attempt, at)
        and await withholding.held(session, order_id=order.id, can=can, wanted=wanted, at=at) is None
        for order, attempt in debits
    ]
    if not all(able):
        _let_go(session, batch, debits, at)
        return None
    batch.move_to(BatchState.SUBMITTING, at)
    batch.ask_at = ask_at = at + _UNDER_WAY
    batch.final_at = at + final_after(can)
    for _, attempt in debits:
        attempt.ask_at, attempt.final_at = item_ask(ask_at), batch.final_at
    await session.flush()
    return ToSend(batch, [await _to_debit(session, order, attempt) for order, attempt in debits])


async def learn(session: AsyncSession, *, batch_id: UUID, told: BatchResult, asked: bool, at: datetime) -> PaymentBatch:
    """Move a batch by what was told of it, after its debits were; decide when it, and they, are asked about next.

    When it is complete, what is open of it is asked about alone, at once: by the channel's word on each, not by silence.
    """
    batch = await rows.lock_batch(session, batch_id)
    if batch.state in OVER:
        return batch
    after = after_query(batch.state, told) if asked else after_answer(told)
    if BATCH.allows(batch.state, after):
        batch.move_to(after, at)
    batch.error = error_facts(told.error)
    batch.channel_state = kept_state(batch.channel_state, told.channel_state)
    if told.complete or not await rows.is_open_in_batch(session, batch_id):
        return await close(session, batch_id=batch_id, at=at)
    batch.ask_at = ask_at = next_ask(batch.asks, at=at, final_at=batch.final_at, retry_after=told.retry_after)
    for attempt in await rows.free_in_batch(session, batch_id):
        attempt.ask_at = item_ask(ask_at)
    await session.flush()
    return batch


async def close(session: AsyncSession, *, batch_id: UUID, at: datetime) -> PaymentBatch:
    """Nothing more is asked of the batch as such; what may be open in it is asked about alone."""
    batch = await rows.lock_batch(session, batch_id)
    if BATCH.allows(batch.state, BatchState.DONE):
        batch.move_to(BatchState.DONE, at)
        for attempt in await rows.free_in_batch(session, batch_id):
            attempts.ask_soon(attempt, at)
    await session.flush()
    return batch


async def ask_soon(session: AsyncSession, channel: str, batch_no: str, at: datetime) -> bool:
    """Let a batch be asked about at once; False where there is none of this number, or it is over."""
    batch_id = await rows.batch_numbered(session, channel, batch_no)
    batch = await rows.lock_batch(session, batch_id) if batch_id else None
    if batch is None or batch.state in OVER:
        return False
    batch.ask_at = at
    await session.flush()
    return True


async def due(session: AsyncSession, *, at: datetime, limit: int = 100) -> list[UUID]:
    """Announce `payments.ask_batch` for batches that are due, each put on the next step of its ladder; returns them."""
    batches = await rows.due_batches(session, at, limit)
    for batch in batches:
        batch.asks += 1
        batch.ask_at = next_ask(batch.asks, at=at, final_at=batch.final_at)
        outbox.publish(session, BatchAskDue(batch.id))
    await session.flush()
    return [batch.id for batch in batches]


async def _is_ready(
    session: AsyncSession, order: PaymentOrder, can: Capabilities, wanted: Wanted, at: datetime
) -> bool:
    if order.status is not OrderStatus.CREATED:
        return False
    if await withholding.held(session, order_id=order.id, can=can, wanted=wanted, at=at):
        return False
    # Asked again behind the loan's lock: a page may have been opened since the debits were looked for.
    if await queries.open_attempt(session, order.id) or await queries.rivals(session, order, superseded=True):
        return False
    return await queries.paid_of_wish(session, order.wish_id) is None


def _is_unsent(attempt: PaymentAttempt, at: datetime) -> bool:
    """Whether an attempt of a batch that was surely not sent may still be: nobody has decided anything about it since."""
    return attempt.state is AttemptState.SUBMITTING and attempt.superseded_at is None and at < attempt.expires_at


async def _new_batch(
    session: AsyncSession, channel: str, orders: Sequence[PaymentOrder], can: Capabilities, at: datetime
) -> PaymentBatch:
    batch_id = new_id()
    number = await next_number(session, "BA", business_day(at))
    batch = PaymentBatch(
        id=batch_id,
        channel=channel,
        # As an attempt's number: the day and the count in it, and a tail by which a rebuilt database reuses none.
        batch_no=f"{number}{batch_id.hex[-8:]}",
        items=len(orders),
        total_fen=sum(order.amount_fen for order in orders),
        state=BatchState.SUBMITTING,
        submitted_at=at,
        final_at=at + final_after(can),
        ask_at=at + _UNDER_WAY,
        asks=0,
    )
    session.add(batch)
    await session.flush()
    return batch


async def _put_in(session: AsyncSession, batch: PaymentBatch, place: int, order: PaymentOrder, at: datetime) -> ToDebit:
    order.final_at = batch.final_at
    attempt = (await attempts.claim(session, order_id=order.id, at=at, automatic=True)).attempt
    attempt.batch_id, attempt.batch_no, attempt.batch_position = batch.id, batch.batch_no, place
    attempt.ask_at = item_ask(at + _UNDER_WAY)
    await session.flush()
    return await _to_debit(session, order, attempt)


async def _to_debit(session: AsyncSession, order: PaymentOrder, attempt: PaymentAttempt) -> ToDebit:
    if order.mandate_id is None:
        raise ValueError(f"order {order.number} is not a withholding")
    mandate = await session.get_one(Mandate, order.mandate_id)
    return ToDebit(order, attempt, await signing.token_of(session, mandate))


def _let_go(
    session: AsyncSession, batch: PaymentBatch, debits: Sequence[tuple[PaymentOrder, PaymentAttempt]], at: datetime
) -> None:
    """Its number is never used again, so what was in it can be sent alone, under the number each had all the time."""
    batch.move_to(BatchState.NOT_SENT, at)
    for order, attempt in debits:
        attempt.batch_no = attempt.batch_position = None
        if attempt.state is AttemptState.SUBMITTING:
            attempt.ask_at = at + CRASHED_AFTER
        if _is_unsent(attempt, at):
            attempt.unsent = True
            outbox.publish(session, WithholdingRequested(order.id))
