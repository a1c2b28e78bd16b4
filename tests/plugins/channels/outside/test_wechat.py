"""WeChat's notices and answers of the kind the vectors are, made by other code, judged as CHANNELS.md reads."""

import json
import re
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from suidai.contract import BillRequest, CreatePayment, NoticeOutcome, PaymentChannel, PaymentRef, Refund, RefundRef
from tests.plugins.channels.outside.door import CLOCK, KEYS, base64, key, made, signature, told, vectors, words

VECTORS = vectors("wechat")
NOTICES = VECTORS["notifications"]
NOW: int = NOTICES["now_for_fresh_cases"]
SECRET = NOTICES["cases"][0]["apiv3_key"]
PUBLIC, CERTIFICATE = NOTICES["public_key_id"], NOTICES["certificate_serial"]
BY_KEY = {"wechatpay_public_key_id": PUBLIC, "wechatpay_public_key": KEYS["wx_platform.pub.pem"]}
BY_CERTIFICATE = {"platform_certificates": {CERTIFICATE: KEYS["wx_platform.cert.pem"]}}
MERCHANT: dict[str, Any] = {
    "appid": "wxd678efh567hg6787",
    "mchid": VECTORS["mchid"],
    "merchant_serial": VECTORS["serial_no"],
    "merchant_private_key": KEYS["wx_merchant.pkcs8.pem"],
    "apiv3_key": SECRET,
    "gateway_url": "https://api.mch.weixin.qq.com",
}
CONFIG = MERCHANT | BY_KEY | BY_CERTIFICATE
PLATFORM, OURS = key("wx_platform.pkcs8.pem"), key("wx_merchant.pkcs8.pem")
PAID, REFUNDED = (json.loads(NOTICES["cases"][at]["plaintext"]) for at in (0, 1))
AT = CLOCK.fromtimestamp(NOW, CLOCK.tzinfo)
REF = PaymentRef("RP202611210001", AT)


def proof(body: str, *, serial: str = PUBLIC, age: int = 5, signer: Any = PLATFORM, **headers: str) -> dict[str, str]:
    text = f"{NOW - age}\nnonce\n{body}\n"
    return {
        "Wechatpay-Timestamp": str(NOW - age),
        "Wechatpay-Nonce": "nonce",
        "Wechatpay-Signature": signature(text, signer),
        "Wechatpay-Serial": serial,
        "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
    } | headers


def notice(event: str, resource: Any, *, secret: str = SECRET, data: str | None = "transaction", **changes: str) -> str:
    plaintext = json.dumps(resource, ensure_ascii=False).encode()
    sealed = AESGCM(secret.encode()).encrypt(b"fdasflkja484", plaintext, (data or "").encode())
    told_of: dict[str, Any] = {"ciphertext": base64.b64encode(sealed).decode(), "nonce": "fdasflkja484"}
    if data is not None:
        told_of["associated_data"] = data
    return json.dumps(
        {"id": "EV-1", "event_type": event, "resource": {"algorithm": "AEAD_AES_256_GCM", **told_of, **changes}}
    )


def amount(**changes: Any) -> dict[str, Any]:
    return PAID | {"amount": PAID["amount"] | changes}


@pytest.mark.parametrize(
    ("event", "resource", "says"),
    [
        ("TRANSACTION.SUCCESS", PAID, "PAYMENT SUCCEEDED 102450"),
        ("TRANSACTION.SUCCESS", amount(payer_total=100000), "PAYMENT SUCCEEDED 102450"),
        ("TRANSACTION.SUCCESS", amount(total=100), "PAYMENT SUCCEEDED 100"),
        ("TRANSACTION.SUCCESS", amount(currency="USD"), "PAYMENT SUCCEEDED 102450 USD"),
        ("TRANSACTION.SUCCESS", PAID | {"appid": "wx0"}, "PAYMENT UNKNOWN CONFLICT/FOREIGN_MERCHANT"),
        ("TRANSACTION.SUCCESS", PAID | {"mchid": "1"}, "PAYMENT UNKNOWN CONFLICT/FOREIGN_MERCHANT"),
        ("REFUND.SUCCESS", REFUNDED, "REFUND RF202611210001 SUCCEEDED 2450"),
        (
            "REFUND.CLOSED",
            REFUNDED | {"refund_status": "CLOSED"},
            "REFUND RF202611210001 DECLINED DECLINED/OTHER",
        ),
        (
            "REFUND.ABNORMAL",
            REFUNDED | {"refund_status": "ABNORMAL"},
            "REFUND RF202611210001 UNKNOWN UNKNOWN/ACCOUNT_INVALID",
        ),
        ("REFUND.SUCCESS", REFUNDED | {"mchid": "1"}, "REFUND RF202611210001 UNKNOWN CONFLICT/FOREIGN_MERCHANT"),
        ("SOMETHING.NEW", PAID, "OTHER"),
    ],
)
async def test_a_notice(event: str, resource: Any, says: str) -> None:
    body = notice(event, resource)

    assert words(await told(made("wechat", CONFIG, now=NOW), body, proof(body), AT)) == says


@pytest.mark.parametrize("data", ["transaction", "", None])
@pytest.mark.parametrize(
    "headers", [{}, {"serial": CERTIFICATE}, {"serial": CERTIFICATE.lower()}, {"age": 300}, {"age": -300}]
)
async def test_a_notice_in_each_mode_and_at_each_end_of_five_minutes(headers: Any, data: str | None) -> None:
    body = notice("TRANSACTION.SUCCESS", PAID, data=data)

    found = await told(made("wechat", CONFIG, now=NOW), body, list(proof(body, **headers).items()), AT)
    assert words(found) == "PAYMENT SUCCEEDED 102450"


GOOD = notice("TRANSACTION.SUCCESS", PAID)


@pytest.mark.parametrize(
    ("headers", "config"),
    [
        (proof(GOOD, age=301), CONFIG),
        (proof(GOOD, age=-301), CONFIG),
        (proof(GOOD + " "), CONFIG),
        (proof(GOOD, signer=OURS), CONFIG),
        (proof(GOOD, serial="77" * 20), CONFIG),
        (proof(GOOD, serial=CERTIFICATE), MERCHANT | BY_KEY),
        (proof(GOOD), MERCHANT | BY_CERTIFICATE),
        ({}, CONFIG),
    ],
    ids=[
        "old",
        "early",
        "changed",
        "our key",
        "a new certificate",
        "no certificate here",
        "no public key here",
        "bare",
    ],
)
async def test_a_notice_that_proves_nothing(headers: dict[str, str], config: dict[str, Any]) -> None:
    assert await told(made("wechat", config, now=NOW), GOOD, headers, AT) == "signature false, 401"


async def test_a_probe_is_no_alarm_and_is_answered_as_a_failure() -> None:
    wechat = made("wechat", CONFIG, now=NOW)

    probe = await told(wechat, GOOD, proof(GOOD, **{"Wechatpay-Signature": "WECHATPAY/SIGNTEST/" + "A" * 300}), AT)

    assert words(probe) == "PROBE"
    assert wechat.answer_notification(NoticeOutcome.BAD_SIGNATURE).status == 401


@pytest.mark.parametrize(
    "body",
    [notice("TRANSACTION.SUCCESS", PAID, secret="b" * 32), notice("TRANSACTION.SUCCESS", PAID, associated_data="x")],
    ids=["another APIv3 key", "another associated data"],
)
async def test_a_good_signature_over_what_does_not_open_is_our_fault(body: str) -> None:
    wechat = made("wechat", CONFIG, now=NOW)

    with pytest.raises(ValueError, match="does not open"):
        await told(wechat, body, proof(body), AT)
    assert wechat.answer_notification(NoticeOutcome.RETRY).status == 500


def before(status: int, fields: Any, **proven: Any) -> PaymentChannel:
    body = "" if fields is None else json.dumps(fields, ensure_ascii=False)
    headers = proof(body, **proven) if proven.pop("signed", True) else {}
    return made("wechat", CONFIG, lambda _: httpx.Response(status, headers=headers, content=body.encode()), now=NOW)


def fault(code: str) -> dict[str, str]:
    return {"code": code, "message": "m"}


@pytest.mark.parametrize(
    ("status", "fields", "says"),
    [
        (200, PAID, "SUCCEEDED 102450"),
        (200, PAID | {"trade_state": "REFUND"}, "SUCCEEDED 102450"),
        (200, PAID | {"trade_state": "NOTPAY"}, "PROCESSING"),
        (200, PAID | {"trade_state": "USERPAYING"}, "PROCESSING"),
        (200, PAID | {"trade_state": "CLOSED"}, "CLOSED"),
        (200, PAID | {"trade_state": "REVOKED"}, "CLOSED"),
        (200, PAID | {"trade_state": "PAYERROR"}, "DECLINED DECLINED/OTHER"),
        (200, PAID | {"trade_state": "A_NEW_ONE"}, "UNKNOWN"),
        (200, PAID | {"out_trade_no": "RP2"}, "UNKNOWN UNKNOWN/MALFORMED_ANSWER"),
        (202, PAID, "UNKNOWN UNKNOWN/OTHER"),
        (404, fault("ORDER_NOT_EXIST"), "NOT_FOUND UNKNOWN/OTHER"),
        (404, fault("RESOURCE_NOT_EXISTS"), "NOT_FOUND UNKNOWN/OTHER"),
        (404, fault("A_NEW_ONE"), "UNKNOWN UNKNOWN/OTHER"),
        (401, fault("SIGN_ERROR"), "UNKNOWN CONFIG/SIGN_ERROR"),
        (403, fault("NO_AUTH"), "UNKNOWN CONFIG/NO_PERMISSION"),
        (429, fault("FREQUENCY_LIMITED"), "UNKNOWN NOT_EXECUTED/RATE_LIMITED"),
        (500, fault("SYSTEM_ERROR"), "UNKNOWN UNKNOWN/SYSTEM_ERROR"),
        (502, fault("BANK_ERROR"), "UNKNOWN UNKNOWN/SYSTEM_ERROR"),
    ],
)
async def test_an_answer_to_a_query(status: int, fields: Any, says: str) -> None:
    assert words(await before(status, fields).query_payment(REF)) == says
    assert words(await before(status, fields, serial=CERTIFICATE).query_payment(REF)) == says
    for unproven in ({"age": 301}, {"Wechatpay-Signature": "WECHATPAY/SIGNTEST/x"}, {"signer": OURS}):
        doubted = words(await before(status, fields, **unproven).query_payment(REF))
        assert doubted.startswith("UNKNOWN UNKNOWN/")


ORDER = CreatePayment("RP202611210001", 102450, "CNY", "qr", "还款", AT + timedelta(minutes=30))  # type: ignore[arg-type] - as a stranger writes it


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("ORDER_PAID", "UNKNOWN CONFLICT/NUMBER_REUSED"),
        ("OUT_TRADE_NO_USED", "UNKNOWN CONFLICT/NUMBER_REUSED"),
        ("PARAM_ERROR", "UNKNOWN INVALID_REQUEST/OTHER"),
        ("APPID_MCHID_NOT_MATCH", "UNKNOWN CONFIG/OTHER"),
        ("RULE_LIMIT", "DECLINED DECLINED/LIMIT_EXCEEDED"),
        ("USER_ACCOUNT_ABNORMAL", "DECLINED DECLINED/ACCOUNT_INVALID"),
    ],
)
async def test_an_order_that_is_refused(code: str, says: str) -> None:
    assert words(await before(403, fault(code)).create_payment(ORDER)) == says


@pytest.mark.parametrize(
    ("status", "says"),
    [
        ("SUCCESS", "SUCCEEDED 2450"),
        ("PROCESSING", "PROCESSING"),
        ("CLOSED", "DECLINED DECLINED/OTHER"),
        ("ABNORMAL", "UNKNOWN UNKNOWN/ACCOUNT_INVALID"),
    ],
)
async def test_a_refund(status: str, says: str) -> None:
    fields = {name: value for name, value in REFUNDED.items() if name != "refund_status"} | {"status": status}
    number = REFUNDED["out_refund_no"]

    assert words(await before(200, fields).refund(Refund(number, REF, 2450, 102450))) == says
    assert words(await before(200, fields).query_refund(RefundRef(number, REF))) == says
    assert words(await before(403, fault("NOT_ENOUGH")).refund(Refund(number, REF, 2450, 102450))).startswith(
        "DECLINED"
    )


@pytest.mark.parametrize(("signed", "says"), [(True, "CLOSED"), (False, "UNKNOWN")])
async def test_a_close_is_believed_with_its_signature_only(signed: bool, says: str) -> None:
    assert words(await before(204, None, signed=signed).close_payment(REF)) == says


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("ORDER_PAID", "ALREADY_PAID"),
        ("ORDERPAID", "ALREADY_PAID"),
        ("ORDER_CLOSED", "CLOSED"),
        ("INVALID_REQUEST", "UNKNOWN"),
        ("SYSTEM_ERROR", "UNKNOWN"),
    ],
)
async def test_a_refused_close_says_what_its_refusal_proves_where_nobody_answers_the_query(
    code: str, says: str
) -> None:
    assert words(await before(400, fault(code)).close_payment(REF)) == says
    assert words(await before(400, fault(code), signed=False).close_payment(REF)) == "UNKNOWN"


@pytest.mark.parametrize(
    ("code", "says"), [("NO_STATEMENT_EXIST", "BillEmpty"), ("STATEMENT_CREATING", "BillNotReady")]
)
async def test_there_is_no_bill(code: str, says: str) -> None:
    asked = BillRequest(date(2026, 11, 20), "TRADE")  # type: ignore[arg-type] - as a stranger writes it

    assert type(await before(400, fault(code)).fetch_bill(asked)).__name__ == says


@pytest.mark.parametrize("call", ["query", "order"])
async def test_a_request_is_signed_over_what_is_sent(call: str) -> None:
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(500)

    wechat = made("wechat", CONFIG, handle, now=NOW)
    await (wechat.query_payment(REF) if call == "query" else wechat.create_payment(ORDER))

    (request,) = seen
    address = urlsplit(str(request.url))
    target = f"{address.path}?{address.query}" if address.query else address.path
    said = dict(re.findall(r'(\w+)="([^"]*)"', request.headers["Authorization"]))
    text = f"{request.method}\n{target}\n{said['timestamp']}\n{said['nonce_str']}\n{request.content.decode()}\n"
    OURS.public_key().verify(base64.b64decode(said["signature"]), text.encode(), PKCS1v15(), SHA256())
    assert (said["timestamp"], said["mchid"], said["serial_no"]) == (str(NOW), VECTORS["mchid"], VECTORS["serial_no"])
    assert (request.headers["Accept"], request.headers["Wechatpay-Serial"]) == ("application/json", PUBLIC)
