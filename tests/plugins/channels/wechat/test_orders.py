"""What the channel asks for when an order is to be paid, by every way to pay."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from plugins.channels.wechat.plugin import CAPABILITIES
from plugins.channels.wechat.signing import lines
from plugins.rsa256 import holds
from suidai.contract import (
    AppOrderString,
    Debit,
    ErrorCode,
    ErrorKind,
    JsapiParams,
    NotOffered,
    PaymentState,
    Product,
    QrCode,
    RedirectUrl,
)
from tests.plugins.channels.wechat.platform import (
    APPID,
    CERTIFICATE_ONLY,
    CERTIFICATE_SERIAL,
    MCHID,
    MERCHANT_PUBLIC,
    NO,
    NOW,
    PAID,
    PUBLIC_KEY_ID,
    Seen,
    answer,
    answering,
    channel,
    is_signed,
    order,
)


async def test_a_native_order_is_what_the_vectors_order_is() -> None:
    gateway = Seen(answer({"code_url": "weixin://wxpay/bizpayurl?pr=1"}))

    result = await channel(gateway).create_payment(order())

    (request,) = gateway.requests
    assert (request.method, str(request.url)) == ("POST", "https://api.mch.weixin.qq.com/v3/pay/transactions/native")
    assert gateway.fields == {
        "appid": APPID,
        "mchid": MCHID,
        "description": "小额贷款还款-第3期",
        "out_trade_no": NO,
        "time_expire": "2026-11-21T10:45:35+08:00",
        "notify_url": "https://loan.example.com/notify/wechat",
        "amount": {"total": 102450, "currency": "CNY"},
    }
    assert is_signed(request)
    assert request.headers["Accept"] == "application/json"
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["Wechatpay-Serial"] == PUBLIC_KEY_ID
    assert request.headers["User-Agent"]
    assert (result.state, result.action) == (PaymentState.ACTION_REQUIRED, QrCode("weixin://wxpay/bizpayurl?pr=1"))


async def test_with_certificates_only_no_public_key_is_asked_for() -> None:
    gateway = Seen(answer({"code_url": "weixin://x"}, serial=CERTIFICATE_SERIAL))

    result = await channel(gateway, **CERTIFICATE_ONLY).create_payment(order())

    assert result.state is PaymentState.ACTION_REQUIRED
    assert "Wechatpay-Serial" not in gateway.requests[0].headers


async def test_a_page_in_wechat_gets_parameters_signed_by_us() -> None:
    gateway = Seen(answer({"prepay_id": "wx21101530abcdef0123456789abcdef0000"}))

    result = await channel(gateway).create_payment(order(Product.JSAPI))

    assert gateway.requests[0].url.path == "/v3/pay/transactions/jsapi"
    assert gateway.fields["payer"] == {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}
    assert isinstance(result.action, JsapiParams)
    given = result.action.params
    assert given["package"] == "prepay_id=wx21101530abcdef0123456789abcdef0000"
    message = lines(given["appId"], given["timeStamp"], given["nonceStr"], given["package"])
    assert holds(given["paySign"], message, MERCHANT_PUBLIC)


async def test_our_app_gets_parameters_signed_by_us() -> None:
    gateway = Seen(answer({"prepay_id": "wx21101530abcdef0123456789abcdef0000"}))

    result = await channel(gateway).create_payment(order(Product.APP))

    assert gateway.requests[0].url.path == "/v3/pay/transactions/app"
    assert isinstance(result.action, AppOrderString)
    given = json.loads(result.action.order_string)
    assert (given["appid"], given["partnerid"], given["package"]) == (APPID, MCHID, "Sign=WXPay")
    message = lines(given["appid"], given["timestamp"], given["noncestr"], given["prepayid"])
    assert holds(given["sign"], message, MERCHANT_PUBLIC)


async def test_a_browser_is_sent_to_a_page_and_back() -> None:
    gateway = Seen(answer({"h5_url": "https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx1&package=2"}))

    result = await channel(gateway).create_payment(order(Product.H5, return_url="https://loan.example.com/r?a=1&b=2"))

    assert gateway.requests[0].url.path == "/v3/pay/transactions/h5"
    assert gateway.fields["scene_info"] == {"payer_client_ip": "203.0.113.7", "h5_info": {"type": "Wap"}}
    assert isinstance(result.action, RedirectUrl)
    assert parse_qs(urlsplit(result.action.url).query) == {
        "prepay_id": ["wx1"],
        "package": ["2"],
        "redirect_url": ["https://loan.example.com/r?a=1&b=2"],
    }


@pytest.mark.parametrize(
    ("product", "lacks"), [(Product.JSAPI, "payer_id"), (Product.H5, "client_ip")], ids=["jsapi", "h5"]
)
async def test_an_order_that_lacks_what_its_product_needs_is_not_sent(product: Product, lacks: str) -> None:
    result = await channel().create_payment(order(product, **{lacks: None}))

    assert result.state is PaymentState.DECLINED
    assert result.error
    assert result.error.kind is ErrorKind.INVALID_REQUEST
    assert lacks in result.error.message


@pytest.mark.parametrize("product", [Product.PAGE, Product.WAP, Product.OTHER])
async def test_a_product_wechat_does_not_have_is_not_offered(product: Product) -> None:
    with pytest.raises(NotOffered):
        await channel().create_payment(order(product))


async def test_debits_are_not_offered() -> None:
    assert not CAPABILITIES.autodebit
    with pytest.raises(NotOffered):
        await channel().debit(Debit(NO, 100, "CNY", "token", NOW.date(), "还款"))


async def test_a_subject_is_cut_and_holds_no_separator_of_the_bill() -> None:
    gateway = Seen(answer({"code_url": "weixin://x"}))

    await channel(gateway).create_payment(order(subject="还款`第1期\r\n" + "很长" * 100))

    description = gateway.fields["description"]
    assert len(description) == 127
    assert description.startswith("还款 第1期  很长")


async def test_without_an_address_of_its_own_the_notice_comes_to_the_runtimes() -> None:
    gateway = Seen(answer({"code_url": "weixin://x"}))

    await channel(gateway).create_payment(order(notify_url="", metadata={"loan": "L001", "period": "3"}))

    assert gateway.fields["notify_url"] == "https://suidai.example.com/notify/payments/wechat"
    assert gateway.fields["attach"] == "loan=L001&period=3"


@pytest.mark.parametrize("order_no", ["PO2607ABCDEFGH1234567890", "a-b_c|*", "123456"])
def test_an_order_number_of_ours_is_taken(order_no: str) -> None:
    assert CAPABILITIES.order_no.allows(order_no)


@pytest.mark.parametrize("order_no", ["12345", "x" * 33, "PO 26071", "还款还款还款", "abc/def", ""])
def test_an_order_number_that_wechat_refuses_is_not_tried(order_no: str) -> None:
    assert not CAPABILITIES.order_no.allows(order_no)


@pytest.mark.parametrize(
    ("product", "fields"),
    [
        (Product.QR, {}),
        (Product.QR, {"code_url": ""}),
        (Product.QR, {"code_url": 7}),
        (Product.JSAPI, {"code_url": "weixin://x"}),
        (Product.APP, {"prepay_id": None}),
        (Product.H5, {"prepay_id": "wx1"}),
    ],
    ids=range(6),
)
async def test_an_order_without_a_way_to_pay_it_is_unknown(product: Product, fields: dict[str, Any]) -> None:
    result = await channel(answering(answer(fields))).create_payment(order(product))

    assert (result.state, result.action) == (PaymentState.UNKNOWN, None)
    assert result.error
    assert result.error.code is ErrorCode.MALFORMED_ANSWER


@pytest.mark.parametrize("code", ["ORDER_PAID", "OUT_TRADE_NO_USED", "ORDERPAID"])
async def test_a_number_that_is_paid_says_paid_and_how_much(code: str) -> None:
    gateway = answering(answer({"code": code, "message": "已支付"}, 400), answer(PAID))

    result = await channel(gateway).create_payment(order(amount_fen=1))

    assert (result.state, result.amount_fen) == (PaymentState.SUCCEEDED, 102450)


async def test_a_number_that_is_closed_says_closed() -> None:
    gateway = answering(answer({"code": "ORDER_CLOSED"}, 400), answer({**PAID, "trade_state": "CLOSED"}))

    assert (await channel(gateway).create_payment(order())).state is PaymentState.CLOSED


@pytest.mark.parametrize(
    "known",
    [answer({"code": "ORDER_NOT_EXIST"}, 404), answer({**PAID, "trade_state": "NOTPAY"}), httpx.Response(500)],
    ids=["absent", "unpaid", "broken"],
)
async def test_a_number_in_use_for_something_else_is_a_conflict(known: httpx.Response) -> None:
    gateway = answering(answer({"code": "OUT_TRADE_NO_USED"}, 403), known)

    result = await channel(gateway).create_payment(order())

    assert result.state is PaymentState.UNKNOWN
    assert result.error
    assert (result.error.kind, result.error.code) == (ErrorKind.CONFLICT, ErrorCode.NUMBER_REUSED)
