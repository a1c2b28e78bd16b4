"""Requests, notifications and answers made with independent libraries, judged as each one's `expect` says."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from plugins.channels.alipay.gateway import cut
from plugins.channels.alipay.plugin import payment_channels
from plugins.channels.alipay.signing import holds, sign, string_to_sign, string_to_verify
from plugins.keys import private_key, public_key
from plugins.testing import runtime
from suidai.contract import (
    AppOrderString,
    CreatePayment,
    Debit,
    ErrorCode,
    ErrorKind,
    MandateResult,
    MandateState,
    NoticeOutcome,
    Notification,
    NotificationKind,
    PaymentChannel,
    PaymentRef,
    PaymentResult,
    PaymentState,
    Product,
    QrCode,
    RawRequest,
    RedirectUrl,
    Refund,
    RefundResult,
    RefundState,
    SignatureError,
)

FOLDER = Path(__file__).parents[2] / "vectors" / "channels"
VECTORS = json.loads((FOLDER / "alipay.json").read_text())
KEYS = json.loads((FOLDER / "keys.json").read_text())
NOW = datetime.fromisoformat(VECTORS["clock"])
APP_KEY = private_key(KEYS["alipay_app.pkcs8.pem"], "app")
APP_PUBLIC = public_key(KEYS["alipay_app.pub.pem"], "app")
PLATFORM_KEY = public_key(KEYS["alipay_platform.pub.pem"], "platform")
CONFIG = {
    "app_id": "2021000000000001",
    "seller_id": "2088000000000001",
    "app_private_key": KEYS["alipay_app.pkcs8.pem"],
    "alipay_public_key": KEYS["alipay_platform.pub.pem"],
    "gateway_url": "https://openapi.alipay.com/gateway.do",
    "withholding": True,
}


def named(kind: str) -> list[Any]:
    return [pytest.param(vector, id=vector.get("name") or vector["api"]) for vector in VECTORS[kind]]


def channel(answer: str | None = None) -> PaymentChannel:
    """The channel before a gateway that always answers this."""
    (spec,) = payment_channels()
    transport = httpx.MockTransport(lambda _: httpx.Response(200, text=answer)) if answer else None
    return spec.factory(spec.config_model(**CONFIG), runtime(now=VECTORS["clock"], transport=transport))


def posted(form: str) -> RawRequest:
    return RawRequest("POST", "/notify/payments/alipay", "", {}, form.encode(), NOW)  # type: ignore[arg-type]


def ref(order_no: str) -> PaymentRef:
    return PaymentRef(order_no, NOW)


@pytest.mark.parametrize("vector", named("requests"))
def test_a_request_is_written_down_and_signed_as_alipay_does(vector: dict[str, Any]) -> None:
    text = string_to_sign(vector["params_without_sign"])

    assert text == vector["string_to_sign"]
    assert sign(text, APP_KEY) == vector["sign"]


@pytest.mark.parametrize("vector", named("requests")[:2])
async def test_the_channel_makes_the_same_request_of_its_own(vector: dict[str, Any]) -> None:
    params = vector["params_without_sign"]
    biz = json.loads(params["biz_content"])
    product = {"alipay.trade.page.pay": Product.PAGE, "alipay.trade.app.pay": Product.APP}[vector["api"]]

    result = await channel().create_payment(
        CreatePayment(
            order_no=biz["out_trade_no"],
            amount_fen=int(biz["total_amount"].replace(".", "")),
            currency="CNY",
            product=product,
            subject=biz["subject"],
            expires_at=NOW + timedelta(minutes=30),
            return_url=params.get("return_url"),
            notify_url=params["notify_url"],
        )
    )

    assert isinstance(result.action, RedirectUrl | AppOrderString)
    query = urlsplit(result.action.url).query if isinstance(result.action, RedirectUrl) else result.action.order_string
    made = dict(parse_qsl(query, strict_parsing=True))
    signature, made_biz = made.pop("sign"), json.loads(made.pop("biz_content"))
    # The vectors limit the time by `timeout_express` or not at all; we always say until when.
    assert made_biz.pop("time_expire") == "2026-11-21 10:45:30"
    assert made_biz == {name: value for name, value in biz.items() if name != "timeout_express"}
    assert made == {name: value for name, value in params.items() if name != "biz_content"}
    assert holds(signature, string_to_sign(dict(parse_qsl(query))), APP_PUBLIC)


def business(notice: Notification, local_order: dict[str, Any] | None) -> str:
    """What the core would do, said in the vectors' words."""
    match notice.kind, notice.result:
        case NotificationKind.MANDATE, MandateResult(state=MandateState.ACTIVE, token=token):
            return f"AGREEMENT ACTIVE {token}"
        case NotificationKind.REFUND, RefundResult(state=RefundState.SUCCEEDED, amount_fen=amount):
            return f"REFUND event {amount} fen; must NOT be posted as a second payment"
        case NotificationKind.PAYMENT, PaymentResult(state=PaymentState.SUCCEEDED) as paid:
            assert local_order
            asked = (local_order["out_trade_no"], local_order["amount_fen"], local_order["currency"])
            if (notice.order_no, paid.amount_fen, paid.currency) != asked:
                return "REJECT amount mismatch, no posting, alert"
            return "PAID"
        case NotificationKind.PAYMENT, PaymentResult(state=PaymentState.PROCESSING):
            return "PENDING, no posting"
        case other:
            raise AssertionError(other)


@pytest.mark.parametrize("vector", named("notifications"))
async def test_a_notification_is_judged_as_expected(vector: dict[str, Any]) -> None:
    expect = vector["expect"]
    alipay = channel()

    assert string_to_verify(vector["params"]) == vector["string_verified"] or not expect["signature"]
    if not expect["signature"]:
        with pytest.raises(SignatureError):
            await alipay.parse_notification(posted(vector["form_body"]))
        outcome = NoticeOutcome.BAD_SIGNATURE
    else:
        notice = await alipay.parse_notification(posted(vector["form_body"]))
        verdict = business(notice, vector.get("local_order"))
        assert verdict == expect["business"]
        outcome = NoticeOutcome.REJECTED if verdict.startswith("REJECT") else NoticeOutcome.ACCEPTED
        if "amount_fen" in expect:
            assert isinstance(notice.result, PaymentResult)
            assert notice.result.amount_fen == expect["amount_fen"]
            assert notice.result.paid_at == datetime.fromisoformat("2026-11-21T10:16:09+08:00")

    answer = alipay.answer_notification(outcome)
    assert answer.body.decode() == expect.get("answer", "success")
    assert answer.status == expect.get("http", 200)


@pytest.mark.parametrize("vector", named("answers"))
def test_the_signed_part_of_an_answer_is_its_very_bytes(vector: dict[str, Any]) -> None:
    parts = cut(vector["raw"])
    written = parts[vector["node"]][1]

    tampered = vector["name"] == "tampered"
    assert (written == vector["signed_part"]) is not tampered
    assert holds(parts["sign"][0], written, PLATFORM_KEY) is not tampered


async def answered(name: str) -> Any:
    """The channel's result of the call whose answer the vector is."""
    raw = next(vector["raw"] for vector in VECTORS["answers"] if vector["name"] == name)
    alipay = channel(raw)
    match name:
        case "query_success" | "tampered":
            return await alipay.query_payment(ref("RP202611210001"))
        case "not_exist":
            return await alipay.query_payment(ref("RP202611219999"))
        case "precreate_escaped_slash":
            return await alipay.create_payment(
                CreatePayment("RP202611210009", 100, "CNY", Product.QR, "还款", NOW + timedelta(minutes=30))
            )
        case "agreement_pay_unknown":
            return await alipay.debit(
                Debit("WD202611210001", 51233, "CNY", "20265112345678901234", NOW.date(), "自动代扣第3期")
            )
        case "refund_repeat":
            return await alipay.refund(Refund("RF202611210001", ref("RP202611210001"), 2450, 102450))
        case other:
            raise AssertionError(other)


EXPECTED = {
    "query_success": "verified; PAID 102450",
    "precreate_escaped_slash": "verified over the raw text (do not re-serialise: \\/ must stay)",
    "not_exist": "verified; NOT_FOUND (buyer never opened the cashier) - not a decline",
    "agreement_pay_unknown": "verified; UNKNOWN -> query with same out_trade_no, never new number",
    "refund_repeat": (
        "verified; same out_request_no again: fund_change=N is NOT a failure -> fastpay.refund.query decides"
    ),
    "tampered": "signature error -> treat as UNKNOWN",
}


def test_every_answer_vector_is_judged_below() -> None:
    assert {vector["name"]: vector["expect"] for vector in VECTORS["answers"]} == EXPECTED


async def test_query_success_is_paid_102450() -> None:
    result = await answered("query_success")

    assert (result.state, result.amount_fen, result.currency) == (PaymentState.SUCCEEDED, 102450, "CNY")
    assert result.provider_no == "2026112122001477311400000001"


async def test_a_precreated_code_is_read_through_its_escapes() -> None:
    result = await answered("precreate_escaped_slash")

    assert result.state is PaymentState.ACTION_REQUIRED
    assert result.action == QrCode("https://qr.alipay.com/bax03431ljhokirwl38f00a7")


async def test_an_order_nobody_opened_is_not_found_and_not_declined() -> None:
    assert (await answered("not_exist")).state is PaymentState.NOT_FOUND


async def test_a_debit_nobody_knows_the_end_of_is_unknown() -> None:
    result = await answered("agreement_pay_unknown")

    assert result.state is PaymentState.UNKNOWN
    assert result.error.kind is ErrorKind.UNKNOWN
    assert result.error.provider_code == "isp.unknow-error"


async def test_a_refund_repeated_is_neither_done_nor_failed_but_asked_about() -> None:
    result = await answered("refund_repeat")

    assert result.state is RefundState.PROCESSING
    assert result.error is None
    assert result.retry_after >= timedelta(seconds=10)


async def test_a_tampered_answer_is_unknown() -> None:
    result = await answered("tampered")

    assert result.state is PaymentState.UNKNOWN
    assert result.amount_fen is None
    assert result.error.code is ErrorCode.BAD_SIGNATURE_ON_ANSWER
