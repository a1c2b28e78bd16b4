"""What the channel makes of answers and of calls that fail."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from plugins.channels.alipay.config import AlipayConfig
from plugins.channels.alipay.plugin import payment_channels
from plugins.channels.alipay.signing import holds, sign, string_to_sign
from plugins.keys import private_key, public_key
from plugins.runtime import Exchange
from plugins.testing import runtime
from suidai.contract import (
    CloseResult,
    CreatePayment,
    Debit,
    ErrorCode,
    ErrorKind,
    NotOffered,
    PaymentChannel,
    PaymentRef,
    PaymentState,
    Product,
    Refund,
    RefundRef,
    RefundState,
    Retry,
)
from tests.plugins.channels.test_alipay_vectors import CONFIG, KEYS

NOW = datetime(2026, 11, 21, 2, 15, 30, tzinfo=UTC)
PLATFORM = private_key(KEYS["alipay_platform.pkcs8.pem"], "platform")
REF = PaymentRef("A1", NOW)
PAID = {"code": "10000", "out_trade_no": "A1", "total_amount": "1.00", "trade_status": "TRADE_SUCCESS"}

Answer = Callable[[httpx.Request], httpx.Response]


def signed(node: str, fields: dict[str, Any]) -> str:
    written = json.dumps(fields, ensure_ascii=False)
    return f'{{"{node}": {written}, "sign": "{sign(written, PLATFORM)}"}}'


def answering(*answers: dict[str, Any]) -> Answer:
    """A gateway that signs these answers, one a call, the last one ever after."""
    left = list(answers)

    def handle(request: httpx.Request) -> httpx.Response:
        method = dict(parse_qsl(request.content.decode()))["method"]
        fields = left.pop(0) if len(left) > 1 else left[0]
        return httpx.Response(200, text=signed(method.replace(".", "_") + "_response", fields))

    return handle


def channel(handle: Answer, audit: Any = None, **config: Any) -> PaymentChannel:
    return channel_at(NOW, handle, audit, **config)


def channel_at(now: datetime, handle: Answer, audit: Any = None, **config: Any) -> PaymentChannel:
    (spec,) = payment_channels()
    transport = httpx.MockTransport(handle)
    given = runtime(now=now, transport=transport, audit=audit, masked_fields=spec.masked_fields)
    return spec.factory(spec.config_model(**{**CONFIG, **config}), given)


def failing(failure: Exception) -> Answer:
    def handle(_: httpx.Request) -> httpx.Response:
        raise failure

    return handle


def order(product: Product = Product.QR) -> CreatePayment:
    return CreatePayment("A1", 100, "CNY", product, "还款", NOW + timedelta(minutes=30))


DEBIT = Debit("A1", 100, "CNY", "AG1", NOW.date(), "还款")


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
)
async def test_a_call_that_fails_is_unknown_and_says_whether_it_surely_did_nothing(
    failure: Exception, kind: ErrorKind, code: ErrorCode
) -> None:
    alipay = channel(failing(failure))

    for result in (await alipay.debit(DEBIT), await alipay.query_payment(REF), await alipay.create_payment(order())):
        assert result.state is PaymentState.UNKNOWN
        assert result.error
        assert (result.error.kind, result.error.code) == (kind, code)
        assert result.not_executed is (kind is ErrorKind.NOT_EXECUTED)
    assert await alipay.close_payment(REF) is CloseResult.UNKNOWN
    assert (await alipay.refund(Refund("R1", REF, 100, 100))).state is RefundState.UNKNOWN


UNSIGNED = '{"alipay_trade_query_response":{"code":"40004","sub_code":"ACQ.TRADE_NOT_EXIST"}}'


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500, text="oops"),
        httpx.Response(302, headers={"Location": "https://elsewhere.example"}),
        httpx.Response(200, text=""),
        httpx.Response(200, text="<html>maintenance</html>"),
        httpx.Response(200, text="[]"),
        httpx.Response(200, text="{}"),
        httpx.Response(200, content=b"\xff\xfe"),
        httpx.Response(200, text=UNSIGNED),
        httpx.Response(200, text=UNSIGNED[:-1] + ',"sign":"AAAA"}'),
        httpx.Response(200, text='{"alipay_trade_query_response":"paid","sign":"AAAA"}'),
        httpx.Response(200, text='{"error_response":{"code":"40004","sub_code":"ACQ.TRADE_NOT_EXIST"},"sign":"AAAA"}'),
        httpx.Response(200, text=signed("alipay_trade_query_response", PAID) + "{}"),
        httpx.Response(200, text=signed("alipay_trade_query_response", PAID)[:-1] + ',"sign":"AAAA"}'),
        httpx.Response(200, text=signed("alipay_trade_pay_response", PAID)),
    ],
    ids=range(14),
)
async def test_an_answer_that_proves_nothing_changes_nothing(answer: httpx.Response) -> None:
    result = await channel(lambda _: answer).query_payment(REF)

    assert (result.state, result.amount_fen) == (PaymentState.UNKNOWN, None)
    assert result.error
    assert result.error.kind is ErrorKind.UNKNOWN


@pytest.mark.parametrize(
    "fields",
    [
        {**PAID, "out_trade_no": "A2"},
        {**PAID, "out_trade_no": None},
        {**PAID, "total_amount": "1.005"},
        {**PAID, "total_amount": 1.005},
        {**PAID, "total_amount": True},
        {"code": "40004", "sub_code": "ACQ.TRADE_NOT_EXIST", "out_trade_no": "A2"},
    ],
)
async def test_an_answer_about_another_order_or_without_a_sum_is_unknown(fields: dict[str, Any]) -> None:
    assert (await channel(answering(fields)).query_payment(REF)).state is PaymentState.UNKNOWN


@pytest.mark.parametrize(
    ("code", "sub_code", "state", "kind", "error", "retry"),
    [
        ("10003", "", PaymentState.PROCESSING, ErrorKind.UNKNOWN, ErrorCode.PROCESSING, Retry.NEVER),
        ("20000", "isp.unknow-error", PaymentState.UNKNOWN, ErrorKind.UNKNOWN, ErrorCode.SYSTEM_ERROR, Retry.NEVER),
        ("40004", "ACQ.SYSTEM_ERROR", PaymentState.UNKNOWN, ErrorKind.UNKNOWN, ErrorCode.SYSTEM_ERROR, Retry.NEVER),
        ("40004", "aop.ACQ.X", PaymentState.UNKNOWN, ErrorKind.UNKNOWN, ErrorCode.SYSTEM_ERROR, Retry.NEVER),
        ("40004", "ACQ.NEW_IN_2031", PaymentState.UNKNOWN, ErrorKind.UNKNOWN, ErrorCode.OTHER, Retry.NEVER),
        (
            "40004",
            "ACQ.BUYER_BALANCE_NOT_ENOUGH",
            PaymentState.DECLINED,
            ErrorKind.DECLINED,
            ErrorCode.INSUFFICIENT_FUNDS,
            Retry.LATER_DAY,
        ),
        (
            "40004",
            "ACQ.AGREEMENT_NOT_EXIST",
            PaymentState.DECLINED,
            ErrorKind.DECLINED,
            ErrorCode.MANDATE_INVALID,
            Retry.AFTER_USER_ACTION,
        ),
        (
            "40004",
            "ACQ.CYCLE_PAY_SINGLE_FEE_EXCEED",
            PaymentState.DECLINED,
            ErrorKind.DECLINED,
            ErrorCode.LIMIT_EXCEEDED,
            Retry.NEVER,
        ),
        (
            "40004",
            "ACQ.CONTEXT_INCONSISTENT",
            PaymentState.UNKNOWN,
            ErrorKind.CONFLICT,
            ErrorCode.NUMBER_REUSED,
            Retry.NEVER,
        ),
        ("40002", "isv.invalid-signature", PaymentState.UNKNOWN, ErrorKind.CONFIG, ErrorCode.SIGN_ERROR, Retry.NEVER),
        ("40002", "isv.invalid-app-id", PaymentState.UNKNOWN, ErrorKind.CONFIG, ErrorCode.OTHER, Retry.NEVER),
        (
            "40006",
            "isv.insufficient-isv-permissions",
            PaymentState.UNKNOWN,
            ErrorKind.CONFIG,
            ErrorCode.NO_PERMISSION,
            Retry.NEVER,
        ),
        ("20001", "", PaymentState.UNKNOWN, ErrorKind.CONFIG, ErrorCode.OTHER, Retry.NEVER),
        ("40004", "ACQ.TRADE_HAS_CLOSE", PaymentState.CLOSED, ErrorKind.UNKNOWN, ErrorCode.OTHER, Retry.NEVER),
        ("40004", "ACQ.TRADE_NOT_EXIST", PaymentState.NOT_FOUND, ErrorKind.UNKNOWN, ErrorCode.OTHER, Retry.NEVER),
    ],
)
async def test_a_code_of_alipays_means_one_of_ours(
    code: str, sub_code: str, state: PaymentState, kind: ErrorKind, error: ErrorCode, retry: Retry
) -> None:
    result = await channel(answering({"code": code, "sub_code": sub_code, "sub_msg": "为什么"})).debit(DEBIT)

    assert result.state is state
    assert result.error
    assert (result.error.kind, result.error.code, result.error.retry) == (kind, error, retry)
    assert result.error.provider_message == "为什么"


@pytest.mark.parametrize("sub_code", ["ACQ.BUYER_BALANCE_NOT_ENOUGH", "ACQ.TRADE_NOT_ALLOW_REFUND"])
async def test_a_question_that_is_refused_says_nothing_against_what_it_asked_about(sub_code: str) -> None:
    alipay = channel(answering({"code": "40004", "sub_code": sub_code, "sub_msg": "为什么"}))

    assert (await alipay.query_payment(REF)).state is PaymentState.UNKNOWN
    assert (await alipay.query_refund(RefundRef("R1", REF))).state is RefundState.UNKNOWN
    assert (await alipay.refund(Refund("R1", REF, 100, 100))).state is RefundState.DECLINED


async def test_an_error_in_the_gateways_own_node_is_read_when_it_is_signed() -> None:
    fields = {"code": "40002", "sub_code": "isv.invalid-app-id"}
    result = await channel(lambda _: httpx.Response(200, text=signed("error_response", fields))).query_payment(REF)

    assert result.error
    assert result.error.kind is ErrorKind.CONFIG


async def test_a_debit_that_was_paid_before_is_asked_about_and_not_taken_for_granted() -> None:
    gateway = answering({"code": "40004", "sub_code": "ACQ.TRADE_HAS_SUCCESS"}, {**PAID, "total_amount": "2.00"})

    result = await channel(gateway).debit(DEBIT)

    assert (result.state, result.amount_fen) == (PaymentState.SUCCEEDED, 200)


async def test_a_debit_that_was_paid_before_is_unknown_where_it_cannot_be_asked_about() -> None:
    answers = [answering({"code": "40004", "sub_code": "ACQ.TRADE_HAS_SUCCESS"}), failing(httpx.ConnectError("x"))]

    def gateway(request: httpx.Request) -> httpx.Response:
        return answers.pop(0)(request)

    result = await channel(gateway).debit(DEBIT)

    assert result.state is PaymentState.UNKNOWN
    assert not result.not_executed


async def test_a_debit_that_succeeds_at_once_is_paid() -> None:
    fields = {"code": "10000", "out_trade_no": "A1", "total_amount": "1.00", "gmt_payment": "2026-11-21 10:16:09"}

    result = await channel(answering(fields)).debit(DEBIT)

    assert (result.state, result.amount_fen) == (PaymentState.SUCCEEDED, 100)
    assert result.paid_at == datetime(2026, 11, 21, 2, 16, 9, tzinfo=UTC)


async def test_debits_are_off_unless_they_were_granted() -> None:
    with pytest.raises(NotOffered):
        await channel(answering(PAID), withholding=False).debit(DEBIT)


@pytest.mark.parametrize("product", [Product.JSAPI, Product.H5, Product.OTHER])
async def test_a_product_alipay_does_not_have_is_not_offered(product: Product) -> None:
    with pytest.raises(NotOffered):
        await channel(answering(PAID)).create_payment(order(product))


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"trade_status": "TRADE_SUCCESS"}, CloseResult.ALREADY_PAID),
        ({"trade_status": "TRADE_CLOSED", "send_pay_date": "2026-11-21 10:16:09"}, CloseResult.ALREADY_PAID),
        ({"trade_status": "TRADE_CLOSED"}, CloseResult.CLOSED),
        ({"trade_status": "WAIT_BUYER_PAY"}, CloseResult.UNKNOWN),
    ],
)
async def test_a_close_that_is_refused_asks_why(fields: dict[str, str], state: CloseResult) -> None:
    gateway = answering({"code": "40004", "sub_code": "ACQ.TRADE_STATUS_ERROR"}, {**PAID, **fields})

    assert await channel(gateway).close_payment(REF) is state


@pytest.mark.parametrize(
    ("sub_code", "state", "retry"),
    [
        ("ACQ.SELLER_BALANCE_NOT_ENOUGH", RefundState.DECLINED, Retry.LATER_DAY),
        ("ACQ.TRADE_NOT_ALLOW_REFUND", RefundState.DECLINED, Retry.NEVER),
        ("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", RefundState.DECLINED, Retry.NEVER),
        ("ACQ.DISCORDANT_REPEAT_REQUEST", RefundState.UNKNOWN, Retry.NEVER),
        ("ACQ.TRADE_NOT_EXIST", RefundState.NOT_FOUND, Retry.NEVER),
        ("ACQ.SYSTEM_ERROR", RefundState.UNKNOWN, Retry.NEVER),
    ],
)
async def test_a_refund_that_is_refused(sub_code: str, state: RefundState, retry: Retry) -> None:
    result = await channel(answering({"code": "40004", "sub_code": sub_code})).refund(Refund("R1", REF, 100, 100))

    assert result.state is state
    assert result.error
    assert result.error.retry is retry


async def test_a_request_is_one_signed_form_with_beijings_time() -> None:
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answering(PAID)(request)

    await channel(handle).query_payment(REF)

    (request,) = seen
    params = dict(parse_qsl(request.content.decode(), strict_parsing=True))
    signature = params.pop("sign")
    assert (request.method, request.url.path) == ("POST", "/gateway.do")
    assert params["timestamp"] == "2026-11-21 10:15:30"
    assert params["biz_content"] == '{"out_trade_no":"A1"}'
    assert holds(signature, string_to_sign(params), public_key(KEYS["alipay_app.pub.pem"], "app"))


async def test_every_exchange_is_audited_and_nothing_in_it_gives_a_person_or_a_key_away() -> None:
    heard: list[Exchange] = []

    async def audit(exchange: Exchange) -> None:
        heard.append(exchange)

    paid = {**PAID, "buyer_logon_id": "159****5620", "buyer_user_id": "2088102116773037"}
    await channel(answering(paid), audit).query_payment(REF)
    await channel(failing(httpx.ReadTimeout("x")), audit).query_payment(REF)

    answered, failed = heard
    assert (answered.status, answered.failure, failed.status, failed.failure) == (200, "", None, "ReadTimeout")
    assert "TRADE_SUCCESS" in answered.response
    assert '{"out_trade_no":"A1"}' in answered.request
    shown = repr(heard) + "".join(one.request + one.response + one.url for one in heard)
    for secret in ("2088102116773037", "159****5620", KEYS["alipay_app.pkcs8.pem"][:40]):
        assert secret not in shown


async def test_an_audit_that_fails_loses_no_answer() -> None:
    async def audit(_: Exchange) -> None:
        raise OSError("disk full")

    assert (await channel(answering(PAID), audit).query_payment(REF)).state is PaymentState.SUCCEEDED


def test_a_key_shows_in_no_repr() -> None:
    key = KEYS["alipay_app.pkcs8.pem"]
    config = AlipayConfig(**CONFIG)

    assert key[100:140] not in repr(config) + repr(channel(answering(PAID))) + str(config)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"app_id": ""}, "app_id"),
        ({"app_private_key": ""}, "app_private_key"),
        ({"gateway_url": "http://openapi.alipay.com/gateway.do"}, "https"),
        ({"gateway_url": "http://127.0.0.1.evil.example/gateway.do"}, "https"),
    ],
)
def test_settings_that_cannot_be_right_are_refused(changes: dict[str, str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        AlipayConfig(**{**CONFIG, **changes})
