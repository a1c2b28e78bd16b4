"""Calls to a channel about a mandate, and the debit under it: fenced as all calls are."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

from domain.payments.flows.calls import believable, fenced, says
from domain.payments.models import PaymentAttempt, PaymentOrder
from domain.payments.ports import (
    BeginMandate,
    ChannelError,
    ConfirmMandate,
    Debit,
    ErrorCode,
    ErrorKind,
    MandateRef,
    MandateResult,
    MandateState,
    PaymentChannel,
    PaymentResult,
)
from domain.payments.services.exchanges import About
from domain.shared.days import business_day


async def begin(channel: PaymentChannel, mandate_id: UUID, request: BeginMandate, *, limit: timedelta) -> MandateResult:
    return await _told(channel, "begin_mandate", mandate_id, lambda: channel.begin_mandate(request), limit)


async def confirm(
    channel: PaymentChannel, mandate_id: UUID, request: ConfirmMandate, *, limit: timedelta
) -> MandateResult:
    return await _told(channel, "confirm_mandate", mandate_id, lambda: channel.confirm_mandate(request), limit)


async def query(channel: PaymentChannel, mandate_id: UUID, ref: MandateRef, *, limit: timedelta) -> MandateResult:
    return await _told(channel, "query_mandate", mandate_id, lambda: channel.query_mandate(ref), limit)


async def revoke(channel: PaymentChannel, mandate_id: UUID, ref: MandateRef, *, limit: timedelta) -> MandateResult:
    return await _told(channel, "revoke_mandate", mandate_id, lambda: channel.revoke_mandate(ref), limit)


async def debit(
    channel: PaymentChannel, order: PaymentOrder, attempt: PaymentAttempt, *, token: str, limit: timedelta
) -> PaymentResult:
    """Take the money, under the attempt's number however often this is called."""
    request = debit_of(order, attempt, token=token)
    what = About("debit", attempt_id=attempt.id, mandate_id=order.mandate_id)
    return believable(await fenced(channel, what, lambda: channel.debit(request), limit))


def debit_of(order: PaymentOrder, attempt: PaymentAttempt, *, token: str) -> Debit:
    """The debit of an attempt, alone or in a batch."""
    return Debit(
        order_no=attempt.order_no,
        amount_fen=attempt.amount_fen,
        currency=attempt.currency,
        token=token,
        due_date=order.due_on or business_day(order.created_at),
        subject=order.subject,
        channel_state=attempt.channel_state or {},
        submitted_at=attempt.submitted_at,
    )


async def _told(
    channel: PaymentChannel,
    operation: str,
    mandate_id: UUID,
    call: Callable[[], Awaitable[object]],
    limit: timedelta,
) -> MandateResult:
    return _believable(await fenced(channel, About(operation, mandate_id=mandate_id), call, limit))


def _believable(answer: object) -> MandateResult:
    if isinstance(answer, MandateResult) and says(answer.state, MandateState, answer.error):
        return answer
    error = believable(answer).error if isinstance(answer, PaymentResult) else None
    malformed = ChannelError(ErrorKind.UNKNOWN, ErrorCode.MALFORMED_ANSWER, type(answer).__name__)
    return MandateResult(MandateState.UNKNOWN, error=error or malformed)
