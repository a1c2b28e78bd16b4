"""Notices of payments as the three channels post them, signed with throw-away keys, and the channels that take them."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from domain.payments.ports import Headers, PaymentChannel, RawRequest
from domain.shared.days import SHANGHAI
from plugins.channels.alipay.plugin import payment_channels as alipay_channels
from plugins.channels.alipay.signing import string_to_verify
from plugins.channels.bank_withholding.plugin import payment_channels as unionpay_channels
from plugins.channels.wechat.plugin import payment_channels as wechat_channels
from plugins.channels.wechat.proofs import NONCE, SERIAL, SIGNATURE, TIMESTAMP
from plugins.channels.wechat.signing import lines, new_nonce
from plugins.keys import private_key, public_key
from plugins.rsa256 import sign
from plugins.sandbox.alipay import trades as alipay_trades
from plugins.sandbox.alipay.keys import AlipayKeys
from plugins.sandbox.alipay.notices import notice as alipay_notice
from plugins.sandbox.unionpay.keys import UnionPayKeys
from plugins.sandbox.unionpay.notices import notice as unionpay_notice
from plugins.sandbox.unionpay.trades import WITHHOLDING
from plugins.sandbox.unionpay.trades import Trade as UnionPayTrade
from plugins.sandbox.unionpay.wire import Wire
from plugins.sandbox.wechat import trades as wechat_trades
from plugins.sandbox.wechat.keys import WechatKeys
from plugins.sandbox.wechat.notices import paid
from plugins.sandbox.wechat.words import transaction
from plugins.spec import ChannelSpec
from plugins.testing import runtime
from suidai.runtime.channel_keys import MAKERS
from suidai.runtime.unionpay_keys import unionpay_keys

AT = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
AMOUNT_FEN = 1000_00
_FORM = "application/x-www-form-urlencoded; charset=utf-8"

Settings = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Party:
    """A channel, and how its provider tells that an order of AMOUNT_FEN was paid."""

    channel: PaymentChannel
    tells: Callable[[str], RawRequest]


@dataclass(frozen=True, slots=True)
class Signed:
    """What is left of a notice when everything is taken away but its proof and its bytes."""

    message: bytes
    signature: bytes
    key: RSAPublicKey
    body: bytes


def parties() -> dict[str, Party]:
    """The built-in channels, set up with keys of their own."""
    return {"alipay": _alipay()[0], "wechat": _wechat(), "bank_withholding": _unionpay()}


def bare() -> Signed:
    """A notice of Alipay's, its fields already read and written down as they were signed."""
    party, keys = _alipay()
    body = party.tells("PO20260601000001").body
    fields = dict(parse_qsl(body.decode(), keep_blank_values=True))
    key = public_key(keys["alipay_public_key"], "alipay_public_key")
    return Signed(string_to_verify(fields).encode(), base64.b64decode(fields["sign"]), key, body)


def forged(raw: RawRequest) -> RawRequest:
    """The same with a field more than was signed."""
    return RawRequest(raw.method, raw.path, raw.query, raw.headers, raw.body + b"&memo=1", raw.received_at)


def _alipay() -> tuple[Party, Settings]:
    made = MAKERS["alipay"]()
    keys = AlipayKeys(**made["sandbox"])
    key = private_key(keys.platform_private_key.reveal(), "platform_private_key")

    def tells(order_no: str) -> RawRequest:
        trade = alipay_trades.Trade(
            out_trade_no=order_no,
            total_fen=AMOUNT_FEN,
            subject="Repayment",
            product_code="FAST_INSTANT_TRADE_PAY",
            notify_url="",
            return_url="",
            passback_params="",
            expires_at=(AT + timedelta(hours=2)).isoformat(),
            token="",
        )
        trade.open(AT)
        trade.pay(AT)
        return _posted("alipay", {"content-type": _FORM}, alipay_notice(trade, keys, key, AT))

    return Party(_made(alipay_channels()[0], made["channel"]), tells), made["channel"]


def _wechat() -> Party:
    made = MAKERS["wechat"]()
    keys = WechatKeys(**made["sandbox"])
    key = private_key(keys.wechatpay_private_key.reveal(), "wechatpay_private_key")

    def tells(order_no: str) -> RawRequest:
        trade = wechat_trades.ordered("native", {"out_trade_no": order_no}, AMOUNT_FEN, AT)
        trade.pay(AT)
        body = paid(transaction(trade, keys), keys, AT)
        timestamp, nonce = str(int(AT.timestamp())), new_nonce()
        proof = {
            TIMESTAMP: timestamp,
            NONCE: nonce,
            SIGNATURE: sign(lines(timestamp, nonce, body), key),
            SERIAL: keys.wechatpay_public_key_id,
        }
        return _posted("wechat", {"content-type": "application/json"} | proof, body)

    return Party(_made(wechat_channels()[0], made["channel"]), tells)


def _unionpay() -> Party:
    made = unionpay_keys(AT)
    wire = Wire(UnionPayKeys(**made["sandbox"]))

    def tells(order_no: str) -> RawRequest:
        written = AT.astimezone(SHANGHAI).strftime("%Y%m%d%H%M%S")
        trade = UnionPayTrade(
            order_id=order_no,
            txn_time=written,
            txn_type=WITHHOLDING,
            sub_type="00",
            at=AT.isoformat(),
            trace_no=1,
            query_id=f"{written}0000001",
            amount_fen=AMOUNT_FEN,
            account="6216***0018",
        )
        return _posted("bank_withholding", {"content-type": _FORM}, unionpay_notice(wire, trade))

    return Party(_made(unionpay_channels()[0], made["channel"]), tells)


def _made(spec: ChannelSpec, settings: Settings) -> PaymentChannel:
    return spec.factory(spec.config_model(**settings), runtime(now=AT, code=spec.code))


def _posted(code: str, headers: dict[str, str], body: bytes) -> RawRequest:
    return RawRequest("POST", f"/notify/payments/{code}", "", Headers(headers.items()), body, AT)
