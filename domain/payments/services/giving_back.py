"""Refunds on their way: claimed before the call, moved by whatever is learnt of them afterwards, booked once."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.ledger import services as ledger
from domain.ledger.rules.chart import SUSPENSE, clearing
from domain.payments import queries
from domain.payments.events import RefundDue, RefundSucceeded
from domain.payments.models import Refund, RefundChange, Unplaced
from domain.payments.ports import Capabilities, ChannelError, ErrorCode, ErrorKind, RefundResult
from domain.payments.ports import RefundState as Told
from domain.payments.rules.asking import CRASHED_AFTER
from domain.payments.rules.judging import money_date
from domain.payments.rules.refunding import (
    SENT,
    UNDER_WAY,
    RefundPurpose,
    RefundState,
    Resolution,
    Verdict,
    Wanted,
    can_refund,
    judge,
    next_ask,
    to_be_sent_again,
)
from domain.payments.services import telling
from domain.payments.services.attempts import Source
from domain.payments.services.learning import error_facts, facts, kept_state, plain, written
from domain.shared import outbox
from domain.shared.days import business_day


@dataclass(frozen=True, slots=True)
class Applied:
    """What stands after a result was applied. `send_again`: the channel does not have it, and is to be told once more."""

    refund: Refund
    verdict: Verdict
    send_again: bool


async def claim(session: AsyncSession, *, refund_id: UUID, can: Capabilities, at: datetime) -> Refund | None:
    """Begin to send a refund, SUBMITTING, to be committed before the channel hears of it; None when that was begun.

    One the channel does not offer is declined here and left to a person: None too.
    """
    refund, _ = await queries.lock_refund(session, refund_id)
    if refund.state is not RefundState.REQUESTED:
        return None
    came = await queries.payment_of(session, refund.attempt_id, refund.unplaced_id)
    earlier = came.back_fen > refund.amount_fen
    if not can_refund(can.refund, refund.amount_fen, total_fen=came.total_fen, earlier=earlier):
        await apply_result(session, refund_id=refund_id, result=_NOT_OFFERED, source=Source.ANSWER, at=at)
        return None
    refund.move_to(RefundState.SUBMITTING, at)
    refund.submitted_at, refund.ask_at = at, at + CRASHED_AFTER
    await session.flush()
    return refund


async def apply_result(
    session: AsyncSession, *, refund_id: UUID, result: RefundResult, source: Source, at: datetime
) -> Applied:
    """Apply what was learnt of a refund; the one way by which it changes, whoever told us.

    Money that went back is booked here, once, with the channel's own day; what it was taken from is resolved with it.
    A refund of excess is booked by its loan, which hears of it by `payments.refunded`.
    """
    refund, row = await queries.lock_refund(session, refund_id)
    before = refund.state
    wanted = Wanted(refund.amount_fen, await queries.others_back_fen(session, refund))
    verdict = judge(before, result, wanted, asked=source is Source.QUERY)
    if verdict.state is not before or verdict.contradicts:
        session.add(_change(refund, result, source, verdict, at))
    if before in UNDER_WAY or verdict.state is not before:
        _learn(refund, result)
    if verdict.state is not before:
        refund.move_to(verdict.state, at)
        telling.of_refund(session, refund, order_no=await queries.order_no_of_refund(session, refund), at=at)
    if refund.state in SENT:
        refund.ask_at = next_ask(refund.asks, at=at, told=result)
    if verdict.state is RefundState.SUCCEEDED and before is not verdict.state:
        await _returned(session, refund, row, result, at)
    await session.flush()
    return Applied(refund, verdict, send_again=to_be_sent_again(refund.state, result))


def ask_soon(refund: Refund, at: datetime) -> None:
    """Let the janitor ask about a locked refund at once, if it was sent and is not over."""
    if refund.state in SENT:
        refund.ask_at = at


async def due(session: AsyncSession, *, at: datetime, limit: int = 100) -> list[UUID]:
    """Announce `payments.refund_due` for refunds to be sent or asked about, longest waiting first; returns them.

    Each is put on the next step of its ladder at once, so that a lost ask is only a later one.
    """
    refunds = await queries.due_refunds(session, at, limit)
    for refund in refunds:
        refund.asks += 1
        refund.ask_at = next_ask(refund.asks, at=at)
        outbox.publish(session, RefundDue(refund.id))
    await session.flush()
    return [refund.id for refund in refunds]


async def _returned(
    session: AsyncSession, refund: Refund, row: Unplaced | None, result: RefundResult, at: datetime
) -> None:
    refunded_at = money_date(result.refunded_at, submitted_at=refund.submitted_at or at, at=at)
    refund.refunded_at = refunded_at
    if refund.purpose is not RefundPurpose.EXCESS:
        await ledger.post(
            session,
            source=f"refund:{refund.id}",
            kind="refund_paid",
            value_date=business_day(refunded_at),
            at=at,
            lines=[
                ledger.debit(SUSPENSE, refund.amount_fen),
                ledger.credit(clearing(refund.channel), refund.amount_fen),
            ],
            loan_id=refund.loan_id,
        )
    if row is not None and row.resolution is None:
        row.resolve(Resolution.REFUNDED, by=refund.requested_by, reason=refund.reason, at=at)
    outbox.publish(session, RefundSucceeded(refund.id))


def _learn(refund: Refund, result: RefundResult) -> None:
    refund.provider_no = plain(result.provider_no) or refund.provider_no
    refund.channel_state = kept_state(refund.channel_state, result.channel_state)
    refund.error = error_facts(result.error)


def _change(refund: Refund, result: RefundResult, source: Source, verdict: Verdict, at: datetime) -> RefundChange:
    return RefundChange(
        refund_id=refund.id,
        source=source,
        told=result.state,
        before=refund.state,
        after=verdict.state,
        facts=facts(
            amount_fen=result.amount_fen,
            cumulative=result.cumulative or None,
            provider_no=plain(result.provider_no),
            refunded_at=written(result.refunded_at),
            error=error_facts(result.error),
            contradicts=verdict.contradicts or None,
        ),
        at=at,
    )


_NOT_OFFERED = RefundResult(
    Told.DECLINED, error=ChannelError(ErrorKind.DECLINED, ErrorCode.NOT_REFUNDABLE, "the channel gives nothing back")
)
