"""Calls to a channel about a batch: fenced as all calls are, and what is heard is only of debits that are in it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, cast

import structlog

from domain.payments.flows.calls import believable, fenced, ref_of, says
from domain.payments.flows.mandate_calls import debit_of
from domain.payments.models import PaymentAttempt, PaymentBatch
from domain.payments.ports import (
    BatchRef,
    BatchResult,
    ChannelError,
    DebitBatch,
    ErrorCode,
    ErrorKind,
    PaymentChannel,
    PaymentState,
)
from domain.payments.services.batches import ToSend
from domain.payments.services.exchanges import About

log = structlog.get_logger()


async def debit(channel: PaymentChannel, batch: ToSend, *, limit: timedelta) -> BatchResult:
    """Send a batch, under its number and with its items however often this is called."""
    request = DebitBatch(
        batch_no=batch.batch.batch_no,
        items=tuple(debit_of(each.order, each.attempt, token=each.token) for each in batch.debits),
        currency=batch.batch.currency,
        submitted_at=batch.batch.submitted_at,
    )
    what = About("debit_batch", batch_id=batch.batch.id)
    answer = await fenced(channel, what, lambda: channel.debit_batch(request), limit)
    return _believable(answer, {item.order_no for item in request.items})


async def query(
    channel: PaymentChannel, batch: PaymentBatch, attempts: Sequence[PaymentAttempt], *, limit: timedelta
) -> BatchResult:
    """Ask what became of a batch, and of all that is in it."""
    ref = BatchRef(
        batch_no=batch.batch_no,
        submitted_at=batch.submitted_at,
        channel_state=batch.channel_state or {},
        items=tuple(ref_of(attempt) for attempt in attempts),
    )
    what = About("query_batch", batch_id=batch.id)
    answer = await fenced(channel, what, lambda: channel.query_batch(ref), limit)
    return _believable(answer, {attempt.order_no for attempt in attempts})


def _believable(answer: object, numbers: Collection[str]) -> BatchResult:
    """A plugin's answer where it has the shape of one; one that says nothing of any debit otherwise."""
    if not isinstance(answer, BatchResult):
        error = believable(answer).error
        return BatchResult(error=error or _malformed(type(answer).__name__))
    items = cast("object", answer.items)
    if not isinstance(items, Mapping) or not says(PaymentState.UNKNOWN, PaymentState, answer.error):
        return BatchResult(error=_malformed("the items are none, or the error"))
    told = cast("Mapping[Any, object]", items)
    if strange := [number for number in told if number not in numbers]:
        log.warning("payments.not_in_batch", items=len(strange))
    wait = cast("object", answer.retry_after)
    return BatchResult(
        {number: believable(told[number]) for number in numbers if number in told},
        complete=cast("object", answer.complete) is True,
        error=answer.error,
        channel_state=answer.channel_state,
        retry_after=wait if isinstance(wait, timedelta) else None,
    )


def _malformed(message: str) -> ChannelError:
    return ChannelError(ErrorKind.UNKNOWN, ErrorCode.MALFORMED_ANSWER, message)
