"""What each product's order is sent as and what its payer is handed, checked by a stranger's own reading of the wire."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from suidai.contract import (
    AppOrderString,
    CreatePayment,
    Debit,
    DebitBatch,
    JsapiParams,
    NotOffered,
    PaymentRef,
    PaymentResult,
    QrCode,
    RedirectUrl,
    Refund,
)
from tests.plugins.channels.outside import test_alipay as alipay
from tests.plugins.channels.outside import test_unionpay as unionpay
from tests.plugins.channels.outside import test_wechat as wechat
from tests.plugins.channels.outside.door import CLOCK, base64, key, made, signature

UNTIL = CLOCK + timedelta(minutes=30)
BACK, NOTIFY = "https://loan.example.com/return?a=1&b=2", "https://loan.example.com/notify/x"


def order(product: Any, **more: Any) -> CreatePayment:
    return CreatePayment(
        "RP202611210001", 102450, "CNY", product, "还款-第3期", UNTIL, return_url=BACK, notify_url=NOTIFY, **more
    )


def params_of(result: PaymentResult) -> dict[str, str]:
    """What an order that is signed here says, with its signature found good."""
    assert isinstance(result.action, RedirectUrl | AppOrderString)
    text = urlsplit(result.action.url).query if isinstance(result.action, RedirectUrl) else result.action.order_string
    params = dict(parse_qsl(text, strict_parsing=True))
    lines = "&".join(f"{name}={params[name]}" for name in sorted(params) if name != "sign")
    assert params["sign"] == signature(lines, key("alipay_app.pkcs8.pem"))
    return params


@pytest.mark.parametrize(
    ("product", "method", "code", "back"),
    [
        ("page", "alipay.trade.page.pay", "FAST_INSTANT_TRADE_PAY", BACK),
        ("wap", "alipay.trade.wap.pay", "QUICK_WAP_WAY", BACK),
        ("app", "alipay.trade.app.pay", "QUICK_MSECURITY_PAY", None),
    ],
)
async def test_alipays_orders_are_signed_here_and_end_by_themselves(
    product: str, method: str, code: str, back: str | None
) -> None:
    result = await made("alipay", alipay.CONFIG).create_payment(
        order(product, metadata={"loan": "L001", "note": "第3期"})
    )

    params = params_of(result)
    biz = json.loads(params["biz_content"])
    assert result.state == "ACTION_REQUIRED"
    assert (params["method"], params.get("return_url"), params["notify_url"]) == (method, back, NOTIFY)
    assert (biz["product_code"], biz["total_amount"], biz["time_expire"]) == (code, "1024.50", "2026-11-21 10:45:30")
    assert biz["passback_params"] == quote(f"loan=L001&note={quote('第3期')}", safe="")
    assert params["timestamp"] == "2026-11-21 10:15:30"


async def test_alipays_code_is_asked_for_with_a_signed_form() -> None:
    seen: list[httpx.Request] = []
    raw = alipay.answer(
        "alipay.trade.precreate", {"code": "10000", "out_trade_no": "RP202611210001", "qr_code": "https://qr"}
    )

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, content=raw.encode())

    result = await made("alipay", alipay.CONFIG, handle).create_payment(order("qr"))

    params = dict(parse_qsl(seen[0].content.decode(), strict_parsing=True))
    lines = "&".join(f"{name}={params[name]}" for name in sorted(params) if name != "sign")
    assert result.action == QrCode("https://qr")
    assert (seen[0].method, params["method"]) == ("POST", "alipay.trade.precreate")
    assert params["sign"] == signature(lines, key("alipay_app.pkcs8.pem"))


async def ordered(
    product: str, answer: dict[str, str], **more: Any
) -> tuple[PaymentResult, httpx.Request, dict[str, Any]]:
    seen: list[httpx.Request] = []
    body = json.dumps(answer)

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, headers=wechat.proof(body), content=body.encode())

    result = await made("wechat", wechat.CONFIG, handle, now=wechat.NOW).create_payment(order(product, **more))
    return result, seen[0], json.loads(seen[0].content)


PREPAID = {"prepay_id": "wx21101530abcdef0123456789abcdef0000"}


@pytest.mark.parametrize(
    ("product", "way", "answer", "more", "asked"),
    [
        ("qr", "native", {"code_url": "weixin://wxpay/bizpayurl?pr=1"}, {}, {}),
        ("jsapi", "jsapi", PREPAID, {"payer_id": "oUpF8uMuAJO"}, {"payer": {"openid": "oUpF8uMuAJO"}}),
        ("app", "app", PREPAID, {}, {}),
        (
            "h5",
            "h5",
            {"h5_url": "https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx1"},
            {"client_ip": "203.0.113.7"},
            {"scene_info": {"payer_client_ip": "203.0.113.7", "h5_info": {"type": "Wap"}}},
        ),
    ],
)
async def test_wechats_orders_say_what_each_way_wants(
    product: str, way: str, answer: dict[str, str], more: dict[str, str], asked: dict[str, Any]
) -> None:
    result, request, fields = await ordered(product, answer, **more)

    assert result.state == "ACTION_REQUIRED"
    assert (request.method, request.url.path) == ("POST", f"/v3/pay/transactions/{way}")
    assert fields == {
        "appid": wechat.CONFIG["appid"],
        "mchid": wechat.CONFIG["mchid"],
        "description": "还款-第3期",
        "out_trade_no": "RP202611210001",
        "time_expire": "2026-11-21T10:45:30+08:00",
        "notify_url": NOTIFY,
        "amount": {"total": 102450, "currency": "CNY"},
        **asked,
    }


async def test_wechats_h5_page_knows_where_to_send_the_payer_back() -> None:
    h5_url = "https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx1"

    result, *_ = await ordered("h5", {"h5_url": h5_url}, client_ip="203.0.113.7")

    assert result.action == RedirectUrl(f"{h5_url}&redirect_url={quote(BACK, safe='')}")


@pytest.mark.parametrize(
    ("product", "names"),
    [
        ("jsapi", ("appId", "timeStamp", "nonceStr", "package", "paySign")),
        ("app", ("appid", "timestamp", "noncestr", "prepayid", "sign")),
    ],
)
async def test_what_wechats_payer_is_handed_is_signed_line_by_line(product: str, names: tuple[str, ...]) -> None:
    result, *_ = await ordered(product, PREPAID, payer_id="oUpF8uMuAJO")

    handed = result.action.params if isinstance(result.action, JsapiParams) else json.loads(result.action.order_string)  # type: ignore[union-attr]  # the other one
    *signed, proof = (handed[name] for name in names)
    text = "".join(f"{line}\n" for line in signed)
    wechat.OURS.public_key().verify(base64.b64decode(proof), text.encode(), PKCS1v15(), SHA256())
    assert signed[1] == str(wechat.NOW)
    assert signed[3].removeprefix("prepay_id=") == PREPAID["prepay_id"]


@pytest.mark.parametrize("code", ["alipay", "bank_withholding"])
async def test_where_the_wire_names_no_currency_another_one_is_refused_before_anything_is_sent(code: str) -> None:
    channel = made(code, alipay.CONFIG | {"withholding": True} if code == "alipay" else unionpay.CONFIG)
    ref = PaymentRef("RP202611210001", CLOCK, "2026")
    dollars = Debit("WD1", 100, "USD", "T", CLOCK.date(), "s")

    for call in (
        channel.debit(dollars),
        channel.refund(Refund("RF1", ref, 100, 100, currency="USD")),
        channel.create_payment(replace(order("page"), currency="USD")),
        channel.debit_batch(DebitBatch("B1", (dollars,))),
    ):
        with pytest.raises(NotOffered):
            await call
