"""The next channel for a borrower whose channel, which we had chosen, gave him nothing to pay with.

An order that is left and the one made instead are committed together: whoever reads the one finds the other.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments import queries
from domain.payments.flows import calls
from domain.payments.flows.asking import Heard, told_to_close
from domain.payments.models import PaymentAttempt, PaymentOrder
from domain.payments.ports import PaymentChannel, Product
from domain.payments.queries import routing as routing_queries
from domain.payments.rules.faring import Tries, judged
from domain.payments.rules.replacing import Replacement, replacement
from domain.payments.rules.routing import Candidate, Choice, Need
from domain.payments.rules.states import OPEN, AttemptState
from domain.payments.services import attempts, failing_over, orders, routing
from domain.payments.services.attempts import Applied, Source
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

    Only where we chose that channel, nobody knows what it did, and the borrower has nothing to pay with. It is asked
    before: what it may still bring is closed there or found final, or gives up its place and is asked about to its end, as
    where a borrower goes on by his own hand. Where it says that somebody is paying, or has paid, nothing else is begun.
    """
    async with sessions() as session:
        attempt = await _in_doubt(session, order)
        channel = channels.get(order.channel)
        if attempt is None or channel is None:
            return None
        if await _next(session, candidates, order, await clock.now(session)) is None:
            return None
    if attempt.unsent:
        heard = Heard(await calls.query(channel, attempt, limit=limit), Source.QUERY)
    else:
        heard = await told_to_close(channel, attempt, limit=limit)
    async with sessions.begin() as session:
        return await _left(session, candidates, attempt, heard, at=await clock.now(session))


async def refused(
    session: AsyncSession, candidates: Sequence[Candidate], applied: Applied, *, at: datetime
) -> PaymentOrder | None:
    """The same wish by the next best channel, where the one we had chosen refused. `applied`: in this session."""
    order, attempt = applied.order, applied.attempt
    if not _may_be_left(order) or attempt.state is not AttemptState.DECLINED or not _was_in_vain(attempt):
        return None
    found = await _next(session, candidates, order, at)
    return await _instead(session, order, found, at=at) if found else None


async def _in_doubt(session: AsyncSession, order: PaymentOrder) -> PaymentAttempt | None:
    """The order's attempt, where nobody knows what the channel, which we had chosen, did, or where it did nothing."""
    if not _may_be_left(order):
        return None
    *_, attempt = (await queries.attempts_of(session, [order.id]))[order.id] or [None]
    if attempt is None or attempt.action is not None or attempt.doubted_at is not None:
        return None
    return attempt if attempt.unsent or attempt.state is AttemptState.UNKNOWN else None


def _may_be_left(order: PaymentOrder) -> bool:
    return order.choice is not None and Product(order.product) not in _HIS_OWN_ID


def _was_in_vain(attempt: PaymentAttempt) -> bool:
    code, _ = refusal_of(attempt.error)
    return judged(Tries(attempt.channel, timedelta(), attempt.state, code=code)) is False


async def _next(
    session: AsyncSession, candidates: Sequence[Candidate], order: PaymentOrder, at: datetime
) -> tuple[Candidate, Choice] | None:
    """The best channel that was not tried for this wish, and how we came to it; None: there is none, or no time."""
    if at >= order.expires_at or await routing_queries.order_instead(session, order.id) is not None:
        return None
    tried = {each.channel for each in await routing_queries.tried_before(session, order)}
    need = Need(at, order.amount_fen, Product(order.product))
    choice = await routing.chosen(session, candidates, need, borrower_id=order.borrower_id, tried=tried)
    offer = next((each for each in candidates if each.code == choice.best), None)
    return (offer, choice) if offer else None


async def _left(
    session: AsyncSession, candidates: Sequence[Candidate], attempt: PaymentAttempt, heard: Heard, *, at: datetime
) -> PaymentOrder | None:
    """Apply what was heard of an attempt and, in the same transaction, write down what is to be done instead of it.

    None: somebody paid, or a page was found that he can pay by, or another process went on before us.
    """
    order, attempt = await queries.lock_attempt(session, attempt.id)
    # What is over by now, and was not left for another, somebody else has ended.
    found = await _next(session, candidates, order, at) if attempt.state in OPEN else None
    if found is not None and attempt.unsent:
        await failing_over.learn(session, attempt_id=attempt.id, told=heard.result, at=at)
    else:
        await attempts.apply_result(session, attempt_id=attempt.id, result=heard.result, source=heard.source, at=at)
    if found is None or attempt.state is AttemptState.SUCCEEDED or attempt.action is not None:
        return None
    match replacement(attempt.state, heard.closing, automatic=False, doubted=attempt.doubted_at is not None):
        case Replacement.REFUSE:
            return None
        case Replacement.SUPERSEDE:
            await attempts.supersede(session, attempt=attempt, at=at)
        case Replacement.GONE:
            pass
    return await _instead(session, order, found, at=at)


async def _instead(
    session: AsyncSession, order: PaymentOrder, found: tuple[Candidate, Choice], *, at: datetime
) -> PaymentOrder:
    offer, choice = found
    made = await orders.create_instead(session, order, channel=offer, choice=choice.facts(), at=at)
    log.info("payments.failed_over", order_id=str(order.id), to_order_id=str(made.id), channel=made.channel)
    return made
