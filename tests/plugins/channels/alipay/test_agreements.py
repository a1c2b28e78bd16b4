"""Agreements: the page to sign on, what Alipay has, the way out, debits under them. Signed here by no code of ours."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_der_public_key

from plugins.channels.alipay.agreements import execute_on
from plugins.channels.alipay.config import AlipayConfig
from plugins.channels.alipay.plugin import payment_channels
from plugins.testing import runtime
from suidai.contract import (
    BeginMandate,
    Capabilities,
    Debit,
    ErrorCode,
    FourElements,
    MandatePlan,
    MandateRef,
    MandateResult,
    MandateSigning,
    MandateState,
    NotificationKind,
    NotOffered,
    PaymentChannel,
    PaymentState,
    RedirectUrl,
    Retry,
    SecretStr,
    SignatureError,
)
from tests.plugins.channels.alipay.test_certificates import config as by_certificate
from tests.plugins.channels.test_alipay_vectors import CONFIG, KEYS, posted

NOW = datetime(2026, 11, 21, 2, 15, 30, tzinfo=UTC)
MANDATE_NO = "MD20261121000001a1b2c3d4"
NOBODY = FourElements(*map(SecretStr, ("", "", "", "")))
KIND = {"personal_product_code": "CYCLE_PAY_AUTH_P", "sign_scene": "INDUSTRY|LOAN"}
REF = MandateRef(MANDATE_NO, None, NOW, KIND)
SIGNED_REF = MandateRef(MANDATE_NO, "20265112345678901234", NOW, KIND)
NORMAL = {
    "code": "10000",
    "msg": "Success",
    "agreement_no": "20265112345678901234",
    "external_agreement_no": MANDATE_NO,
    "alipay_logon_id": "159****5620",
    "status": "NORMAL",
    "invalid_time": "2115-02-01 00:00:00",
}
NOT_THERE = {"code": "40004", "msg": "Business Failed", "sub_code": "USER_AGREEMENT_NOT_EXIST"}
UNKNOWN = {"code": "20000", "msg": "Service Currently Unavailable", "sub_code": "isp.unknow-error"}


@cache
def _private(name: str) -> RSAPrivateKey:
    key = load_der_private_key(base64.b64decode(KEYS[name]), None)
    assert isinstance(key, RSAPrivateKey)
    return key


@cache
def _public(name: str) -> RSAPublicKey:
    key = load_der_public_key(base64.b64decode(KEYS[name]))
    assert isinstance(key, RSAPublicKey)
    return key


def proof(text: str) -> str:
    """Alipay's signature, by the cryptography library alone."""
    signature = _private("alipay_platform.pkcs8.pem").sign(text.encode(), PKCS1v15(), SHA256())
    return base64.b64encode(signature).decode()


def written(params: dict[str, str], *without: str) -> str:
    return "&".join(f"{name}={value}" for name, value in sorted(params.items()) if name not in without)


Heard = list[dict[str, Any]]


def alipay(*answers: dict[str, Any], heard: Heard | None = None, **config: Any) -> PaymentChannel:
    """The channel before a gateway that signs these answers, one a call."""
    left = list(answers)

    def handle(request: httpx.Request) -> httpx.Response:
        params = dict(parse_qsl(request.content.decode()))
        if heard is not None:
            heard.append({"method": params["method"], **json.loads(params["biz_content"])})
        node = json.dumps(left.pop(0), ensure_ascii=False)
        name = params["method"].replace(".", "_") + "_response"
        return httpx.Response(200, text=f'{{"{name}":{node},"sign":"{proof(node)}"}}')

    (spec,) = payment_channels()
    given = runtime(now=NOW, transport=httpx.MockTransport(handle), code=spec.code, masked_fields=spec.masked_fields)
    return spec.factory(spec.config_model(**{**CONFIG, **config}), given)


def asked(*dates: date) -> BeginMandate:
    return BeginMandate(MANDATE_NO, NOBODY, MandatePlan(50_000_00, dates), return_url="https://loan.example.com/back")


async def page(request: BeginMandate, **config: Any) -> tuple[dict[str, str], dict[str, Any]]:
    """The parameters of the page's address, proven to be ours, and what they ask for."""
    result = await alipay(**config).begin_mandate(request)
    assert result.state is MandateState.ACTION_REQUIRED
    assert isinstance(result.action, RedirectUrl)
    address, _, query = result.action.url.partition("?")
    assert address == CONFIG["gateway_url"]
    sent = dict(parse_qsl(query, strict_parsing=True))
    signature = base64.b64decode(sent["sign"])
    _public("alipay_app.pub.pem").verify(signature, written(sent, "sign").encode(), PKCS1v15(), SHA256())
    return sent, json.loads(sent["biz_content"])


async def test_a_page_to_sign_on_is_made_without_a_call() -> None:
    sent, biz = await page(asked(date(2026, 12, 15), date(2026, 11, 25)), sign_scene="INDUSTRY|LOAN")

    assert sent["method"] == "alipay.user.agreement.page.sign"
    assert sent["timestamp"] == "2026-11-21 10:15:30"
    assert sent["return_url"] == "https://loan.example.com/back"
    assert urlsplit(sent["notify_url"]).path == "/notify/payments/alipay"
    assert biz == {
        "product_code": "CYCLE_PAY_AUTH",
        "personal_product_code": "CYCLE_PAY_AUTH_P",
        "sign_scene": "INDUSTRY|LOAN",
        "external_agreement_no": MANDATE_NO,
        "access_params": {"channel": "ALIPAYAPP"},
        "period_rule_params": {
            "period_type": "MONTH",
            "period": 1,
            "execute_time": "2026-11-25",
            "single_amount": "50000.00",
        },
    }


async def test_the_other_product_has_no_calendar() -> None:
    _, biz = await page(asked(), withholding_product="GENERAL_WITHHOLDING", sign_channel="QRCODE")

    assert (biz["product_code"], biz["personal_product_code"]) == ("GENERAL_WITHHOLDING", "GENERAL_WITHHOLDING_P")
    assert biz["access_params"] == {"channel": "QRCODE"}
    assert "period_rule_params" not in biz


async def test_in_certificate_mode_the_page_names_the_certificates() -> None:
    sent, _ = await page(asked(), **by_certificate())

    assert len(sent["app_cert_sn"]) == 32
    assert sent["alipay_root_cert_sn"] == "6bc29aa3b4d406c43483ffea81e08d22"


@pytest.mark.parametrize(
    ("planned", "first"),
    [
        ([], date(2026, 12, 21)),
        ([date(2026, 11, 22)], date(2026, 11, 22)),
        ([date(2026, 11, 21), date(2026, 11, 28)], date(2026, 11, 28)),
        ([date(2026, 11, 20)], date(2026, 12, 21)),
        ([date(2026, 11, 29)], date(2026, 12, 1)),
        ([date(2026, 12, 31)], date(2027, 1, 1)),
        ([date(2027, 2, 28)], date(2027, 2, 28)),
    ],
)
def test_the_first_day_is_the_next_due_day_or_up_to_three_days_after_it(planned: list[date], first: date) -> None:
    assert execute_on(MandatePlan(1, tuple(planned)), date(2026, 11, 21)) == first


def test_without_a_due_day_at_the_end_of_a_month_it_is_the_first_of_the_one_after_next() -> None:
    assert execute_on(MandatePlan(1, ()), date(2026, 12, 31)) == date(2027, 2, 1)


async def test_an_agreement_is_found_by_our_number_until_alipays_is_known() -> None:
    heard: Heard = []
    channel = alipay(NORMAL, NORMAL, heard=heard)

    for ref in (REF, SIGNED_REF):
        assert await channel.query_mandate(ref) == MandateResult(
            MandateState.ACTIVE,
            token="20265112345678901234",
            account_masked="159****5620",
            bank="alipay",
            valid_to=date(2115, 2, 1),
        )
    assert heard == [
        {
            "method": "alipay.user.agreement.query",
            "external_agreement_no": MANDATE_NO,
            **KIND,
        },
        {"method": "alipay.user.agreement.query", "agreement_no": "20265112345678901234"},
    ]


@pytest.mark.parametrize(
    ("ref", "answer", "state"),
    [
        (REF, NOT_THERE, MandateState.NOT_FOUND),
        (REF, {**NOT_THERE, "sub_code": "ACQ.USER_AGREEMENT_NOT_EXIST"}, MandateState.NOT_FOUND),
        (SIGNED_REF, NOT_THERE, MandateState.REVOKED),
        (REF, {**NORMAL, "status": "TEMP"}, MandateState.UNKNOWN),
        (SIGNED_REF, {**NORMAL, "status": "STOP"}, MandateState.UNKNOWN),
        (SIGNED_REF, {**NORMAL, "status": "UNSIGN"}, MandateState.REVOKED),
        (REF, UNKNOWN, MandateState.UNKNOWN),
        (REF, {"code": "40002", "sub_code": "isv.invalid-signature"}, MandateState.UNKNOWN),
        (REF, {**NORMAL, "external_agreement_no": "MD1"}, MandateState.UNKNOWN),
        (REF, {name: NORMAL[name] for name in ("code", "agreement_no", "status")}, MandateState.UNKNOWN),
        (REF, {**NORMAL, "agreement_no": ""}, MandateState.UNKNOWN),
        (SIGNED_REF, {**NORMAL, "agreement_no": "1", "external_agreement_no": "MD1"}, MandateState.UNKNOWN),
    ],
)
async def test_what_alipay_has_is_read_as_a_state(ref: MandateRef, answer: dict[str, Any], state: MandateState) -> None:
    result = await alipay(answer).query_mandate(ref)

    assert (result.state, result.token) == (state, None)


@pytest.mark.parametrize(
    ("ref", "answer", "state"),
    [
        (SIGNED_REF, {"code": "10000", "msg": "Success"}, MandateState.REVOKED),
        (SIGNED_REF, NOT_THERE, MandateState.REVOKED),
        (REF, NOT_THERE, MandateState.NOT_FOUND),
        (SIGNED_REF, UNKNOWN, MandateState.UNKNOWN),
        (SIGNED_REF, {"code": "40004", "sub_code": "ACQ.AGREEMENT_STATUS_NOT_NORMAL"}, MandateState.UNKNOWN),
    ],
)
async def test_an_agreement_is_ended(ref: MandateRef, answer: dict[str, Any], state: MandateState) -> None:
    heard: Heard = []

    assert (await alipay(answer, heard=heard).revoke_mandate(ref)).state is state
    assert heard[0]["method"] == "alipay.user.agreement.unsign"
    assert ("agreement_no" in heard[0]) is (ref is SIGNED_REF)


DEBIT = Debit("PO1", 100_01, "CNY", "20265112345678901234", date(2026, 11, 25), "代扣还款 LN1")
PAID = {"code": "10000", "out_trade_no": "PO1", "total_amount": "100.01", "gmt_payment": "2026-11-21 10:15:31"}


@pytest.mark.parametrize("product", ["CYCLE_PAY_AUTH", "GENERAL_WITHHOLDING"])
async def test_a_debit_names_the_agreement_and_its_product(product: str) -> None:
    heard: Heard = []

    result = await alipay(PAID, heard=heard, withholding_product=product).debit(DEBIT)

    assert (result.state, result.amount_fen) == (PaymentState.SUCCEEDED, 100_01)
    assert heard == [
        {
            "method": "alipay.trade.pay",
            "out_trade_no": "PO1",
            "total_amount": "100.01",
            "subject": "代扣还款 LN1",
            "product_code": product,
            "agreement_params": {"agreement_no": "20265112345678901234"},
        }
    ]


@pytest.mark.parametrize(
    ("sub_code", "code", "retry"),
    [
        ("ACQ.CYCLE_PAY_DATE_NOT_MATCH", ErrorCode.LIMIT_EXCEEDED, Retry.LATER_DAY),
        ("ACQ.CYCLE_PAY_SINGLE_FEE_EXCEED", ErrorCode.LIMIT_EXCEEDED, Retry.NEVER),
        ("ACQ.BUYER_BALANCE_NOT_ENOUGH", ErrorCode.INSUFFICIENT_FUNDS, Retry.LATER_DAY),
        ("ACQ.AGREEMENT_STATUS_NOT_NORMAL", ErrorCode.MANDATE_INVALID, Retry.AFTER_USER_ACTION),
    ],
)
async def test_a_refused_debit_says_whether_another_day_may_do(sub_code: str, code: ErrorCode, retry: Retry) -> None:
    result = await alipay({"code": "40004", "sub_code": sub_code}).debit(DEBIT)

    assert result.state is PaymentState.DECLINED
    assert result.error
    assert (result.error.code, result.error.retry) == (code, retry)


Operation = Callable[[PaymentChannel], Any]


@pytest.mark.parametrize(
    "operation",
    [
        lambda channel: channel.begin_mandate(asked()),
        lambda channel: channel.debit(DEBIT),
    ],
    ids=["begin", "debit"],
)
async def test_without_the_switch_nothing_is_signed_or_debited(operation: Operation) -> None:
    with pytest.raises(NotOffered):
        await operation(alipay(withholding=False))


async def test_what_was_signed_is_asked_about_and_ended_without_the_switch() -> None:
    off = alipay(NORMAL, {"code": "10000", "msg": "Success"}, withholding=False)

    assert (await off.query_mandate(SIGNED_REF)).state is MandateState.ACTIVE
    assert (await off.revoke_mandate(SIGNED_REF)).state is MandateState.REVOKED


async def test_a_page_is_asked_about_as_it_was_begun_whatever_is_set_by_then() -> None:
    heard: Heard = []
    begun = await alipay(sign_scene="INDUSTRY|LOAN").begin_mandate(asked())

    ref = MandateRef(MANDATE_NO, None, NOW, begun.channel_state)
    await alipay(NOT_THERE, heard=heard, withholding_product="GENERAL_WITHHOLDING").query_mandate(ref)

    assert heard == [{"method": "alipay.user.agreement.query", "external_agreement_no": MANDATE_NO, **KIND}]


def test_the_switch_is_what_makes_it_debit() -> None:
    (spec,) = payment_channels()

    def can(**config: Any) -> Capabilities:
        return spec.capabilities_of(AlipayConfig(**{**CONFIG, "withholding": False, **config}))

    assert (can().autodebit, can().mandate_sign) == (False, frozenset())
    assert can(withholding=True) == replace(
        can(), autodebit=True, mandate_sign=frozenset({MandateSigning.PAGE}), mandate_card=False
    )


@pytest.mark.parametrize(
    "changes", [{"withholding_product": "GENERAL"}, {"sign_scene": ""}, {"sign_channel": ""}], ids=str
)
def test_what_no_agreement_can_be_signed_with_is_refused_when_it_is_set(changes: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(changes))):
        AlipayConfig(**{**CONFIG, **changes})


TOLD = {
    "app_id": "2021000000000001",
    "agreement_no": "20265112345678901234",
    "external_agreement_no": MANDATE_NO,
    "invalid_time": "2115-02-01 00:00:00",
    "alipay_logon_id": "159****5620",
    "login_token": "",
    "notify_type": "dut_user_sign",
    "partner_id": "2088000000000001",
    "status": "NORMAL",
}


@pytest.mark.parametrize("mode", [{}, by_certificate()], ids=["by key", "by certificate"])
@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, MandateState.ACTIVE),
        ({"notify_type": "dut_user_unsign", "status": "UNSIGN"}, MandateState.REVOKED),
        ({"notify_type": "dut_user_unsign", "status": "NORMAL"}, MandateState.UNKNOWN),
    ],
)
async def test_a_notice_of_an_agreement_is_proven_and_read(
    changes: dict[str, str], state: MandateState, mode: dict[str, Any]
) -> None:
    params = {**TOLD, **changes}
    body = urlencode({**params, "sign": proof(written(params)), "sign_type": "RSA2"})

    notice = await alipay(**mode).parse_notification(posted(body))

    assert (notice.kind, notice.mandate_no) == (NotificationKind.MANDATE, MANDATE_NO)
    assert isinstance(notice.result, MandateResult)
    assert (notice.result.state, notice.result.token) == (state, "20265112345678901234")
    with pytest.raises(SignatureError):
        await alipay(**mode).parse_notification(posted(body.replace("20265112345678901234", "20265112345678901235")))
