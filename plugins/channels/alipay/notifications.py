"""Reads what Alipay posts to us: payments, refunds, agreements.

A partial refund comes as TRADE_SUCCESS once more, with `refund_fee`: it is a refund, never a second payment. The sum
in it is all that was refunded so far. A proven notice that names another app or merchant is not forged, it is not
ours: it comes out as UNKNOWN with FOREIGN_MERCHANT and moves nothing.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
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
from plugins.channels.alipay import signing
from plugins.channels.alipay.agreements import signed
from plugins.channels.alipay.certificates import PlatformKeys
from plugins.channels.alipay.config import AlipayConfig
from plugins.channels.alipay.states import currency, fen, instant, trade_state

_FOREIGN = ChannelError(ErrorKind.CONFLICT, ErrorCode.FOREIGN_MERCHANT, "the notice names another app or merchant")
_NO_SUM = ChannelError(ErrorKind.UNKNOWN, ErrorCode.MALFORMED_ANSWER, "the notice has no sum that can be read")
_NO_NUMBER = ChannelError(ErrorKind.UNKNOWN, ErrorCode.MALFORMED_ANSWER, "the notice does not number its agreement")
_AGREEMENTS = {"dut_user_sign", "dut_user_unsign"}
_REPEATING_HELPS = {NoticeOutcome.RETRY, NoticeOutcome.BAD_SIGNATURE}


def parse(request: RawRequest, config: AlipayConfig, platform: PlatformKeys) -> Notification:
    """The notification in a request. Raises SignatureError unless Alipay signed it. The query string counts nothing."""
    notice = _verified(request.body, platform)
    kind = notice.get("notify_type", "")
    if kind in _AGREEMENTS:
        return _agreement(notice, config)
    if kind != "trade_status_sync":
        return Notification(NotificationKind.OTHER, notice.get("notify_id", ""), raw=notice)
    if _is_refund(notice):
        return _refund(notice, config)
    return Notification(
        NotificationKind.PAYMENT,
        _event_id(notice),
        order_no=notice.get("out_trade_no"),
        result=_payment(notice, config),
        raw=notice,
    )


def answer(outcome: NoticeOutcome) -> HttpAnswer:
    """Exactly `success` ends the repeats; anything else asks for them, eight times in 25 hours."""
    body = b"fail" if outcome in _REPEATING_HELPS else b"success"
    return HttpAnswer(200, {"Content-Type": "text/plain; charset=utf-8"}, body)


def _verified(body: bytes, platform: PlatformKeys) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            body.decode("utf-8"), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=200
        )
    except ValueError as error:
        raise SignatureError("the notice is not a form in UTF-8") from error
    params = dict(pairs)
    if len(params) != len(pairs):
        raise SignatureError("the notice names a field twice")
    if params.get("sign_type", "RSA2") != "RSA2":
        raise SignatureError("the notice is not signed with RSA2")
    serial = params.get("alipay_cert_sn", "")
    if not platform.prove(params.get("sign", ""), signing.string_to_verify(params), serial):
        raise SignatureError("the notice is not signed by Alipay")
    return params


def _payment(notice: Mapping[str, str], config: AlipayConfig) -> PaymentResult:
    if not _is_ours(notice, config, "seller_id"):
        return PaymentResult(PaymentState.UNKNOWN, error=_FOREIGN)
    amount = fen(notice.get("total_amount"))
    if amount is None:
        return PaymentResult(PaymentState.UNKNOWN, error=_NO_SUM)
    return PaymentResult(
        trade_state(notice),
        amount_fen=amount,
        currency=currency(notice),
        provider_no=notice.get("trade_no"),
        payer_id_masked=notice.get("buyer_logon_id"),
        paid_at=instant(notice.get("gmt_payment")),
    )


def _is_refund(notice: Mapping[str, str]) -> bool:
    refunded = fen(notice.get("refund_fee"))
    return bool(refunded or notice.get("gmt_refund") or notice.get("out_biz_no"))


def _refund(notice: Mapping[str, str], config: AlipayConfig) -> Notification:
    if _is_ours(notice, config, "seller_id"):
        result = RefundResult(
            RefundState.SUCCEEDED,
            amount_fen=fen(notice.get("refund_fee")),
            currency=currency(notice),
            cumulative=True,
            provider_no=notice.get("trade_no"),
            refunded_at=instant(notice.get("gmt_refund")),
        )
    else:
        result = RefundResult(RefundState.UNKNOWN, error=_FOREIGN)
    return Notification(
        NotificationKind.REFUND,
        _event_id(notice),
        order_no=notice.get("out_trade_no"),
        refund_no=notice.get("out_biz_no"),
        result=result,
        raw=notice,
    )


def _agreement(notice: Mapping[str, str], config: AlipayConfig) -> Notification:
    agreement_no = notice.get("agreement_no", "")
    if not _is_ours(notice, config, "partner_id"):
        result = MandateResult(MandateState.UNKNOWN, error=_FOREIGN)
    else:
        result = replace(signed(notice), state=_agreement_state(notice))
    if result.state is MandateState.ACTIVE and not result.token:
        result = MandateResult(MandateState.UNKNOWN, error=_NO_NUMBER)
    return Notification(
        NotificationKind.MANDATE,
        f"{agreement_no}:{notice.get('notify_type')}:{notice.get('status')}",
        mandate_no=notice.get("external_agreement_no"),
        result=result,
        raw=notice,
    )


def _agreement_state(notice: Mapping[str, str]) -> MandateState:
    match notice.get("notify_type"), notice.get("status"):
        case "dut_user_sign", "NORMAL":
            return MandateState.ACTIVE
        case "dut_user_unsign", "UNSIGN":
            return MandateState.REVOKED
        case _:
            return MandateState.UNKNOWN


def _is_ours(notice: Mapping[str, str], config: AlipayConfig, merchant: str) -> bool:
    return (notice.get("app_id"), notice.get(merchant)) == (config.app_id, config.seller_id)


def _event_id(notice: Mapping[str, Any]) -> str:
    # notify_id differs between notices of one event that Alipay raised twice, so it identifies nothing.
    return ":".join(notice.get(part, "") for part in ("out_trade_no", "trade_status", "out_biz_no"))
