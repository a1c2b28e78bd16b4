"""Calls to a channel about a mandate, and the debit under it: fenced as all calls are."""

from datetime import timedelta

from domain.payments.flows.calls import believable, fenced
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


async def begin(channel: PaymentChannel, request: BeginMandate, *, limit: timedelta) -> MandateResult:
    return _believable(await fenced(channel, "begin_mandate", None, lambda: channel.begin_mandate(request), limit))


async def confirm(channel: PaymentChannel, request: ConfirmMandate, *, limit: timedelta) -> MandateResult:
    return _believable(await fenced(channel, "confirm_mandate", None, lambda: channel.confirm_mandate(request), limit))


async def query(channel: PaymentChannel, ref: MandateRef, *, limit: timedelta) -> MandateResult:
    return _believable(await fenced(channel, "query_mandate", None, lambda: channel.query_mandate(ref), limit))


async def revoke(channel: PaymentChannel, ref: MandateRef, *, limit: timedelta) -> MandateResult:
    return _believable(await fenced(channel, "revoke_mandate", None, lambda: channel.revoke_mandate(ref), limit))


async def debit(
    channel: PaymentChannel, order: PaymentOrder, attempt: PaymentAttempt, *, token: str, limit: timedelta
) -> PaymentResult:
    """Take the money, under the attempt's number however often this is called."""
    request = Debit(
        order_no=attempt.order_no,
        amount_fen=attempt.amount_fen,
        currency=attempt.currency,
        token=token,
        due_date=order.due_on or order.created_at.date(),
        subject=order.subject,
        channel_state=attempt.channel_state or {},
        submitted_at=attempt.submitted_at,
    )
    return believable(await fenced(channel, "debit", attempt.id, lambda: channel.debit(request), limit))


def _believable(answer: object) -> MandateResult:
    if isinstance(answer, MandateResult):
        return answer
    error = answer.error if isinstance(answer, PaymentResult) else None
    malformed = ChannelError(ErrorKind.UNKNOWN, ErrorCode.MALFORMED_ANSWER, type(answer).__name__)
    return MandateResult(MandateState.UNKNOWN, error=error or malformed)
