"""Signatures, notifications, answers and a bill made with independent libraries, judged as each one's `expect` says."""

import gzip
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from plugins.channels.wechat.orders import Orders
from plugins.channels.wechat.signing import authorization, lines
from plugins.keys import private_key
from suidai.contract import (
    BillFile,
    BillKind,
    BillRequest,
    BillRow,
    BillTotals,
    CloseResult,
    CreatePayment,
    ErrorCode,
    NoticeOutcome,
    Notification,
    NotificationKind,
    PaymentRef,
    PaymentResult,
    PaymentState,
    Product,
    QrCode,
    RawRequest,
    RefundResult,
    SignatureError,
)
from tests.plugins.channels.wechat.platform import FOLDER, KEYS, NOTICES, NOW, VECTORS, answer, channel, posted

BILL = (FOLDER / "bills" / "wechat_ALL_20261120.csv.gz").read_bytes()
BILL_SAYS = json.loads((FOLDER / "bills" / "wechat_ALL_20261120.expected.json").read_text())
STALE = datetime.fromtimestamp(1795227690, UTC)
MERCHANT_KEY = private_key(KEYS["wx_merchant.pkcs8.pem"], "merchant")
ORDER = {"out_trade_no": "RP202611210001", "amount_fen": 102450, "currency": "CNY"}


def named(kind: list[dict[str, Any]]) -> list[Any]:
    return [pytest.param(vector, id=vector["name"]) for vector in kind]


def sent(vector: dict[str, Any], at: datetime = NOW) -> RawRequest:
    return posted(vector["body"].encode(), vector["headers"], at=at)


@pytest.mark.parametrize("vector", named(VECTORS["authorization"]))
def test_a_request_is_signed_as_wechat_wants_it(vector: dict[str, Any]) -> None:
    parts = (vector["method"], vector["canonical_url"], vector["timestamp"], vector["nonce_str"], vector["body"])

    assert lines(*parts).decode() == vector["string_to_sign"]
    assert vector["authorization"] == authorization(
        mchid=VECTORS["mchid"],
        serial=VECTORS["serial_no"],
        key=MERCHANT_KEY,
        method=vector["method"],
        target=vector["canonical_url"],
        timestamp=vector["timestamp"],
        nonce=vector["nonce_str"],
        body=vector["body"].encode(),
    )


def test_what_the_page_in_wechat_is_handed_is_signed_as_wechat_wants_it() -> None:
    vector = VECTORS["jsapi_paysign"]
    appid, timestamp, nonce, package = vector["lines"]
    orders = Orders(appid, VECTORS["mchid"], MERCHANT_KEY)

    params = orders.jsapi_params(package.removeprefix("prepay_id="), timestamp, nonce)

    assert (params["paySign"], params["signType"]) == (vector["paySign"], vector["signType"])
    assert [params[name] for name in ("appId", "timeStamp", "nonceStr", "package")] == vector["lines"]


def business(notice: Notification) -> str:
    """What the core would do, said in the vectors' words."""
    match notice.kind, notice.result:
        case NotificationKind.REFUND, RefundResult(amount_fen=amount) as refund:
            return f"REFUND {amount} fen {refund.state.value.replace('SUCCEEDED', 'SUCCESS')}"
        case NotificationKind.PAYMENT, PaymentResult(state=PaymentState.SUCCEEDED) as paid:
            if (notice.order_no, paid.amount_fen, paid.currency) != tuple(ORDER.values()):
                return "REJECT amount mismatch, alert, no posting"
            return f"PAID {paid.amount_fen} fen"
        case other:
            raise AssertionError(other)


UNPROVEN = {
    "tampered_body": "signature false",
    "stale_timestamp_6min": "reject: |now-ts| > 300 s. wechatpayv3 ACCEPTS it (it has no clock check)",
}


@pytest.mark.parametrize("vector", named(NOTICES["cases"]))
async def test_a_notification_is_judged_as_expected(vector: dict[str, Any]) -> None:
    expect, wechat = vector["expect"], channel(apiv3_key=vector["apiv3_key"])
    received = sent(vector, STALE if "1795227690" in str(expect.get("http")) else NOW)

    if vector["name"] in UNPROVEN:
        assert expect["business"] == UNPROVEN[vector["name"]]
        with pytest.raises(SignatureError):
            await wechat.parse_notification(received)
        outcome = NoticeOutcome.BAD_SIGNATURE
    else:
        verdict = business(await wechat.parse_notification(received))
        assert verdict == expect["business"]
        outcome = NoticeOutcome.REJECTED if verdict.startswith("REJECT") else NoticeOutcome.ACCEPTED

    answer = wechat.answer_notification(outcome)
    assert str(answer.status) in str(expect.get("http", "200 204"))
    assert bool(answer.body) is (outcome is NoticeOutcome.BAD_SIGNATURE)


@pytest.mark.parametrize("vector", named([case for case in NOTICES["cases"] if case["name"] != "tampered_body"]))
async def test_a_notification_says_what_was_encrypted(vector: dict[str, Any]) -> None:
    notice = await channel().parse_notification(sent(vector))

    assert notice.raw == json.loads(vector["plaintext"])


async def test_a_payments_notice_says_who_paid_how_much_and_when() -> None:
    vector = next(case for case in NOTICES["cases"] if case["name"] == "success_public_key_mode")

    notice = await channel().parse_notification(sent(vector))

    assert isinstance(notice.result, PaymentResult)
    assert notice.result.provider_no == "4200002486202611210000000001"
    assert notice.result.paid_at == datetime.fromisoformat("2026-11-21T10:16:09+08:00")
    assert notice.result.payer_id_masked == "oUpF***eS6o"


async def answered(vector: dict[str, Any]) -> Any:
    told = httpx.Response(vector["status"], headers=vector["headers"], content=vector["body"].encode())
    wechat = channel(lambda _: told)
    ref = PaymentRef("RP202611210001", NOW)
    match vector["name"]:
        case "close_204_empty":
            return await wechat.close_payment(ref)
        case "order_not_exist":
            return await wechat.query_payment(ref)
        case _:
            expires = NOW + timedelta(minutes=30)
            return await wechat.create_payment(CreatePayment("RP202611210001", 102450, "CNY", Product.QR, "", expires))


EXPECTED = {
    "native_ok": "ACTION_REQUIRED code_url",
    "close_204_empty": "closed; string is ts\\nnonce\\n\\n",
    "order_not_exist": "NOT_FOUND (verified). only a VERIFIED 404 proves absence",
    "bad_signature_200": "UNKNOWN: never use an unverified answer",
}


@pytest.mark.parametrize("vector", named(VECTORS["answers"]["cases"]))
async def test_an_answer_is_judged_as_expected(vector: dict[str, Any]) -> None:
    result = await answered(vector)

    assert vector["expect"] == EXPECTED[vector["name"]]
    match vector["name"]:
        case "native_ok":
            assert result.state is PaymentState.ACTION_REQUIRED
            assert result.action == QrCode("weixin://wxpay/bizpayurl?pr=JyC91EIz1")
        case "close_204_empty":
            assert result is CloseResult.CLOSED
        case "order_not_exist":
            assert result.state is PaymentState.NOT_FOUND
        case _:
            assert (result.state, result.action) == (PaymentState.UNKNOWN, None)
            assert result.error.code is ErrorCode.BAD_SIGNATURE_ON_ANSWER


@pytest.mark.parametrize("vector", named(VECTORS["answers"]["cases"]))
async def test_without_its_signature_no_answer_says_anything(vector: dict[str, Any]) -> None:
    result = await answered({**vector, "headers": {}})

    assert result.state in {PaymentState.UNKNOWN, CloseResult.UNKNOWN}


def file(content: bytes = BILL) -> BillFile:
    return BillFile(content, "wechat_ALL_20261120.csv.gz", hashlib.sha256(content).hexdigest())


@pytest.mark.parametrize("content", [pytest.param(BILL, id="packed"), pytest.param(gzip.decompress(BILL), id="bare")])
def test_the_bill_says_what_is_expected(content: bytes) -> None:
    *rows, totals = channel().parse_bill(file(content))

    said = [
        {
            "time": row.occurred_at.isoformat(" "),
            "provider_trade_no": row.provider_no,
            "merchant_order_no": row.order_no,
            "kind": row.kind.value,
            "amount_fen": row.amount_fen,
            "settle_fen": row.received_fen,
            "fee_fen": row.fee_fen,
            "merchant_refund_no": row.refund_no,
            "refund_status": row.status if row.kind is BillKind.REFUND else None,
        }
        for row in rows
        if isinstance(row, BillRow) and row.occurred_at
    ]
    told_otherwise = {"trade_type", "provider_refund_no", "body"}
    assert said == [
        {name: value for name, value in row.items() if name not in told_otherwise} for row in BILL_SAYS["rows"]
    ]
    assert totals == BillTotals(payments_fen=1220142, refunds_fen=17000, fees_fen=7218)
    assert {row.currency for row in rows if isinstance(row, BillRow)} == {"CNY"}


async def test_the_bill_is_fetched_in_two_steps_and_is_what_its_hash_says() -> None:
    signed = VECTORS["authorization"][1]
    asked: list[str] = []

    def gateway(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        assert request.headers["Authorization"].startswith("WECHATPAY2-SHA256-RSA2048 ")
        if request.url.path == "/v3/bill/tradebill":
            return answer(BILL_SAYS["download_answer"])
        return httpx.Response(200, content=BILL)

    found = await channel(gateway).fetch_bill(BillRequest(datetime.fromisoformat("2026-11-20").date()))

    assert isinstance(found, BillFile)
    assert (found.content, found.hash_ok, found.sha256) == (BILL, True, hashlib.sha256(BILL).hexdigest())
    assert asked == [
        f"https://api.mch.weixin.qq.com{signed['canonical_url']}",
        BILL_SAYS["download_answer"]["download_url"],
    ]
