"""Asking a channel what became of an attempt, and doing what the answer leads to."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from domain.payments.events import WithholdingRequested
from domain.payments.flows import calls
from domain.payments.models import PaymentAttempt
from domain.payments.ports import CloseResult, PaymentChannel, PaymentResult, PaymentState
from domain.payments.rules.asking import CALL_LIMIT, FollowUp, follow_up
from domain.payments.rules.states import AttemptState, OrderStatus, PaymentMethod
from domain.payments.services import attempts
from domain.payments.services.attempts import Applied, Source
from domain.shared import outbox
from domain.shared.clock import Clock
from domain.shared.db import Sessions


async def ask(
    sessions: Sessions, clock: Clock, channel: PaymentChannel, *, attempt_id: UUID, answers: bool = True
) -> AttemptState:
    """Ask what became of an attempt, apply the answer, and return its state.

    An order whose borrower has nothing to pay with is made again under its own number; one that nobody wants any more
    is closed. A debit that was surely not sent is requested once more, under its number too. Asking may be done at any
    time and as often as one likes. Of a channel that cannot be asked (`answers`) what it said by itself is believed.
    """
    async with sessions() as session:
        attempt = await session.get_one(PaymentAttempt, attempt_id)
    if attempt.state is AttemptState.SUCCEEDED:
        return attempt.state
    must_be_its(channel, attempt)
    if attempt.doubted_at is not None and not answers:
        async with sessions.begin() as session:
            return await attempts.believe(session, attempt_id=attempt_id, at=await clock.now(session))
    told = await calls.query(channel, attempt, limit=CALL_LIMIT)
    async with sessions.begin() as session:
        at = await clock.now(session)
        applied = await attempts.apply_result(session, attempt_id=attempt_id, result=told, source=Source.QUERY, at=at)
        step = follow_up(
            applied.attempt.state,
            told,
            product=applied.attempt.product,
            has_action=applied.attempt.action is not None,
            wanted=_is_wanted(applied) and at < applied.attempt.expires_at,
            unsent=applied.attempt.unsent and applied.order.method is PaymentMethod.WITHHOLDING,
            doubted=applied.attempt.doubted_at is not None,
        )
        if step is FollowUp.DEBIT:
            outbox.publish(session, WithholdingRequested(applied.order.id))
    if step is FollowUp.CREATE:
        answer = await calls.create(channel, applied.order, applied.attempt, limit=CALL_LIMIT)
        applied = await record(sessions, clock, attempt_id, answer, Source.ANSWER)
    elif step is FollowUp.CLOSE:
        _, applied = await close_there(sessions, clock, channel, applied.attempt, limit=CALL_LIMIT)
    return applied.attempt.state


async def close_there(
    sessions: Sessions, clock: Clock, channel: PaymentChannel, attempt: PaymentAttempt, *, limit: timedelta
) -> tuple[CloseResult, Applied]:
    """Ask the channel to close an attempt and apply what is certain after that; what is not is asked once."""
    heard = await told_to_close(channel, attempt, limit=limit)
    return heard.closing, await record(sessions, clock, attempt.id, heard.result, heard.source)


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard of an attempt, how, and what its channel said to the wish to close it."""

    result: PaymentResult
    source: Source
    closing: CloseResult = CloseResult.UNKNOWN


async def told_to_close(channel: PaymentChannel, attempt: PaymentAttempt, *, limit: timedelta) -> Heard:
    """What is certain of an attempt once its channel was asked to close it; what is not is asked once."""
    closing = await calls.close(channel, attempt, limit=limit)
    match closing:
        case CloseResult.CLOSED:
            return Heard(PaymentResult(PaymentState.CLOSED), Source.CLOSE, closing)
        case CloseResult.NOT_FOUND:
            return Heard(PaymentResult(PaymentState.NOT_FOUND), Source.CLOSE, closing)
        case _:
            return Heard(await calls.query(channel, attempt, limit=limit), Source.QUERY, closing)


async def record(sessions: Sessions, clock: Clock, attempt_id: UUID, result: PaymentResult, source: Source) -> Applied:
    """Apply a result in a transaction of its own."""
    async with sessions.begin() as session:
        at = await clock.now(session)
        return await attempts.apply_result(session, attempt_id=attempt_id, result=result, source=source, at=at)


def must_be_its(channel: PaymentChannel, attempt: PaymentAttempt) -> None:
    """Raises ValueError when an attempt would be taken to a channel that is not its own."""
    if channel.code != attempt.channel:
        raise ValueError(f"attempt {attempt.id} is with {attempt.channel}, not {channel.code}")


def _is_wanted(applied: Applied) -> bool:
    return applied.attempt.superseded_at is None and applied.order.status is OrderStatus.PROCESSING
