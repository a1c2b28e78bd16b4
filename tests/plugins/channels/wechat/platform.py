"""WeChat's side for tests: its throw-away key signs answers and notices, and the channel stands before it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from plugins.channels.wechat.plugin import payment_channels
from plugins.channels.wechat.signing import SCHEME, lines, sealed
from plugins.keys import private_key, public_key
from plugins.rsa256 import holds, sign
from plugins.testing import runtime
from suidai.contract import (
    CreatePayment,
    PaymentChannel,
    PaymentRef,
    Product,
    RawRequest,
    Refund,
    RefundRef,
)

FOLDER = Path(__file__).parents[3] / "vectors" / "channels"
VECTORS = json.loads((FOLDER / "wechat.json").read_text())
KEYS = json.loads((FOLDER / "keys.json").read_text())
NOTICES = VECTORS["notifications"]
NOW = datetime.fromtimestamp(NOTICES["now_for_fresh_cases"], UTC)
APPID, MCHID = "wxd678efh567hg6787", VECTORS["mchid"]
APIV3_KEY = "aaaaaaaaB1c2D3e4F5g6H7i8J9k0LmNo"
PUBLIC_KEY_ID, CERTIFICATE_SERIAL = NOTICES["public_key_id"], NOTICES["certificate_serial"]
CONFIG: dict[str, Any] = {
    "appid": APPID,
    "mchid": MCHID,
    "merchant_serial": VECTORS["serial_no"],
    "merchant_private_key": KEYS["wx_merchant.pkcs8.pem"],
    "apiv3_key": APIV3_KEY,
    "wechatpay_public_key_id": PUBLIC_KEY_ID,
    "wechatpay_public_key": KEYS["wx_platform.pub.pem"],
}
CERTIFICATE_ONLY: dict[str, Any] = {
    "wechatpay_public_key_id": "",
    "wechatpay_public_key": "",
    "platform_certificates": {CERTIFICATE_SERIAL: KEYS["wx_platform.cert.pem"]},
}
PLATFORM_KEY = private_key(KEYS["wx_platform.pkcs8.pem"], "platform")

Answer = Callable[[httpx.Request], httpx.Response]
NO = "RP202611210001"
REF = PaymentRef(NO, NOW)
PAID: dict[str, Any] = json.loads(NOTICES["cases"][0]["plaintext"])
REFUND = Refund("RF202611210001", REF, 2450, 102450, "多收")
REFUND_REF = RefundRef("RF202611210001", REF)
MERCHANT_PUBLIC = public_key(KEYS["wx_merchant.pub.pem"], "merchant")
ABSENT = {"code": "ORDER_NOT_EXIST", "message": "订单不存在"}


def channel(handle: Answer | None = None, *, now: datetime = NOW, audit: Any = None, **config: Any) -> PaymentChannel:
    """The channel before a gateway; without one every call fails the test."""
    (spec,) = payment_channels()
    transport = httpx.MockTransport(handle) if handle else None
    given = runtime(now=now, transport=transport, audit=audit, code="wechat", masked_fields=spec.masked_fields)
    return spec.factory(spec.config_model(**{**CONFIG, **config}), given)


def proof(body: bytes, *, at: datetime = NOW, serial: str = PUBLIC_KEY_ID, key: Any = PLATFORM_KEY) -> dict[str, str]:
    """The headers with which WeChat proves a body."""
    timestamp, nonce = str(int(at.timestamp())), "d824f2e086d3c1df967785d13fcd22ef"
    return {
        "Wechatpay-Timestamp": timestamp,
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Signature": sign(lines(timestamp, nonce, body), key),
        "Wechatpay-Serial": serial,
        "Wechatpay-Signature-Type": SCHEME,
    }


def answer(fields: Any, status: int = 200, **proven: Any) -> httpx.Response:
    """An answer as WeChat signs it; without fields it has no content."""
    body = json.dumps(fields, ensure_ascii=False).encode() if fields is not None else b""
    return httpx.Response(status, headers=proof(body, **proven), content=body)


def answering(*answers: httpx.Response) -> Answer:
    """A gateway that gives these answers, one a call, the last one ever after."""
    left = list(answers)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


def envelope(event: str, resource: Any, *, key: str = APIV3_KEY, associated_data: str = "transaction") -> bytes:
    """The body of a notice, its resource encrypted."""
    plaintext = json.dumps(resource, ensure_ascii=False).encode()
    ciphertext = sealed(plaintext, key=key.encode(), nonce="fdasflkja484", associated_data=associated_data)
    return json.dumps(
        {
            "id": "EV-2018022511223320873",
            "event_type": event,
            "resource": {
                "algorithm": "AEAD_AES_256_GCM",
                "ciphertext": ciphertext,
                "associated_data": associated_data,
                "nonce": "fdasflkja484",
            },
        }
    ).encode()


def posted(body: bytes, headers: dict[str, str] | None = None, *, at: datetime = NOW) -> RawRequest:
    """The body as it reaches us; proven unless other headers are given."""
    given: Any = proof(body) if headers is None else headers
    return RawRequest("POST", "/notify/payments/wechat", "", given, body, at)


def order(product: Product = Product.QR, **changes: Any) -> CreatePayment:
    asked = {
        "order_no": NO,
        "amount_fen": 102450,
        "currency": "CNY",
        "product": product,
        "subject": "小额贷款还款-第3期",
        "expires_at": NOW + timedelta(minutes=30),
        "client_ip": "203.0.113.7",
        "payer_id": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
        "notify_url": "https://loan.example.com/notify/wechat",
    }
    return CreatePayment(**{**asked, **changes})


class Seen:
    """A gateway that keeps what it is asked."""

    def __init__(self, told: httpx.Response) -> None:
        self.told = told
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.told

    @property
    def fields(self) -> dict[str, Any]:
        return json.loads(self.requests[-1].content)


def is_signed(request: httpx.Request) -> bool:
    """Whether the merchant's key signed exactly what was sent."""
    scheme, _, written = request.headers["Authorization"].partition(" ")
    parts = dict(part.split("=", 1) for part in written.split(","))
    said = {name: value.strip('"') for name, value in parts.items()}
    assert (scheme, said["mchid"], said["serial_no"]) == (
        "WECHATPAY2-SHA256-RSA2048",
        MCHID,
        CONFIG["merchant_serial"],
    )
    assert said["timestamp"] == str(int(NOW.timestamp()))
    target = request.url.raw_path
    message = lines(request.method, target, said["timestamp"], said["nonce_str"], request.content)
    return holds(said["signature"], message, MERCHANT_PUBLIC)
