"""What a channel's proven notice changes, and what the channel is to be told about it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments import queries
from domain.payments.models import Mandate
from domain.payments.ports import (
    ErrorCode,
    MandateResult,
    MandateState,
    NoticeOutcome,
    Notification,
    NotificationKind,
    PaymentResult,
    PaymentState,
    RefundResult,
)
from domain.payments.rules.judging import money_date
from domain.payments.rules.mandates import MandateSource
from domain.payments.services import attempts, batches, giving_back, signing, unplaced
from domain.payments.services.attempts import Source
from domain.payments.services.learning import plain
from domain.shared import inbox
from domain.shared.inbox import InboxRow, InboxState

ResultT = TypeVar("ResultT")


async def apply(
    session: AsyncSession, *, row_id: UUID, channel: str, notification: Notification, at: datetime
) -> NoticeOutcome:
    """Apply a proven notice and mark it APPLIED, in one transaction; DUPLICATE when that was done before.

    What is not ours stays REFUSED, for a person to see; judged anew when it is repeated.
    """
    row = await inbox.lock(session, row_id)
    if row.state is InboxState.APPLIED:
        return NoticeOutcome.DUPLICATE
    state, outcome, answer = await _judged(session, channel, notification, row.received_at, at)
    named = notification.order_no or notification.refund_no or notification.mandate_no or notification.batch_no
    await inbox.judged(session, row_id, state, outcome, about=plain(named), at=at)
    return answer


async def refuse(session: AsyncSession, *, row_id: UUID, reason: str) -> None:
    """Keep a notice that proved nothing as evidence. One that was applied stays applied."""
    not_applied = update(InboxRow).where(InboxRow.id == row_id, InboxRow.state != InboxState.APPLIED)
    refused = not_applied.values(state=InboxState.REFUSED, outcome=reason)
    await session.execute(refused.execution_options(synchronize_session=False))


async def _judged(
    session: AsyncSession, channel: str, notification: Notification, received_at: datetime, at: datetime
) -> tuple[InboxState, str, NoticeOutcome]:
    """What becomes of the notice, why or how, and what the channel is to be told."""
    if notification.kind is NotificationKind.PROBE:
        return InboxState.REFUSED, NotificationKind.PROBE, NoticeOutcome.BAD_SIGNATURE
    if _is_foreign(notification):
        return InboxState.REFUSED, ErrorCode.FOREIGN_MERCHANT, NoticeOutcome.REJECTED
    effect = _EFFECTS.get(notification.kind)
    outcome = NoticeOutcome.ACCEPTED
    if effect:
        outcome = await effect(session, channel, _dated(notification, received_at), at)
    return InboxState.APPLIED, outcome, outcome


def _dated(notification: Notification, received_at: datetime) -> Notification:
    """A payment without a time of its own had come by when we were told of it, however late we read that."""

    told = {order_no: _result_dated(result, received_at) for order_no, result in notification.results.items()}
    return replace(notification, result=_result_dated(notification.result, received_at), results=told)


def _result_dated(result: ResultT, received_at: datetime) -> ResultT:
    if isinstance(result, PaymentResult) and result.state is PaymentState.SUCCEEDED and result.paid_at is None:
        return replace(result, paid_at=received_at)
    return result


async def _payment(session: AsyncSession, channel: str, notification: Notification, at: datetime) -> NoticeOutcome:
    result = notification.result
    if not isinstance(result, PaymentResult) or not notification.order_no:
        return NoticeOutcome.REJECTED
    attempt_id = await queries.attempt_numbered(session, channel, notification.order_no)
    if attempt_id is None:
        return await _stray(session, channel, notification.order_no, result, at)
    applied = await attempts.apply_result(session, attempt_id=attempt_id, result=result, source=Source.NOTICE, at=at)
    if result.state is PaymentState.UNKNOWN:
        attempts.ask_soon(applied.attempt, at)
    return NoticeOutcome.ACCEPTED if applied.verdict.matches else NoticeOutcome.REJECTED


async def _stray(
    session: AsyncSession, channel: str, order_no: str, result: PaymentResult, at: datetime
) -> NoticeOutcome:
    if result.state is PaymentState.SUCCEEDED:
        paid_at = money_date(result.paid_at, submitted_at=result.paid_at or at, at=at)
        await unplaced.keep_stray(session, channel=channel, order_no=order_no, result=result, paid_at=paid_at, at=at)
    return NoticeOutcome.REJECTED


async def _refund(session: AsyncSession, channel: str, notification: Notification, at: datetime) -> NoticeOutcome:
    """A refund is never a payment. One that is not named, or not in a way that counts, is asked about."""
    result, number = notification.result, notification.refund_no
    refund_id = await queries.refund_numbered(session, channel, number) if number else None
    if refund_id is None or not isinstance(result, RefundResult):
        return await _ask_about(session, channel, notification, at)
    applied = await giving_back.apply_result(session, refund_id=refund_id, result=result, source=Source.NOTICE, at=at)
    giving_back.ask_soon(applied.refund, at)
    return NoticeOutcome.REJECTED if applied.verdict.contradicts else NoticeOutcome.ACCEPTED


async def _ask_about(session: AsyncSession, channel: str, notification: Notification, at: datetime) -> NoticeOutcome:
    # What is refunded was paid: if we have not heard of that either, it is asked too.
    if notification.order_no and (found := await queries.attempt_numbered(session, channel, notification.order_no)):
        _, attempt = await queries.lock_attempt(session, found)
        attempts.ask_soon(attempt, at)
        for refund in await queries.refunds_under_way_of(session, found):
            giving_back.ask_soon(refund, at)
    return NoticeOutcome.ACCEPTED


async def _mandate(session: AsyncSession, channel: str, notification: Notification, at: datetime) -> NoticeOutcome:
    result, number, token = notification.result, notification.mandate_no, notification.mandate_token
    mandate_id = await queries.mandate_numbered(session, channel, number) if number else None
    if mandate_id is None and token:
        meant = await _named_by_token(session, channel, token)
        if len(meant) > 1:
            # Signed anew under the token of an earlier one: which of them it is about, the channel knows.
            for each in meant:
                signing.ask_soon(each, at)
            return NoticeOutcome.ACCEPTED
        mandate_id = meant[0].id if meant else None
    if mandate_id is None or not isinstance(result, MandateResult):
        return NoticeOutcome.REJECTED
    mandate = await signing.record(session, mandate_id=mandate_id, result=result, source=MandateSource.NOTICE, at=at)
    if result.state is MandateState.UNKNOWN or (result.state is MandateState.ACTIVE and not result.token):
        signing.ask_soon(mandate, at)
    return NoticeOutcome.ACCEPTED


async def _named_by_token(session: AsyncSession, channel: str, token: str) -> Sequence[Mandate]:
    """The mandates a bank may mean that names nothing but a token."""
    await signing.index_old(session, channel)
    return await queries.mandates_with_token(session, channel, signing.index_of(session, token))


async def _batch(session: AsyncSession, channel: str, notification: Notification, at: datetime) -> NoticeOutcome:
    """Apply what is told of a batch's payments, each as if it had been told alone; the others are asked about.

    With their batch, where we sent one of this number and it is not over; else one by one.
    """
    if not notification.results and not notification.batch_no:
        return NoticeOutcome.REJECTED
    outcome = NoticeOutcome.ACCEPTED
    for order_no in await queries.in_order_of_locks(session, channel, notification.results):
        one = replace(notification, order_no=order_no, result=notification.results[order_no])
        if await _payment(session, channel, one, at) is NoticeOutcome.REJECTED:
            outcome = NoticeOutcome.REJECTED
    if notification.batch_no and not await batches.ask_soon(session, channel, notification.batch_no, at):
        for attempt in await queries.lock_open_in_batch(session, channel, notification.batch_no):
            attempts.ask_soon(attempt, at)
    return outcome


_Effect = Callable[[AsyncSession, str, Notification, datetime], Awaitable[NoticeOutcome]]
_EFFECTS: Mapping[NotificationKind, _Effect] = {
    NotificationKind.PAYMENT: _payment,
    NotificationKind.REFUND: _refund,
    NotificationKind.MANDATE: _mandate,
    NotificationKind.BATCH: _batch,
}


def _is_foreign(notification: Notification) -> bool:
    told = [notification.result, *notification.results.values()]
    return any(each is not None and each.error and each.error.code is ErrorCode.FOREIGN_MERCHANT for each in told)
