"""Alipay's notices and answers of the kind the vectors are, made by other code, judged as CHANNELS.md reads."""

import json
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

import httpx
import pytest

from suidai.contract import CreatePayment, Debit, PaymentChannel, PaymentRef, Refund, RefundRef
from tests.plugins.channels.outside.door import CLOCK, KEYS, key, made, signature, told, vectors, words

VECTORS = vectors("alipay")
CONFIG: dict[str, Any] = {
    "app_id": "2021000000000001",
    "seller_id": "2088000000000001",
    "app_private_key": KEYS["alipay_app.pkcs8.pem"],
    "alipay_public_key": KEYS["alipay_platform.pub.pem"],
    "gateway_url": "https://openapi.alipay.com/gateway.do",
}
PLATFORM = key("alipay_platform.pkcs8.pem")
_UNSIGNED = {"sign", "sign_type"}
PAID, SIGNED = (
    {name: value for name, value in VECTORS["notifications"][at]["params"].items() if name not in _UNSIGNED}
    for at in (0, 5)
)
REFUND = {"gmt_refund": "2026-11-22 09:00:00.123", "out_biz_no": "RF1"}
REF = PaymentRef("RP202611210001", CLOCK)


def form(
    params: dict[str, str], signer: Any = PLATFORM, sign_type: str | None = "RSA2", quoting: Any = quote_plus
) -> str:
    text = "&".join(f"{name}={params[name]}" for name in sorted(params))
    whole = {**params, "sign": signature(text, signer), **({"sign_type": sign_type} if sign_type else {})}
    return "&".join(f"{name}={quoting(value)}" for name, value in whole.items())


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, "PAYMENT SUCCEEDED 102450"),
        ({"body": "", "voucher_detail_list": ""}, "PAYMENT SUCCEEDED 102450"),
        ({"subject": "a+b %2B 100% 第3期😀&sign=x", "a_new_field": "="}, "PAYMENT SUCCEEDED 102450"),
        ({"trade_status": "TRADE_FINISHED"}, "PAYMENT SUCCEEDED 102450"),
        ({"trade_status": "TRADE_CLOSED", "gmt_close": "2026-11-21 10:46:02"}, "PAYMENT CLOSED"),
        ({"trade_status": "TRADE_CLOSED", "refund_fee": "1024.50", **REFUND}, "REFUND RF1 SUCCEEDED 102450"),
        ({"refund_fee": "74.50", **REFUND}, "REFUND RF1 SUCCEEDED 7450"),
        ({"total_amount": "1024.51"}, "PAYMENT SUCCEEDED 102451"),
        *[
            ({"total_amount": none}, "PAYMENT UNKNOWN UNKNOWN/MALFORMED_ANSWER")
            for none in ("", "0.00", "1e3", "-1.00", "1,024.50", "１０２４.50")
        ],
        ({"app_id": "2021000000000009"}, "PAYMENT UNKNOWN CONFLICT/FOREIGN_MERCHANT"),
        ({"seller_id": "2088000000000009"}, "PAYMENT UNKNOWN CONFLICT/FOREIGN_MERCHANT"),
        ({"notify_type": "something_new"}, "OTHER"),
    ],
)
@pytest.mark.parametrize("quoting", [quote_plus, quote], ids=["plus", "percent"])
async def test_a_notice(changes: dict[str, str], says: str, quoting: Any) -> None:
    assert (
        words(await told(made("alipay", CONFIG), form(PAID | changes, quoting=lambda text: quoting(text, safe=""))))
        == says
    )


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, "MANDATE ACTIVE"),
        ({"notify_type": "dut_user_unsign", "status": "UNSIGN"}, "MANDATE REVOKED"),
        ({"partner_id": "2088000000000009"}, "MANDATE UNKNOWN CONFLICT/FOREIGN_MERCHANT"),
        ({"status": "TEMP"}, "MANDATE UNKNOWN"),
        ({"agreement_no": ""}, "MANDATE UNKNOWN UNKNOWN/MALFORMED_ANSWER"),
    ],
)
async def test_a_notice_of_an_agreement(changes: dict[str, str], says: str) -> None:
    notice = await told(made("alipay", CONFIG), form(SIGNED | changes))

    assert words(notice) == says
    assert notice.mandate_no == "AG202611210001"  # pyright: ignore[reportAttributeAccessIssue] - a text proves nothing


@pytest.mark.parametrize(
    "body",
    [
        form(PAID, signer=key("alipay_app.pkcs8.pem")),
        form(PAID, sign_type="RSA"),
        form(PAID) + "&unsigned=1",
        form(PAID).replace("TRADE_SUCCESS", "TRADE_FINISHED"),
        form(PAID).replace("&sign=", "&was="),
        "",
        "not a form",
    ],
    ids=["our key", "SHA-1", "one more field", "changed", "no signature", "nothing", "no form"],
)
async def test_a_notice_that_proves_nothing(body: str) -> None:
    assert await told(made("alipay", CONFIG), body) == "signature false, 200"


async def test_a_notice_without_its_sign_type_is_of_the_only_kind_there_is() -> None:
    assert words(await told(made("alipay", CONFIG), form(PAID, sign_type=None))) == "PAYMENT SUCCEEDED 102450"


def answer(method: str, node: Any, *, written: str = "", signer: Any = PLATFORM) -> str:
    text = written or json.dumps(node, ensure_ascii=False, separators=(",", ":"))
    return f'{{"{method.replace(".", "_")}_response":{text},"sign":"{signature(text, signer)}"}}'


def before(raw: str, **config: Any) -> PaymentChannel:
    return made("alipay", CONFIG | config, lambda _: httpx.Response(200, content=raw.encode()))


TRADE = {"code": "10000", "msg": "Success", "out_trade_no": REF.order_no, "total_amount": "1024.50", "trade_no": "2026"}
SUCCESS = {**TRADE, "trade_status": "TRADE_SUCCESS"}
_WRITTEN = json.dumps(SUCCESS)
QUERY = "alipay.trade.query"
_FAULT = '{"code":"40002","msg":"Invalid Arguments","sub_code":"isv.invalid-signature"}'


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (answer(QUERY, {**TRADE, "trade_status": "WAIT_BUYER_PAY"}), "PROCESSING"),
        (answer(QUERY, {**TRADE, "trade_status": "TRADE_FINISHED"}), "SUCCEEDED 102450"),
        (answer(QUERY, {**TRADE, "trade_status": "TRADE_CLOSED"}), "CLOSED"),
        (
            answer(QUERY, {**TRADE, "trade_status": "TRADE_CLOSED", "send_pay_date": "2026-11-21 10:16:09"}),
            "SUCCEEDED 102450",
        ),
        (answer(QUERY, None, written=_WRITTEN.replace(": ", " :\n ")), "SUCCEEDED 102450"),
        (answer(QUERY, {"msg": '}","sign":"{\\"', **SUCCESS}), "SUCCEEDED 102450"),
        (f'{{"sign":"{signature(_WRITTEN, PLATFORM)}","alipay_trade_query_response":{_WRITTEN}}}', "SUCCEEDED 102450"),
        (f'{{"error_response":{_FAULT},"sign":"{signature(_FAULT, PLATFORM)}"}}', "UNKNOWN CONFIG/SIGN_ERROR"),
        (f'{{"error_response":{_FAULT}}}', "UNKNOWN UNKNOWN/BAD_SIGNATURE_ON_ANSWER"),
        (f'{{"alipay_trade_query_response":{_WRITTEN}}}', "UNKNOWN UNKNOWN/BAD_SIGNATURE_ON_ANSWER"),
        (answer(QUERY, SUCCESS, signer=key("alipay_app.pkcs8.pem")), "UNKNOWN UNKNOWN/BAD_SIGNATURE_ON_ANSWER"),
        (answer(QUERY, {**SUCCESS, "out_trade_no": "RP2"}), "UNKNOWN UNKNOWN/MALFORMED_ANSWER"),
        (answer("alipay.trade.close", SUCCESS), "UNKNOWN UNKNOWN/MALFORMED_ANSWER"),
        ("<html>", "UNKNOWN UNKNOWN/MALFORMED_ANSWER"),
    ],
)
async def test_an_answer_to_a_query(raw: str, says: str) -> None:
    assert words(await before(raw).query_payment(REF)) == says


@pytest.mark.parametrize(
    ("node", "says"),
    [
        ({"code": "10000", "total_amount": "512.33", "gmt_payment": "2026-11-21 10:15:31"}, "SUCCEEDED 51233"),
        ({"code": "10003"}, "PROCESSING UNKNOWN/PROCESSING"),
        ({"code": "20000", "sub_code": "aop.ACQ.SYSTEM_ERROR"}, "UNKNOWN UNKNOWN/SYSTEM_ERROR"),
        ({"code": "40004", "sub_code": "ACQ.SYSTEM_ERROR"}, "UNKNOWN UNKNOWN/SYSTEM_ERROR"),
        ({"code": "40004", "sub_code": "ACQ.A_NEW_ONE"}, "UNKNOWN UNKNOWN/OTHER"),
        ({"code": "40004", "sub_code": "ACQ.BUYER_BALANCE_NOT_ENOUGH"}, "DECLINED DECLINED/INSUFFICIENT_FUNDS"),
        ({"code": "40004", "sub_code": "ACQ.NO_PAYMENT_INSTRUMENTS_AVAILABLE"}, "DECLINED DECLINED/INSUFFICIENT_FUNDS"),
        ({"code": "40004", "sub_code": "ACQ.AGREEMENT_NOT_EXIST"}, "DECLINED DECLINED/MANDATE_INVALID"),
        ({"code": "40004", "sub_code": "ACQ.CYCLE_PAY_DATE_NOT_MATCH"}, "DECLINED DECLINED/LIMIT_EXCEEDED"),
        ({"code": "40004", "sub_code": "ACQ.CONTEXT_INCONSISTENT"}, "UNKNOWN CONFLICT/NUMBER_REUSED"),
        ({"code": "40004", "sub_code": "ACQ.TRADE_HAS_CLOSE"}, "CLOSED UNKNOWN/OTHER"),
        ({"code": "40006", "sub_code": "isv.insufficient-isv-permissions"}, "UNKNOWN CONFIG/NO_PERMISSION"),
        ({"code": "40002", "sub_code": "isv.invalid-app-id"}, "UNKNOWN CONFIG/OTHER"),
    ],
)
async def test_an_answer_to_a_debit(node: dict[str, str], says: str) -> None:
    raw = answer("alipay.trade.pay", {"msg": "m", "out_trade_no": "WD1", "trade_no": "2026", **node})
    debit = Debit("WD1", 51233, "CNY", "20265112345678901234", date(2026, 11, 21), "自动代扣第3期")

    assert words(await before(raw, withholding=True).debit(debit)) == says


@pytest.mark.parametrize(
    ("node", "says"),
    [
        ({"code": "10000", "fund_change": "Y", "refund_fee": "74.50"}, "SUCCEEDED 2450"),
        ({"code": "10000", "fund_change": "N", "refund_fee": "24.50"}, "PROCESSING"),
        ({"code": "10000", "refund_fee": "24.50"}, "PROCESSING"),
        ({"code": "40004", "sub_code": "ACQ.SELLER_BALANCE_NOT_ENOUGH"}, "DECLINED DECLINED/INSUFFICIENT_FUNDS"),
        ({"code": "40004", "sub_code": "ACQ.TRADE_NOT_ALLOW_REFUND"}, "DECLINED DECLINED/NOT_REFUNDABLE"),
        ({"code": "40004", "sub_code": "ACQ.DISCORDANT_REPEAT_REQUEST"}, "UNKNOWN CONFLICT/NUMBER_REUSED"),
    ],
)
async def test_an_answer_to_a_refund(node: dict[str, str], says: str) -> None:
    raw = answer("alipay.trade.refund", {"msg": "m", "out_trade_no": REF.order_no, **node})

    assert words(await before(raw).refund(Refund("RF1", REF, 2450, 102450))) == says


@pytest.mark.parametrize(("status", "says"), [("REFUND_SUCCESS", "SUCCEEDED 2450"), ("", "PROCESSING")])
async def test_an_answer_to_a_query_of_a_refund(status: str, says: str) -> None:
    node = {**TRADE, "out_request_no": "RF1", "refund_amount": "24.50", **({"refund_status": status} if status else {})}

    assert (
        words(await before(answer("alipay.trade.fastpay.refund.query", node)).query_refund(RefundRef("RF1", REF)))
        == says
    )


@pytest.mark.parametrize("node", [{"code": "10000"}, {"code": "40004", "sub_code": "ACQ.TRADE_NOT_EXIST"}])
async def test_an_answer_to_a_close(node: dict[str, str]) -> None:
    raw = answer("alipay.trade.close", {"msg": "m", "out_trade_no": REF.order_no, **node})

    assert words(await before(raw).close_payment(REF)) == ("CLOSED" if node["code"] == "10000" else "NOT_FOUND")


@pytest.mark.parametrize(
    ("sub_code", "says"),
    [
        ("ACQ.TRADE_HAS_SUCCESS", "ALREADY_PAID"),
        ("ACQ.TRADE_HAS_CLOSE", "CLOSED"),
        ("ACQ.TRADE_STATUS_ERROR", "UNKNOWN"),
        ("isv.invalid-signature", "UNKNOWN"),
    ],
)
async def test_a_refused_close_says_what_its_refusal_proves_where_nobody_answers_the_query(
    sub_code: str, says: str
) -> None:
    raw = answer("alipay.trade.close", {"code": "40004", "msg": "m", "sub_code": sub_code})

    assert words(await before(raw).close_payment(REF)) == says


async def test_a_notice_that_is_raised_twice_is_one_event_and_a_refund_another() -> None:
    again = PAID | {"notify_id": "2026112100222101609077311444899999", "notify_time": "2026-11-21 10:20:10"}
    events = [
        (await told(made("alipay", CONFIG), form(params))).event_id  # type: ignore[union-attr]
        for params in (PAID, again, PAID | {"refund_fee": "24.50", **REFUND})
    ]

    assert events[0] == events[1] != events[2]


async def test_a_wap_order_is_signed_over_what_is_sent() -> None:
    expires, back = CLOCK + timedelta(minutes=30), "https://loan.example.com/return"
    order = CreatePayment("RP202611210002", 30000, "CNY", "wap", "还款,a=b/c", expires, return_url=back)  # type: ignore[arg-type] - as a stranger writes it

    made_ = await made("alipay", CONFIG).create_payment(order)

    params = dict(parse_qsl(urlsplit(made_.action.url).query, strict_parsing=True))  # type: ignore[union-attr]
    text = "&".join(f"{name}={params[name]}" for name in sorted(params) if name != "sign")
    assert params["sign"] == signature(text, key("alipay_app.pkcs8.pem"))
    assert (params["method"], params["sign_type"], params["timestamp"]) == (
        "alipay.trade.wap.pay",
        "RSA2",
        "2026-11-21 10:15:30",
    )
    assert json.loads(params["biz_content"]) == {
        "out_trade_no": "RP202611210002",
        "total_amount": "300.00",
        "subject": "还款 a b c",
        "product_code": "QUICK_WAP_WAY",
        "quit_url": back,
        "time_expire": "2026-11-21 10:45:30",
    }
