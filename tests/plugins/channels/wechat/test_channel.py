"""What the channel asks about an order and a refund and what it makes of the answers; its health and its settings."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from plugins.channels.wechat.config import WechatConfig
from plugins.keys import BadKey
from plugins.runtime import Exchange
from suidai.contract import (
    CloseResult,
    PaymentRef,
    PaymentState,
    Product,
    RefundRef,
    RefundState,
)
from tests.plugins.channels.wechat.platform import (
    ABSENT,
    APIV3_KEY,
    APPID,
    CONFIG,
    KEYS,
    MCHID,
    NO,
    NOW,
    PAID,
    REF,
    REFUND,
    REFUND_REF,
    Seen,
    answer,
    answering,
    channel,
    is_signed,
    order,
)

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
