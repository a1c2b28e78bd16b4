"""The next channel for a borrower whose channel, which we had chosen, gave him nothing to pay with."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import structlog

from domain.payments import queries
from domain.payments.flows import calls
from domain.payments.flows.asking import close_there
from domain.payments.models import PaymentAttempt, PaymentOrder
from domain.payments.ports import CloseResult, PaymentChannel, Product
from domain.payments.queries import routing as routing_queries
from domain.payments.rules.faring import Tries, judged
from domain.payments.rules.replacing import Replacement, replacement
from domain.payments.rules.routing import Candidate, Choice, Need
from domain.payments.rules.states import OPEN, AttemptState
from domain.payments.services import attempts, failing_over, orders, routing
from domain.payments.services.learning import refusal_of
from domain.shared.clock import Clock
from domain.shared.db import Sessions

log = structlog.get_logger()

_HIS_OWN_ID = frozenset({Product.JSAPI})
"""Ways that need the payer's id at one channel: another does not know him by it."""


async def onward(
    sessions: Sessions,
    clock: Clock,
    channels: Mapping[str, PaymentChannel],
    candidates: Sequence[Candidate],
    *,
    order: PaymentOrder,
    limit: timedelta,
) -> PaymentOrder | None:
    """The same wish by the next best channel, written down; None: the order stays with the channel it has.

    Only where we chose that channel, it failed, and the borrower has nothing to pay with. It is asked before: what it may
    still bring is closed there or found final, or gives up its place and is asked about to its end, as where a borrower
    goes on by his own hand. Where it says that somebody is paying, or has paid, nothing else is begun.
    """
    attempt = await _failed(sessions, order)
    channel = channels.get(order.channel)
    if attempt is None or channel is None or Product(order.product) in _HIS_OWN_ID:
        return None
    if (await _next(sessions, clock, candidates, order)).best is None:
        return None
    closing = CloseResult.UNKNOWN
    if attempt.unsent:
        told = await calls.query(channel, attempt, limit=limit)
        async with sessions.begin() as session:
            at = await clock.now(session)
            await failing_over.learn(session, attempt_id=attempt.id, told=told, at=at)
    elif attempt.state in OPEN:
        closing, _ = await close_there(sessions, clock, channel, attempt, limit=limit)
    return await _instead(sessions, clock, candidates, attempt=attempt, closing=closing)


async def _failed(sessions: Sessions, order: PaymentOrder) -> PaymentAttempt | None:
    """The order's attempt, where we had chosen its channel and that did not do its part."""
    if order.choice is None:
        return None
    async with sessions() as session:
        tries = (await queries.attempts_of(session, [order.id]))[order.id]
    if not tries or tries[-1].action is not None or tries[-1].doubted_at is not None:
        return None
    return tries[-1] if tries[-1].unsent or _was_in_vain(tries[-1]) else None


def _was_in_vain(attempt: PaymentAttempt) -> bool:
    code, _ = refusal_of(attempt.error)
    tries = Tries(attempt.channel, timedelta(), attempt.state, code=code)
    return attempt.state in {AttemptState.UNKNOWN, AttemptState.DECLINED} and judged(tries) is False


async def _next(sessions: Sessions, clock: Clock, candidates: Sequence[Candidate], order: PaymentOrder) -> Choice:
    async with sessions() as session:
        at = await clock.now(session)
        tried = {each.channel for each in await routing_queries.tried_before(session, order)}
        need = Need(at, order.amount_fen, Product(order.product))
        return await routing.chosen(session, candidates, need, borrower_id=order.borrower_id, tried=tried)


async def _instead(
    sessions: Sessions,
    clock: Clock,
    candidates: Sequence[Candidate],
    *,
    attempt: PaymentAttempt,
    closing: CloseResult,
) -> PaymentOrder | None:
    async with sessions() as session:
        order = await session.get_one(PaymentOrder, attempt.order_id)
    # Chosen anew: the call that has just failed counts by now.
    choice = await _next(sessions, clock, candidates, order)
    offer = next((each for each in candidates if each.code == choice.best), None)
    if offer is None:
        return None
    async with sessions.begin() as session:
        at = await clock.now(session)
        locked, attempt = await queries.lock_attempt(session, attempt.id)
        # Somebody paid, or a page was found that he can pay by, or another process went on before us.
        if attempt.state is AttemptState.SUCCEEDED or attempt.action is not None or at >= locked.expires_at:
            return None
        if await routing_queries.order_instead(session, order.id) is not None:
            return None
        match replacement(attempt.state, closing, automatic=False, doubted=attempt.doubted_at is not None):
            case Replacement.REFUSE:
                return None
            case Replacement.SUPERSEDE:
                await attempts.supersede(session, attempt=attempt, at=at)
            case Replacement.GONE:
                pass
        made = await orders.create_instead(session, locked, channel=offer, choice=choice.facts(), at=at)
    log.info("payments.failed_over", order_id=str(order.id), to_order_id=str(made.id), channel=made.channel)
    return made
