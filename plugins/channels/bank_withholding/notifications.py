"""Reads what UnionPay posts to us: withholdings and refunds that ended, well or not.

The answer that only *accepts* a withholding says 00 too, and so does the answer to a query of one that failed. Both are
signed as well: posted to us they must not look like a payment. A notice of money that moved tells how it is settled;
one that does not is a reason to ask, no more.
"""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from domain.payments.ports import (
    ChannelError,
    ErrorCode,
    ErrorKind,
    HttpAnswer,
    MandateResult,
    MandateState,
    NoticeOutcome,
    Notification,
    NotificationKind,
    PaymentResult,
    PaymentState,
    RawRequest,
    RefundResult,
    RefundState,
    SignatureError,
)
from plugins.channels.bank_withholding import codes
from plugins.channels.bank_withholding.certificates import Chain, Unproven

_FOREIGN = ChannelError(ErrorKind.CONFLICT, ErrorCode.FOREIGN_MERCHANT, "the notice names another merchant")
_NO_SUM = ChannelError(ErrorKind.UNKNOWN, ErrorCode.MALFORMED_ANSWER, "the notice has no sum that can be read")
_OF_ANOTHER = "origRespCode"
"""How the trade ended that a query asked about; what is posted to us speaks of itself."""
_SETTLED_BY = ("settleAmt", "settleDate", "traceNo")
_STATUS = {NoticeOutcome.RETRY: 503, NoticeOutcome.BAD_SIGNATURE: 400}

Fields = Mapping[str, str]


def parse(request: RawRequest, mer_id: str, chain: Chain) -> Notification:
    """The notification in a request. Raises SignatureError unless UnionPay signed it. The query string counts nothing."""
    notice = _verified(request, chain)
    event_id = ":".join(notice.get(part, "") for part in ("orderId", "txnTime", "txnType", "respCode"))
    payment = _payment(notice, mer_id)
    match notice.get("txnType"):
        case "11":
            return Notification(
                NotificationKind.PAYMENT, event_id, order_no=notice.get("orderId"), result=payment, raw=notice
            )
        case "04":
            return Notification(
                NotificationKind.REFUND,
                event_id,
                refund_no=notice.get("orderId"),
                result=refund_of(payment),
                raw=notice,
            )
        case "72" | "74":
            return Notification(
                NotificationKind.MANDATE,
                event_id,
                mandate_no=notice.get("bindId"),
                result=_mandate(notice, mer_id),
                raw=notice,
            )
        case _:
            return Notification(NotificationKind.OTHER, event_id, raw=notice)


def answer(outcome: NoticeOutcome) -> HttpAnswer:
    """The status 200 ends the repeats, whatever the body."""
    status = _STATUS.get(outcome, 200)
    body = b"ok" if status == 200 else b"fail"
    return HttpAnswer(status, {"Content-Type": "text/plain; charset=utf-8"}, body)


def refund_of(payment: PaymentResult) -> RefundResult:
    """What is said of a trade, where that trade is a refund: amount and time are the refund's own."""
    return RefundResult(
        RefundState(payment.state.value),
        amount_fen=payment.amount_fen,
        currency=payment.currency,
        provider_no=payment.provider_no,
        refunded_at=payment.paid_at,
        error=payment.error,
        channel_state=payment.channel_state,
        retry_after=payment.retry_after,
    )


def _verified(request: RawRequest, chain: Chain) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            request.body.decode("utf-8"), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=200
        )
    except ValueError as error:
        raise SignatureError("the notice is not a form in UTF-8") from error
    notice = dict(pairs)
    if len(notice) != len(pairs):
        raise SignatureError("the notice names a field twice")
    try:
        # As of when it came, however late it is read.
        chain.prove(notice, request.received_at)
    except Unproven as why:
        raise SignatureError(str(why)) from why
    return notice


def _payment(notice: Fields, mer_id: str) -> PaymentResult:
    if notice.get("merId") != mer_id:
        return PaymentResult(PaymentState.UNKNOWN, error=_FOREIGN)
    code = notice.get("respCode", "")
    if code != codes.OK:
        error = codes.error_of(code, notice.get("respMsg", ""))
        return PaymentResult(codes.state_after(error), provider_no=notice.get("queryId"), error=error)
    if notice.get(_OF_ANOTHER, codes.OK) != codes.OK or not any(notice.get(name) for name in _SETTLED_BY):
        return PaymentResult(PaymentState.PROCESSING, provider_no=notice.get("queryId"))
    amount = codes.moved(notice)
    if amount is None:
        return PaymentResult(PaymentState.UNKNOWN, error=_NO_SUM)
    return PaymentResult(
        PaymentState.SUCCEEDED,
        amount_fen=amount,
        currency=codes.currency(notice),
        provider_no=notice.get("queryId"),
        payer_id_masked=codes.masked(notice.get("accNo")),
        paid_at=codes.paid_at(notice),
    )


def _mandate(notice: Fields, mer_id: str) -> MandateResult:
    if notice.get("merId") != mer_id:
        return MandateResult(MandateState.UNKNOWN, error=_FOREIGN)
    code = notice.get("respCode", "")
    if code != codes.OK:
        return MandateResult(MandateState.UNKNOWN, error=codes.error_of(code, notice.get("respMsg", "")))
    if notice.get("txnType") == "74":
        return MandateResult(MandateState.REVOKED)
    return MandateResult(MandateState.ACTIVE, token=notice.get("bindId"))
