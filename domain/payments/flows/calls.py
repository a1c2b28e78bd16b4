"""Calls to a channel, fenced: whatever a plugin does, a result comes in time, and doubt is UNKNOWN."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import structlog

from domain.payments.models import PaymentAttempt, PaymentOrder
from domain.payments.ports import (
    ChannelError,
    CloseResult,
    CreatePayment,
    ErrorCode,
    ErrorKind,
    PaymentChannel,
    PaymentRef,
    PaymentResult,
    PaymentState,
    Product,
)
from domain.payments.services.exchanges import about

log = structlog.get_logger()

_SANE_FEN = 10**15


async def create(
    channel: PaymentChannel,
    order: PaymentOrder,
    attempt: PaymentAttempt,
    *,
    limit: timedelta,
    client_ip: str | None = None,
    payer_id: str | None = None,
) -> PaymentResult:
    """Let the borrower pay. The channel is told the runtime's own address for its notices."""
    request = CreatePayment(
        order_no=attempt.order_no,
        amount_fen=attempt.amount_fen,
        currency=attempt.currency,
        product=Product(attempt.product),
        subject=order.subject,
        expires_at=attempt.expires_at,
        client_ip=client_ip,
        payer_id=payer_id,
        return_url=order.return_url,
    )
    answer = await _fenced(channel, "create_payment", attempt.id, lambda: channel.create_payment(request), limit)
    return believable(answer)


async def query(channel: PaymentChannel, attempt: PaymentAttempt, *, limit: timedelta) -> PaymentResult:
    """Ask the channel what became of an attempt."""
    ref = _ref(attempt)
    return believable(await _fenced(channel, "query_payment", attempt.id, lambda: channel.query_payment(ref), limit))


async def close(channel: PaymentChannel, attempt: PaymentAttempt, *, limit: timedelta) -> CloseResult:
    """Ask the channel to make an order unpayable. UNKNOWN also where it cannot."""
    ref = _ref(attempt)
    answer = await _fenced(channel, "close_payment", attempt.id, lambda: channel.close_payment(ref), limit)
    return answer if isinstance(answer, CloseResult) else CloseResult.UNKNOWN


def believable(answer: object) -> PaymentResult:
    """A plugin's answer where it has the shape of one, UNKNOWN otherwise."""
    if not isinstance(answer, PaymentResult):
        return (
            answer if isinstance(answer, PaymentResult) else unknown(ErrorCode.MALFORMED_ANSWER, type(answer).__name__)
        )
    amount: object = answer.amount_fen
    if amount is not None and (type(amount) is not int or abs(amount) > _SANE_FEN):
        return unknown(ErrorCode.MALFORMED_ANSWER, "the amount is not a sum in fen")
    return answer


def unknown(code: ErrorCode, message: str) -> PaymentResult:
    return PaymentResult(PaymentState.UNKNOWN, error=ChannelError(ErrorKind.UNKNOWN, code, message))


async def _fenced(
    channel: PaymentChannel,
    operation: str,
    attempt_id: UUID,
    call: Callable[[], Awaitable[object]],
    limit: timedelta,
) -> object:
    try:
        async with asyncio.timeout(limit.total_seconds()):
            with about(attempt_id, operation):
                return await call()
    except TimeoutError:
        return unknown(ErrorCode.TIMEOUT, f"no answer within {limit.total_seconds():g} s")
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything, and the request may have left
        # The type only: what a plugin says in an exception may hold personal data.
        log.warning(
            "payments.call_failed",
            channel=channel.code,
            operation=operation,
            attempt_id=str(attempt_id),
            error=type(error).__name__,
        )
        return unknown(ErrorCode.SYSTEM_ERROR, type(error).__name__)


def _ref(attempt: PaymentAttempt) -> PaymentRef:
    return PaymentRef(
        order_no=attempt.order_no,
        submitted_at=attempt.submitted_at,
        provider_no=attempt.provider_no,
        channel_state=attempt.channel_state or {},
    )
