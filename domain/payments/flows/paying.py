"""A borrower pays: an older payment makes way, the new one is claimed, sent to its channel, and recorded."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from domain.payments import queries
from domain.payments.errors import AnotherPaymentLive, PaymentStillOpen, WishAlreadyPaid
from domain.payments.flows import calls
from domain.payments.flows.asking import close_there, must_be_its
from domain.payments.flows.failing_over import onward, refused
from domain.payments.models import PaymentAttempt, PaymentOrder
from domain.payments.ports import CloseResult, PaymentChannel, PaymentResult
from domain.payments.queries.routing import last_instead
from domain.payments.rules.asking import CALL_LIMIT, CRASHED_AFTER, INLINE_LIMIT
from domain.payments.rules.replacing import Replacement, replacement
from domain.payments.rules.routing import Candidate
from domain.payments.rules.states import OPEN, AttemptState, OrderStatus
from domain.payments.services import attempts, orders
from domain.payments.services.attempts import Claim, Source
from domain.shared.clock import Clock
from domain.shared.db import Sessions
from domain.shared.errors import DomainError
from domain.shared.failpoints import failpoint

_MAKE_WAY_LIMIT = timedelta(seconds=2)
_LEAST_LIMIT = timedelta(seconds=1)


async def start(
    sessions: Sessions,
    clock: Clock,
    channels: Mapping[str, PaymentChannel],
    *,
    order_id: UUID,
    client_ip: str | None = None,
    payer_id: str | None = None,
    candidates: Sequence[Candidate] = (),
) -> PaymentOrder:
    """Everything between a new order and its answer to the borrower, within about `INLINE_LIMIT`.

    Whatever he had open for the loan is closed or superseded first. An order that is refused here is closed. One that was
    begun before is returned as it stands: a repeat disturbs nothing. Where we chose the channel and it fails, the next
    best of `candidates` is tried while there is time, by an order of its own: that one is returned, also to a repeat.
    Raises AnotherPaymentLive, WishAlreadyPaid, OrderNotPayable.
    """
    ends = asyncio.get_running_loop().time() + INLINE_LIMIT.total_seconds()
    order = await _stands(sessions, order_id)
    if order.status is not OrderStatus.CREATED:
        return order
    following: PaymentOrder | None = order
    try:
        await replace_open(sessions, clock, channels, order_id=order.id, limit=_MAKE_WAY_LIMIT)
        while following is not None:
            order, following = following, None
            channel = channels[order.channel]
            claim = await _claimed(sessions, clock, channel, order.id)
            if isinstance(claim, Claim):
                limit = max(_left(ends), _LEAST_LIMIT)
                answer = await _told(channel, claim, limit=limit, client_ip=client_ip, payer_id=payer_id)
                others = candidates if _left(ends) > 2 * _LEAST_LIMIT else ()
                order, following = await _recorded(sessions, clock, claim, answer, others)
            else:
                order = claim
            if following is None and candidates and (left := _left(ends)) > 2 * _LEAST_LIMIT:
                limit = min(left - _LEAST_LIMIT, _MAKE_WAY_LIMIT) / 2
                following = await onward(sessions, clock, channels, candidates, order=order, limit=limit)
    except DomainError:
        async with sessions.begin() as session:
            await orders.abandon(session, order_id=order.id, at=await clock.now(session))
        raise
    # Another process may have gone on from the same failure.
    return order if order.choice is None else await _stands(sessions, order.id)


async def _stands(sessions: Sessions, order_id: UUID) -> PaymentOrder:
    """An order, or the last one that was made instead of it."""
    async with sessions() as session:
        return await last_instead(session, await session.get_one(PaymentOrder, order_id))


def _left(ends: float) -> timedelta:
    """How long the borrower still waits."""
    return timedelta(seconds=ends - asyncio.get_running_loop().time())


async def submit(
    sessions: Sessions,
    clock: Clock,
    channel: PaymentChannel,
    *,
    order_id: UUID,
    limit: timedelta = INLINE_LIMIT,
) -> PaymentOrder:
    """Claim an attempt, tell the channel, record what it says.

    A repeat returns the order as it stands and calls nothing: an attempt whose process died, or whose channel was slow,
    is asked about and then made again under its own number (`ask`). The order then is PROCESSING without an action.
    Raises AnotherPaymentLive, WishAlreadyPaid, OrderNotPayable.
    """
    claim = await _claimed(sessions, clock, channel, order_id)
    if not isinstance(claim, Claim):
        return claim
    answer = await _told(channel, claim, limit=limit)
    order, _ = await _recorded(sessions, clock, claim, answer, ())
    return order


async def _claimed(sessions: Sessions, clock: Clock, channel: PaymentChannel, order_id: UUID) -> Claim | PaymentOrder:
    """The order's first attempt; the order as it stands where that was begun before, by whomever."""
    async with sessions.begin() as session:
        at = await clock.now(session)
        order = await queries.lock_order(session, order_id)
        if order.status is not OrderStatus.CREATED:
            return order
        claim = await attempts.claim(session, order_id=order_id, at=at)
        must_be_its(channel, claim.attempt)
        return claim


async def _told(
    channel: PaymentChannel,
    claim: Claim,
    *,
    limit: timedelta,
    client_ip: str | None = None,
    payer_id: str | None = None,
) -> PaymentResult:
    failpoint("payments.after_submitting")
    return await calls.create(channel, claim.order, claim.attempt, limit=limit, client_ip=client_ip, payer_id=payer_id)


async def _recorded(
    sessions: Sessions, clock: Clock, claim: Claim, answer: PaymentResult, others: Sequence[Candidate]
) -> tuple[PaymentOrder, PaymentOrder | None]:
    """The order after the answer, and the one by the next of `others` where that refused it."""
    async with sessions.begin() as session:
        at = await clock.now(session)
        applied = await attempts.apply_result(
            session, attempt_id=claim.attempt.id, result=answer, source=Source.ANSWER, at=at
        )
        return applied.order, await refused(session, others, applied, at=at) if others else None


async def replace_open(
    sessions: Sessions,
    clock: Clock,
    channels: Mapping[str, PaymentChannel],
    *,
    order_id: UUID,
    automatic: bool = False,
    limit: timedelta = CALL_LIMIT,
) -> None:
    """Make way for a new order: what is open for its loan is closed at its channel first.

    A borrower may go on where an old page cannot be closed but nobody has begun to pay by it (`rules.replacing`): the old
    one is superseded, the new one is the same wish, and a wish that is paid twice is recognised. An `automatic` debit
    waits until everything else is final.
    Raises AnotherPaymentLive, WishAlreadyPaid.
    """
    async with sessions() as session:
        at = await clock.now(session)
        order = await session.get_one(PaymentOrder, order_id)
        rivals = await queries.rivals(session, order, superseded=automatic)
        # Looked at after them: once it is begun, by whomever, one of them may be what was made instead of it.
        await session.refresh(order)
    if order.status is not OrderStatus.CREATED:
        return
    for rival, attempt in rivals:
        if _is_being_sent(attempt, at) or (automatic and _is_young(attempt, at)):
            raise AnotherPaymentLive(number=rival.number)
        channel = channels.get(attempt.channel)
        closing = CloseResult.UNKNOWN
        if channel is not None:
            closing, _ = await close_there(sessions, clock, channel, attempt, limit=limit)
        await _make_way(sessions, clock, order_id, attempt.id, closing, automatic=automatic)


async def close(sessions: Sessions, clock: Clock, channel: PaymentChannel, *, order_id: UUID) -> PaymentOrder:
    """Close an order at its channel, and return it as it then is: CLOSED, or PAID if that came first.

    Raises PaymentStillOpen where the channel cannot say that it can no longer be paid.
    """
    async with sessions.begin() as session:
        at = await clock.now(session)
        order = await orders.abandon(session, order_id=order_id, at=at)
        attempt = await queries.open_attempt(session, order_id)
    if attempt is None:
        return order
    must_be_its(channel, attempt)
    if _is_being_sent(attempt, at):
        raise PaymentStillOpen(number=order.number, until=order.expires_at.isoformat())
    _, applied = await close_there(sessions, clock, channel, attempt, limit=INLINE_LIMIT)
    if applied.attempt.state in OPEN:
        raise PaymentStillOpen(number=order.number, until=order.expires_at.isoformat())
    return applied.order


def _is_being_sent(attempt: PaymentAttempt, at: datetime) -> bool:
    """Whether its call may be under way: of one that was surely not executed it is over."""
    return _is_young(attempt, at) and not attempt.unsent


def _is_young(attempt: PaymentAttempt, at: datetime) -> bool:
    return attempt.state is AttemptState.SUBMITTING and at < attempt.submitted_at + CRASHED_AFTER


async def _make_way(
    sessions: Sessions, clock: Clock, order_id: UUID, attempt_id: UUID, closing: CloseResult, *, automatic: bool
) -> None:
    async with sessions.begin() as session:
        at = await clock.now(session)
        rival, attempt = await queries.lock_attempt(session, attempt_id)
        if attempt.state is AttemptState.SUCCEEDED:
            raise WishAlreadyPaid(number=rival.number)
        order = await queries.lock_order(session, order_id)
        match replacement(attempt.state, closing, automatic=automatic, doubted=attempt.doubted_at is not None):
            case Replacement.REFUSE:
                raise AnotherPaymentLive(number=rival.number)
            case Replacement.SUPERSEDE:
                await attempts.supersede(session, attempt=attempt, at=at)
            case Replacement.GONE:
                pass
        await orders.take_place_of(session, order, rival)
