"""Money goes back: a refund is claimed, sent to its channel, recorded; one that was sent is asked about."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments.flows import calls
from domain.payments.flows.calls import Paid
from domain.payments.models import PaymentAttempt, Refund, Unplaced
from domain.payments.ports import Capabilities, PaymentChannel, PaymentRef, RefundResult
from domain.payments.rules.asking import CALL_LIMIT
from domain.payments.rules.refunding import SENT, RefundState, is_being_sent
from domain.payments.services import giving_back, unplaced
from domain.payments.services.attempts import Source
from domain.payments.services.giving_back import Applied
from domain.shared.clock import Clock
from domain.shared.db import Sessions
from domain.shared.failpoints import failpoint


async def refund(
    sessions: Sessions, clock: Clock, channel: PaymentChannel, can: Capabilities, *, refund_id: UUID
) -> RefundState:
    """Send a refund that never was, ask about one that was sent, and return its state.

    It may be called at any time and as often as one likes: one number is one refund, and a crash leaves SUBMITTING, which
    is asked about before it is sent again. A refund the channel does not offer is declined, and a person's.
    """
    async with sessions.begin() as session:
        at = await clock.now(session)
        row = await session.get_one(Refund, refund_id)
        _must_be_its(channel, row)
        claimed = await giving_back.claim(session, refund_id=refund_id, can=can, at=at)
        paid = await _paid(session, row)
    if claimed:
        failpoint("payments.after_refund_submitting")
        return await _send(sessions, clock, channel, row, paid)
    if row.state not in SENT or row.submitted_at is None or is_being_sent(row.submitted_at, at):
        return row.state
    if not can.refund_query:
        return await _send(sessions, clock, channel, row, paid)
    told = await calls.query_refund(channel, row, paid, limit=CALL_LIMIT)
    applied = await _record(sessions, clock, refund_id, told, Source.QUERY)
    if applied.send_again:
        return await _send(sessions, clock, channel, row, paid)
    return applied.refund.state


async def _send(sessions: Sessions, clock: Clock, channel: PaymentChannel, row: Refund, paid: Paid) -> RefundState:
    answer = await calls.refund(channel, row, paid, limit=CALL_LIMIT)
    return (await _record(sessions, clock, row.id, answer, Source.ANSWER)).refund.state


async def _record(sessions: Sessions, clock: Clock, refund_id: UUID, result: RefundResult, source: Source) -> Applied:
    async with sessions.begin() as session:
        at = await clock.now(session)
        return await giving_back.apply_result(session, refund_id=refund_id, result=result, source=source, at=at)


async def _paid(session: AsyncSession, row: Refund) -> Paid:
    """The payment a refund is of: an attempt of ours, or money under a number we do not know."""
    if row.attempt_id is not None:
        attempt = await session.get_one(PaymentAttempt, row.attempt_id)
        return Paid(calls.ref_of(attempt), attempt.received_fen or 0)
    stray = await session.get_one(Unplaced, row.unplaced_id)
    ref = PaymentRef(stray.order_no, unplaced.paid_at_of(stray, None), provider_no=stray.details.get("provider_no"))
    return Paid(ref, stray.amount_fen)


def _must_be_its(channel: PaymentChannel, row: Refund) -> None:
    """Raises ValueError when a refund would be taken to a channel that is not its own."""
    if channel.code != row.channel:
        raise ValueError(f"refund {row.id} is with {row.channel}, not {channel.code}")
