"""Calls to a channel, fenced: whatever a plugin does, a result comes in time, and doubt is UNKNOWN."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import timedelta

import structlog

from domain.payments.models import PaymentAttempt, PaymentOrder, Refund
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
    RefundRef,
    RefundResult,
    RefundState,
)
from domain.payments.ports import Refund as RefundRequest
from domain.payments.services import exchanges
from domain.payments.services.exchanges import About, Call, about
from domain.shared.money import is_fen

log = structlog.get_logger()

_REFUND_REASON = "退款"
"""What the payer reads beside his money; why it goes back is our own business."""


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment as its channel knows it, and how much it brought: what a refund is of."""

    ref: PaymentRef
    total_fen: int


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
    answer = await fenced(channel, About("create_payment", attempt.id), lambda: channel.create_payment(request), limit)
    return believable(answer)


async def query(channel: PaymentChannel, attempt: PaymentAttempt, *, limit: timedelta) -> PaymentResult:
    """Ask the channel what became of an attempt."""
    ref = ref_of(attempt)
    return believable(
        await fenced(channel, About("query_payment", attempt.id), lambda: channel.query_payment(ref), limit)
    )


async def close(channel: PaymentChannel, attempt: PaymentAttempt, *, limit: timedelta) -> CloseResult:
    """Ask the channel to make an order unpayable. UNKNOWN also where it cannot."""
    ref = ref_of(attempt)
    answer = await fenced(channel, About("close_payment", attempt.id), lambda: channel.close_payment(ref), limit)
    return answer if isinstance(answer, CloseResult) else CloseResult.UNKNOWN


async def refund(channel: PaymentChannel, row: Refund, of: Paid, *, limit: timedelta) -> RefundResult:
    """Give money back, under the refund's own number and with its own sums however often this is called."""
    request = RefundRequest(
        refund_no=row.refund_no,
        payment=of.ref,
        amount_fen=row.amount_fen,
        total_fen=of.total_fen,
        reason=_REFUND_REASON,
        submitted_at=row.submitted_at,
    )
    answer = await fenced(channel, _of_refund("refund", row), lambda: channel.refund(request), limit)
    return _believable_refund(answer)


async def query_refund(channel: PaymentChannel, row: Refund, of: Paid, *, limit: timedelta) -> RefundResult:
    """Ask the channel what became of a refund."""
    ref = RefundRef(
        refund_no=row.refund_no,
        payment=of.ref,
        submitted_at=row.submitted_at,
        channel_state=row.channel_state or {},
    )
    answer = await fenced(channel, _of_refund("query_refund", row), lambda: channel.query_refund(ref), limit)
    return _believable_refund(answer)


def believable(answer: object) -> PaymentResult:
    """A plugin's answer where it has the shape of one, UNKNOWN otherwise."""
    if not isinstance(answer, PaymentResult):
        return unknown(ErrorCode.MALFORMED_ANSWER, type(answer).__name__)
    if not says(answer.state, PaymentState, answer.error):
        return unknown(ErrorCode.MALFORMED_ANSWER, "the state is none, or the error")
    if not _is_sane(answer.amount_fen):
        return unknown(ErrorCode.MALFORMED_ANSWER, "the amount is not a sum in fen")
    return answer


def says(state: object, states: type, error: object) -> bool:
    """Whether a plugin's state is one of these, not a text that looks like it, and its error one, where it has any."""
    if not isinstance(error, ChannelError | None) or not isinstance(state, states):
        return False
    said: list[tuple[object, type]] = [(error.kind, ErrorKind), (error.code, ErrorCode)] if error else []
    return all(isinstance(word, kind) for word, kind in said)


def _believable_refund(answer: object) -> RefundResult:
    if (
        isinstance(answer, RefundResult)
        and says(answer.state, RefundState, answer.error)
        and _is_sane(answer.amount_fen)
    ):
        return answer
    error = believable(answer).error if isinstance(answer, PaymentResult) else None
    malformed = ChannelError(ErrorKind.UNKNOWN, ErrorCode.MALFORMED_ANSWER, type(answer).__name__)
    return RefundResult(RefundState.UNKNOWN, error=error or malformed)


def _is_sane(amount_fen: object) -> bool:
    return amount_fen is None or is_fen(amount_fen)


def unknown(code: ErrorCode, message: str) -> PaymentResult:
    return PaymentResult(PaymentState.UNKNOWN, error=ChannelError(ErrorKind.UNKNOWN, code, message))


async def fenced(
    channel: PaymentChannel, what: About, call: Callable[[], Awaitable[object]], limit: timedelta
) -> object:
    """What a plugin answers, whatever that is; a PaymentResult that is UNKNOWN where it is late or breaks."""
    with about(what) as audit:
        answer = await _answer(channel, what, call, limit)
    await _judge(audit, answer)
    return answer


async def _judge(audit: Call, answer: object) -> None:
    try:
        await exchanges.judge(audit, answer)
    except Exception:
        # The exchange itself is kept; whatever the audit's trouble is, the answer must reach the core.
        log.exception("payments.exchange_not_judged")


async def _answer(
    channel: PaymentChannel, what: About, call: Callable[[], Awaitable[object]], limit: timedelta
) -> object:
    try:
        async with asyncio.timeout(limit.total_seconds()):
            return await call()
    except TimeoutError:
        return unknown(ErrorCode.TIMEOUT, f"no answer within {limit.total_seconds():g} s")
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything, and the request may have left
        # The type only: what a plugin says in an exception may hold personal data.
        log.warning(
            "payments.call_failed",
            channel=channel.code,
            error=type(error).__name__,
            **{name: str(value) for name, value in asdict(what).items() if value},
        )
        return unknown(ErrorCode.SYSTEM_ERROR, type(error).__name__)


def _of_refund(operation: str, row: Refund) -> About:
    return About(operation, attempt_id=row.attempt_id, refund_id=row.id)


def ref_of(attempt: PaymentAttempt) -> PaymentRef:
    """The payment as the channel knows it."""
    return PaymentRef(
        order_no=attempt.order_no,
        submitted_at=attempt.submitted_at,
        provider_no=attempt.provider_no,
        channel_state=attempt.channel_state or {},
        batch_no=attempt.batch_no,
        batch_position=attempt.batch_position,
    )
