"""A withholding is debited: under the mandate it was requested for, or in the same run under another that can do it now."""

from collections.abc import Collection
from uuid import UUID

from domain.lending.rules.withholding import Elsewhere
from domain.lending.services import withholding
from domain.payments import flows as payments
from domain.payments import queries
from domain.payments.flows import DebitDesk, calls
from domain.payments.models import AttemptState, OrderStatus, PaymentAttempt, PaymentOrder
from domain.payments.ports import PaymentResult, PaymentState
from domain.payments.rules.asking import CALL_LIMIT
from domain.payments.rules.routing import Candidate, Need
from domain.payments.services import failing_over, orders, routing
from domain.shared.days import business_day


async def debit(desk: DebitDesk, resting: Collection[str], *, order_id: UUID) -> None:
    """Debit what a withholding order asks for, or request it under another mandate; calling it again is harmless.

    Its channel is left before anything was sent where it cannot debit now, and after a call that surely did nothing once
    it was asked and knows nothing of the debit. Where there is no other mandate the order keeps its own (`withhold`).
    """
    candidates = [Candidate(code, desk.capabilities(code), resting=code in resting) for code in desk.channels]
    async with desk.sessions() as session:
        order = await session.get_one(PaymentOrder, order_id)
        attempt = await queries.open_attempt(session, order_id)
        ways = await queries.mandates_to_debit(session, order.borrower_id, business_day(await desk.clock.now(session)))
    if len({mandate.channel for mandate in ways} | {order.channel}) > 1:
        if order.status is OrderStatus.CREATED:
            if await _left_unbegun(desk, candidates, order):
                return
        elif attempt is not None and attempt.unsent and order.channel in desk.channels:
            told = await calls.query(desk.channels[order.channel], attempt, limit=CALL_LIMIT)
            if await _left_unsent(desk, candidates, attempt, told):
                return
    await payments.withhold(desk, order_id=order_id)


async def _left_unbegun(desk: DebitDesk, candidates: Collection[Candidate], order: PaymentOrder) -> bool:
    """Whether an order of which nothing was begun made way for one by a channel that can debit now."""
    async with desk.sessions.begin() as session:
        at = await desk.clock.now(session)
        own = [each for each in candidates if each.code == order.channel]
        need = Need(at, order.amount_fen, debit=True)
        able = (await routing.chosen(session, own, need, borrower_id=order.borrower_id)).ranked
        if able and not able[0].resting:
            return False
        locked = await queries.lock_order(session, order.id)
        if locked.status is not OrderStatus.CREATED:
            return False
        way = await withholding.another_way(session, locked, Elsewhere.CHANNEL, at=at, candidates=list(candidates))
        if way is None or (able and way.choice.ranked[0].resting):
            return False
        await orders.abandon(session, order_id=locked.id, at=at)
        await withholding.request_instead(session, locked, way, at=at)
    return True


async def _left_unsent(
    desk: DebitDesk, candidates: Collection[Candidate], attempt: PaymentAttempt, told: PaymentResult
) -> bool:
    """Whether a debit that was surely not sent, and that its channel does not know, made way for one by another."""
    async with desk.sessions.begin() as session:
        at = await desk.clock.now(session)
        order, attempt = await queries.lock_attempt(session, attempt.id)
        never_made = (
            attempt.unsent and attempt.state is AttemptState.SUBMITTING and told.state is PaymentState.NOT_FOUND
        )
        if attempt.superseded_at is not None or told.not_executed or not never_made:
            # Doubt, or more than that: it is applied, and stays with its channel.
            await failing_over.learn(session, attempt_id=attempt.id, told=told, at=at)
            return False
        way = await withholding.another_way(session, order, Elsewhere.CHANNEL, at=at, candidates=list(candidates))
        if way is None or not await failing_over.learn(session, attempt_id=attempt.id, told=told, at=at):
            return False
        await withholding.request_instead(session, order, way, at=at)
    return True
