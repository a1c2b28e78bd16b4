"""What the channel asks, and what it makes of answers and of calls that fail."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from plugins.channels.wechat.config import WechatConfig
from plugins.channels.wechat.plugin import CAPABILITIES
from plugins.channels.wechat.signing import lines
from plugins.keys import BadKey, public_key
from plugins.rsa256 import holds
from plugins.runtime import Exchange
from suidai.contract import (
    AppOrderString,
    CloseResult,
    CreatePayment,
    Debit,
    ErrorCode,
    ErrorKind,
    JsapiParams,
    NotOffered,
    PaymentRef,
    PaymentState,
    Product,
    QrCode,
    RedirectUrl,
    Refund,
    RefundRef,
    RefundState,
    Retry,
)
from tests.plugins.channels.wechat.platform import (
    APIV3_KEY,
    APPID,
    CERTIFICATE_ONLY,
    CERTIFICATE_SERIAL,
    CONFIG,
    KEYS,
    MCHID,
    NOTICES,
    NOW,
    PUBLIC_KEY_ID,
    Answer,
    answer,
    answering,
    channel,
    proof,
)

NO = "RP202611210001"
REF = PaymentRef(NO, NOW)
PAID: dict[str, Any] = json.loads(NOTICES["cases"][0]["plaintext"])
REFUND = Refund("RF202611210001", REF, 2450, 102450, "多收")
REFUND_REF = RefundRef("RF202611210001", REF)
REFUNDED: dict[str, Any] = {
    "refund_id": "50200207182026112100000000001",
    "out_refund_no": "RF202611210001",
    "transaction_id": "4200002486202611210000000001",
    "out_trade_no": NO,
    "user_received_account": "招商银行信用卡0403",
    "success_time": "2026-11-22T09:00:00+08:00",
    "status": "SUCCESS",
    "amount": {"total": 102450, "refund": 2450, "payer_total": 102450, "payer_refund": 2450, "currency": "CNY"},
}
MERCHANT_PUBLIC = public_key(KEYS["wx_merchant.pub.pem"], "merchant")


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


def failing(failure: Exception) -> Answer:
    def handle(_: httpx.Request) -> httpx.Response:
        raise failure

    return handle


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


# Orders


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


# Failures


@pytest.mark.parametrize(
    ("failure", "kind", "code"),
    [
        (httpx.ConnectError("x"), ErrorKind.NOT_EXECUTED, ErrorCode.CONNECT_FAILED),
        (httpx.ConnectTimeout("x"), ErrorKind.NOT_EXECUTED, ErrorCode.CONNECT_FAILED),
        (httpx.PoolTimeout("x"), ErrorKind.NOT_EXECUTED, ErrorCode.CONNECT_FAILED),
        (httpx.ReadTimeout("x"), ErrorKind.UNKNOWN, ErrorCode.TIMEOUT),
        (httpx.WriteTimeout("x"), ErrorKind.UNKNOWN, ErrorCode.TIMEOUT),
        (httpx.RemoteProtocolError("x"), ErrorKind.UNKNOWN, ErrorCode.SYSTEM_ERROR),
        (httpx.ReadError("x"), ErrorKind.UNKNOWN, ErrorCode.SYSTEM_ERROR),
    ],
    ids=lambda given: type(given).__name__ if isinstance(given, Exception) else None,
)
async def test_a_call_that_fails_is_unknown_and_says_whether_it_surely_did_nothing(
    failure: Exception, kind: ErrorKind, code: ErrorCode
) -> None:
    wechat = channel(failing(failure))

    for result in (await wechat.query_payment(REF), await wechat.create_payment(order())):
        assert result.state is PaymentState.UNKNOWN
        assert result.error
        assert (result.error.kind, result.error.code) == (kind, code)
        assert result.not_executed is (kind is ErrorKind.NOT_EXECUTED)
    assert await wechat.close_payment(REF) is CloseResult.UNKNOWN
    assert (await wechat.refund(REFUND)).state is RefundState.UNKNOWN
    assert (await wechat.query_refund(REFUND_REF)).state is RefundState.UNKNOWN


def at_first_host(failure: Exception, then: Answer) -> tuple[Answer, list[str]]:
    asked: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        assert is_signed(request)
        if request.url.host == "api.mch.weixin.qq.com":
            raise failure
        return then(request)

    return handle, asked


@pytest.mark.parametrize("failure", [httpx.ConnectError("x"), httpx.ConnectTimeout("x")], ids=["refused", "timeout"])
async def test_what_could_not_be_connected_to_is_asked_at_the_other_host(failure: Exception) -> None:
    gateway, asked = at_first_host(failure, answering(answer(PAID)))

    result = await channel(gateway, backup_url="https://api2.mch.weixin.qq.com").query_payment(REF)

    assert result.state is PaymentState.SUCCEEDED
    assert asked == ["api.mch.weixin.qq.com", "api2.mch.weixin.qq.com"]


@pytest.mark.parametrize(
    ("config", "asked"),
    [
        ({}, ["api.mch.weixin.qq.com", "api2.mch.weixin.qq.com"]),
        ({"gateway_url": "https://api.mch.weixin.qq.com/"}, ["api.mch.weixin.qq.com", "api2.mch.weixin.qq.com"]),
        ({"backup_url": ""}, ["api.mch.weixin.qq.com"]),
        ({"gateway_url": "https://wechat.test"}, ["wechat.test"]),
    ],
    ids=["not said", "with a slash", "none", "another gateway"],
)
async def test_wechats_own_other_host_is_asked_unless_told_otherwise(config: dict[str, str], asked: list[str]) -> None:
    seen: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.host)
        raise httpx.ConnectError("x")

    result = await channel(handle, **config).query_payment(REF)

    assert result.not_executed
    assert seen == asked


@pytest.mark.parametrize("failure", [httpx.ReadTimeout("x"), httpx.WriteError("x")], ids=["no answer", "half sent"])
async def test_what_may_have_left_is_not_sent_to_the_other_host(failure: Exception) -> None:
    gateway, asked = at_first_host(failure, answering(answer(PAID)))

    result = await channel(gateway, backup_url="https://api2.mch.weixin.qq.com").create_payment(order())

    assert result.state is PaymentState.UNKNOWN
    assert asked == ["api.mch.weixin.qq.com"]


ABSENT = {"code": "ORDER_NOT_EXIST", "message": "订单不存在"}
FORGED = httpx.Response(404, headers=proof(b"{}"), json=ABSENT)


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (httpx.Response(404, json=ABSENT), ErrorCode.BAD_SIGNATURE_ON_ANSWER),
        (FORGED, ErrorCode.BAD_SIGNATURE_ON_ANSWER),
        (answer(ABSENT, 404, at=NOW - timedelta(seconds=301)), ErrorCode.BAD_SIGNATURE_ON_ANSWER),
        (answer(ABSENT, 404, serial="PUB_KEY_ID_9"), ErrorCode.BAD_SIGNATURE_ON_ANSWER),
        (httpx.Response(200, json=PAID), ErrorCode.BAD_SIGNATURE_ON_ANSWER),
        (httpx.Response(302, headers={"Location": "https://elsewhere.example"}), ErrorCode.BAD_SIGNATURE_ON_ANSWER),
        (httpx.Response(502, text="<html>bad gateway</html>"), ErrorCode.SYSTEM_ERROR),
        (answer([PAID]), ErrorCode.MALFORMED_ANSWER),
        (answer({**PAID, "out_trade_no": "RP202611210002"}), ErrorCode.MALFORMED_ANSWER),
        (answer({**PAID, "mchid": "1900000108"}), ErrorCode.MALFORMED_ANSWER),
        (answer({**PAID, "appid": "wx0"}), ErrorCode.MALFORMED_ANSWER),
        (answer({**PAID, "amount": {"payer_total": 102450}}), ErrorCode.MALFORMED_ANSWER),
        (answer(None), ErrorCode.MALFORMED_ANSWER),
        (answer(None, 204), ErrorCode.MALFORMED_ANSWER),
        (httpx.Response(200, headers=proof(b"{"), content=b"{"), ErrorCode.MALFORMED_ANSWER),
    ],
    ids=range(15),
)
async def test_an_answer_that_proves_nothing_is_unknown(told: httpx.Response, code: ErrorCode) -> None:
    result = await channel(answering(told)).query_payment(REF)

    assert result.state is PaymentState.UNKNOWN
    assert result.error
    assert (result.error.kind, result.error.code) == (ErrorKind.UNKNOWN, code)


async def test_a_probe_among_the_answers_is_unknown_and_not_a_refusal() -> None:
    headers = {**proof(b"{}"), "Wechatpay-Signature": "WECHATPAY/SIGNTEST/abc"}

    result = await channel(answering(httpx.Response(200, headers=headers, content=b"{}"))).create_payment(order())

    assert result.state is PaymentState.UNKNOWN
    assert not result.not_executed


D, U, C = ErrorKind.DECLINED, ErrorKind.UNKNOWN, ErrorKind.CONFIG


@pytest.mark.parametrize(
    ("status", "said", "kind", "code", "retry"),
    [
        (401, "SIGN_ERROR", C, ErrorCode.SIGN_ERROR, Retry.NEVER),
        (400, "APPID_MCHID_NOT_MATCH", C, ErrorCode.OTHER, Retry.NEVER),
        (400, "MCH_NOT_EXISTS", C, ErrorCode.OTHER, Retry.NEVER),
        (403, "NO_AUTH", C, ErrorCode.NO_PERMISSION, Retry.NEVER),
        (400, "PARAM_ERROR", ErrorKind.INVALID_REQUEST, ErrorCode.OTHER, Retry.NEVER),
        (400, "INVALID_REQUEST", ErrorKind.INVALID_REQUEST, ErrorCode.OTHER, Retry.NEVER),
        (403, "RULE_LIMIT", D, ErrorCode.LIMIT_EXCEEDED, Retry.NEVER),
        (403, "NOT_ENOUGH", D, ErrorCode.INSUFFICIENT_FUNDS, Retry.LATER_DAY),
        (403, "USER_ACCOUNT_ABNORMAL", D, ErrorCode.ACCOUNT_INVALID, Retry.AFTER_USER_ACTION),
        (429, "FREQUENCY_LIMITED", ErrorKind.NOT_EXECUTED, ErrorCode.RATE_LIMITED, Retry.NEVER),
        (429, "RATELIMIT_EXCEEDED", ErrorKind.NOT_EXECUTED, ErrorCode.RATE_LIMITED, Retry.NEVER),
        (500, "SYSTEM_ERROR", U, ErrorCode.SYSTEM_ERROR, Retry.NEVER),
        (502, "BANK_ERROR", U, ErrorCode.SYSTEM_ERROR, Retry.NEVER),
        (503, "SOMETHING_NEW", U, ErrorCode.SYSTEM_ERROR, Retry.NEVER),
        (403, "SOMETHING_NEW", U, ErrorCode.OTHER, Retry.NEVER),
    ],
)
async def test_a_code_of_wechats_means_one_of_ours(
    status: int, said: str, kind: ErrorKind, code: ErrorCode, retry: Retry
) -> None:
    wechat = channel(answering(answer({"code": said, "message": "为什么"}, status)))

    paid, refunded = await wechat.create_payment(order()), await wechat.refund(REFUND)

    assert paid.state is (PaymentState.DECLINED if kind is D else PaymentState.UNKNOWN)
    assert refunded.state is (RefundState.DECLINED if kind is D else RefundState.UNKNOWN)
    for error in (paid.error, refunded.error):
        assert error
        assert (error.kind, error.code, error.retry) == (kind, code, retry)
        assert (error.provider_code, error.provider_message) == (said, "为什么")


# Query, close, refund


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("SUCCESS", PaymentState.SUCCEEDED),
        ("REFUND", PaymentState.SUCCEEDED),
        ("NOTPAY", PaymentState.PROCESSING),
        ("USERPAYING", PaymentState.PROCESSING),
        ("CLOSED", PaymentState.CLOSED),
        ("REVOKED", PaymentState.CLOSED),
        ("PAYERROR", PaymentState.DECLINED),
        ("SOMETHING_NEW", PaymentState.UNKNOWN),
    ],
)
async def test_a_query_says_what_became_of_an_order(said: str, state: PaymentState) -> None:
    gateway = Seen(answer({**PAID, "trade_state": said}))

    result = await channel(gateway).query_payment(REF)

    (request,) = gateway.requests
    assert (request.method, request.url.raw_path) == (
        "GET",
        f"/v3/pay/transactions/out-trade-no/{NO}?mchid={MCHID}".encode(),
    )
    assert is_signed(request)
    assert result.state is state
    assert (result.amount_fen, result.currency) == (102450, "CNY")


@pytest.mark.parametrize("said", ["RULE_LIMIT", "NOT_ENOUGH", "USER_ACCOUNT_ABNORMAL"])
async def test_a_question_that_is_refused_says_nothing_against_what_it_asked_about(said: str) -> None:
    wechat = channel(answering(answer({"code": said, "message": "为什么"}, 403)))

    assert (await wechat.query_payment(REF)).state is PaymentState.UNKNOWN
    assert (await wechat.query_refund(RefundRef(REFUND.refund_no, REF))).state is RefundState.UNKNOWN


async def test_an_order_that_waits_need_not_say_how_much() -> None:
    waiting = {"appid": APPID, "mchid": MCHID, "out_trade_no": NO, "trade_state": "NOTPAY"}

    assert (await channel(answering(answer(waiting))).query_payment(REF)).state is PaymentState.PROCESSING


async def test_an_order_number_is_asked_for_as_it_is_signed() -> None:
    gateway = Seen(answer(ABSENT, 404))

    await channel(gateway).query_payment(PaymentRef("a|b*c-d_e", NOW))

    assert is_signed(gateway.requests[0])
    assert gateway.requests[0].url.path == "/v3/pay/transactions/out-trade-no/a|b*c-d_e"


async def test_the_path_is_signed_as_sent_also_below_another() -> None:
    gateway = Seen(answer(ABSENT, 404))

    await channel(gateway, gateway_url="http://127.0.0.1:8001/wechat/").query_payment(REF)

    assert gateway.requests[0].url.path.startswith("/wechat/v3/pay/")
    assert is_signed(gateway.requests[0])


async def test_an_order_that_waits_is_closed() -> None:
    gateway = Seen(answer(None, 204))

    assert await channel(gateway).close_payment(REF) is CloseResult.CLOSED
    assert gateway.requests[0].url.path == f"/v3/pay/transactions/out-trade-no/{NO}/close"
    assert gateway.fields == {"mchid": MCHID}


async def test_an_order_that_is_not_there_cannot_be_closed() -> None:
    assert await channel(answering(answer(ABSENT, 404))).close_payment(REF) is CloseResult.NOT_FOUND


@pytest.mark.parametrize("code", ["ORDER_PAID", "ORDER_CLOSED", "INVALID_REQUEST"])
@pytest.mark.parametrize(
    ("known", "result"),
    [
        ("SUCCESS", CloseResult.ALREADY_PAID),
        ("REFUND", CloseResult.ALREADY_PAID),
        ("CLOSED", CloseResult.CLOSED),
        ("USERPAYING", CloseResult.UNKNOWN),
        ("PAYERROR", CloseResult.UNKNOWN),
    ],
)
async def test_a_close_that_is_refused_asks_why(code: str, known: str, result: CloseResult) -> None:
    gateway = answering(answer({"code": code}, 400), answer({**PAID, "trade_state": known}))

    assert await channel(gateway).close_payment(REF) is result


@pytest.mark.parametrize(
    "told",
    [httpx.Response(204), answer({"code": "SYSTEM_ERROR"}, 500), answer({"code": "SIGN_ERROR"}, 401)],
    ids=["unsigned", "broken", "our key"],
)
async def test_a_close_that_proves_nothing_is_unknown(told: httpx.Response) -> None:
    assert await channel(answering(told)).close_payment(REF) is CloseResult.UNKNOWN


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("SUCCESS", RefundState.SUCCEEDED),
        ("PROCESSING", RefundState.PROCESSING),
        ("CLOSED", RefundState.DECLINED),
        ("ABNORMAL", RefundState.UNKNOWN),
        ("", RefundState.UNKNOWN),
    ],
)
async def test_a_refund_is_done_when_wechat_says_so(said: str, state: RefundState) -> None:
    gateway = Seen(answer({**REFUNDED, "status": said}))
    wechat = channel(gateway)

    asked = await wechat.refund(REFUND)

    assert gateway.fields == {
        "out_trade_no": NO,
        "out_refund_no": "RF202611210001",
        "reason": "多收",
        "notify_url": "https://suidai.example.com/notify/payments/wechat",
        "amount": {"refund": 2450, "total": 102450, "currency": "CNY"},
    }
    known = await wechat.query_refund(REFUND_REF)
    assert gateway.requests[1].url.path == "/v3/refund/domestic/refunds/RF202611210001"
    assert asked == known
    assert (asked.state, asked.amount_fen, asked.cumulative) == (state, 2450, False)
    assert asked.provider_no == "50200207182026112100000000001"
    assert asked.refunded_at == datetime(2026, 11, 22, 1, tzinfo=UTC)
    assert (asked.retry_after is not None) is (state is RefundState.PROCESSING)


async def test_a_refund_nobody_knows_is_not_found() -> None:
    gateway = answering(answer({"code": "RESOURCE_NOT_EXISTS"}, 404))

    assert (await channel(gateway).query_refund(REFUND_REF)).state is RefundState.NOT_FOUND


@pytest.mark.parametrize("change", [{"out_refund_no": "RF2"}, {"out_trade_no": "RP2"}, {"amount": {}}], ids=str)
async def test_an_answer_about_another_refund_says_nothing(change: dict[str, Any]) -> None:
    result = await channel(answering(answer({**REFUNDED, **change}))).refund(REFUND)

    assert (result.state, result.amount_fen) == (RefundState.UNKNOWN, None)


# Health, secrets, settings


async def test_a_channel_is_well_when_it_is_told_that_what_cannot_be_is_not_there() -> None:
    assert (await channel(answering(answer(ABSENT, 404))).health()).ok
    ill = await channel(answering(answer({"code": "SIGN_ERROR"}, 401))).health()
    assert not ill.ok
    assert "SIGN_ERROR" in ill.problem


async def test_every_exchange_is_audited_and_nothing_in_it_gives_a_person_or_a_key_away() -> None:
    heard: list[Exchange] = []

    async def audit(exchange: Exchange) -> None:
        heard.append(exchange)

    await channel(answering(answer(PAID)), audit=audit).query_payment(REF)
    await channel(answering(answer(REFUNDED)), audit=audit).refund(REFUND)
    await channel(answering(answer({"prepay_id": "wx1"})), audit=audit).create_payment(order(Product.JSAPI))
    await channel(answering(answer({"h5_url": "https://x"})), audit=audit).create_payment(order(Product.H5))

    assert "SUCCESS" in heard[0].response
    assert NO in heard[1].request
    shown = repr(heard) + "".join(one.request + one.response + one.url for one in heard)
    for secret in (PAID["payer"]["openid"], "招商银行信用卡0403", "203.0.113.7", APIV3_KEY, "Authorization"):
        assert secret not in shown


def test_a_key_shows_in_no_repr() -> None:
    shown = repr(WechatConfig(**CONFIG)) + str(WechatConfig(**CONFIG)) + repr(channel())

    for secret in (CONFIG["merchant_private_key"], APIV3_KEY):
        assert secret[4:30] not in shown


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"appid": ""}, "appid is empty"),
        ({"mchid": ""}, "mchid is empty"),
        ({"merchant_serial": ""}, "merchant_serial is empty"),
        ({"merchant_private_key": ""}, "merchant_private_key is empty"),
        ({"apiv3_key": ""}, "apiv3_key is empty"),
        ({"apiv3_key": "x" * 31}, "apiv3_key is not 32 bytes"),
        ({"apiv3_key": "钥" * 32}, "apiv3_key is not 32 bytes"),
        ({"wechatpay_public_key": ""}, "wechatpay_public_key_id and wechatpay_public_key"),
        ({"wechatpay_public_key_id": ""}, "wechatpay_public_key_id and wechatpay_public_key"),
        ({"wechatpay_public_key": "", "wechatpay_public_key_id": ""}, "platform_certificates must be set"),
        ({"gateway_url": "http://api.mch.weixin.qq.com"}, "gateway_url must begin with https"),
        ({"backup_url": "http://api2.mch.weixin.qq.com"}, "backup_url must begin with https"),
    ],
    ids=range(12),
)
def test_settings_that_cannot_be_right_are_refused(changes: dict[str, str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        WechatConfig(**{**CONFIG, **changes})


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"merchant_private_key": "nonsense"}, "merchant_private_key"),
        ({"wechatpay_public_key": "nonsense"}, "wechatpay_public_key"),
        ({"wechatpay_public_key": KEYS["wx_merchant.pub.pem"]}, "our own key"),
    ],
    ids=["private", "public", "our own"],
)
def test_keys_that_are_none_are_refused_by_the_names_of_their_settings(changes: dict[str, str], says: str) -> None:
    with pytest.raises((BadKey, ValueError), match=says) as refusal:
        channel(**changes)

    assert KEYS["wx_merchant.pub.pem"] not in str(refusal.value)
