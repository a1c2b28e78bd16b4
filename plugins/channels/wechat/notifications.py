"""Reads what WeChat posts to us: payments and refunds, encrypted, under a signature.

A proven notice that names another app or merchant is not forged, it is not ours: it comes out as UNKNOWN with
FOREIGN_MERCHANT and moves nothing.
"""

import json

from domain.payments.ports import (
    ChannelError,
    ErrorCode,
    ErrorKind,
    HttpAnswer,
    NoticeOutcome,
    Notification,
    NotificationKind,
    PaymentResult,
    PaymentState,
    RawRequest,
    RefundResult,
    RefundState,
)
from plugins.channels.wechat import states
from plugins.channels.wechat.config import WechatConfig
from plugins.channels.wechat.gateway import Malformed, json_object
from plugins.channels.wechat.proofs import NONCE, Keys, is_probe, proven
from plugins.channels.wechat.signing import CIPHER, opened
from plugins.channels.wechat.states import Fields, part, text

_FOREIGN = ChannelError(ErrorKind.CONFLICT, ErrorCode.FOREIGN_MERCHANT, "the notice names another app or merchant")
_FAILURES = {
    NoticeOutcome.RETRY: (500, "请稍后重试"),
    NoticeOutcome.BAD_SIGNATURE: (401, "验签失败"),
}


def parse(request: RawRequest, config: WechatConfig, keys: Keys) -> Notification:
    """The notification in a request.

    Raises SignatureError unless WeChat signed it, Malformed when it did and it cannot be read all the same, NotOpened
    when our APIv3 key does not open it: WeChat then repeats it, which helps once the key is put right.
    """
    if is_probe(request.headers):
        return Notification(NotificationKind.PROBE, f"probe:{request.headers.get(NONCE, '')}")
    proven(request.headers, request.body, keys, request.received_at)
    envelope = json_object(request.body)
    event = str(envelope.get("event_type", ""))
    match event.partition(".")[0]:
        case "TRANSACTION":
            return _payment(event, _resource(envelope, config), config)
        case "REFUND":
            return _refund(event, _resource(envelope, config), config)
        case _:
            return Notification(NotificationKind.OTHER, str(envelope.get("id", "")), raw=envelope)


def answer(outcome: NoticeOutcome) -> HttpAnswer:
    """204 ends the repeats; anything but 200 and 204 asks for them, fifteen times in a day."""
    if outcome not in _FAILURES:
        return HttpAnswer(204)
    status, message = _FAILURES[outcome]
    body = json.dumps({"code": "FAIL", "message": message}, ensure_ascii=False).encode()
    return HttpAnswer(status, {"Content-Type": "application/json"}, body)


def _resource(envelope: Fields, config: WechatConfig) -> Fields:
    resource = part(envelope, "resource")
    if resource.get("algorithm") != CIPHER:
        raise Malformed(f"the notice is not encrypted with {CIPHER}")
    return json_object(
        opened(
            str(resource.get("ciphertext", "")),
            key=config.apiv3_key.reveal().encode(),
            nonce=str(resource.get("nonce", "")),
            associated_data=str(resource.get("associated_data") or ""),
        )
    )


def _payment(event: str, order: Fields, config: WechatConfig) -> Notification:
    ours = (order.get("appid"), order.get("mchid")) == (config.appid, config.mchid)
    result = states.payment(order) if ours else PaymentResult(PaymentState.UNKNOWN, error=_FOREIGN)
    order_no = text(order.get("out_trade_no"))
    # `id` differs between notices of one event that WeChat raised twice, so it identifies nothing.
    event_id = f"{order_no}:{event}:{order.get('trade_state')}:{result.amount_fen}"
    return Notification(NotificationKind.PAYMENT, event_id, order_no=order_no, result=result, raw=order)


def _refund(event: str, refund: Fields, config: WechatConfig) -> Notification:
    # A refund's notice names no app.
    ours = (refund.get("appid", config.appid), refund.get("mchid")) == (config.appid, config.mchid)
    status = text(refund.get("refund_status")) or ""
    result = states.refund(refund, status) if ours else RefundResult(RefundState.UNKNOWN, error=_FOREIGN)
    refund_no = text(refund.get("out_refund_no"))
    return Notification(
        NotificationKind.REFUND,
        f"{refund_no}:{event}:{status}:{result.amount_fen}",
        order_no=text(refund.get("out_trade_no")),
        refund_no=refund_no,
        result=result,
        raw=refund,
    )
