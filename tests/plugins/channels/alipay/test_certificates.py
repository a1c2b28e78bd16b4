"""Certificate mode: our certificate is named in every request, Alipay's key is one that its root vouches for."""

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from plugins.channels.alipay.certificates import serial_number
from plugins.channels.alipay.signing import sign, string_to_sign, string_to_verify
from plugins.keys import BadKey, private_key
from suidai.contract import (
    ErrorCode,
    PaymentChannel,
    PaymentResult,
    PaymentState,
    Product,
    RedirectUrl,
    SignatureError,
)
from tests.plugins.channels.alipay.test_channel import PAID, PLATFORM, REF, Answer, channel, order
from tests.plugins.channels.test_alipay_vectors import APP_KEY, APP_PUBLIC, CONFIG, KEYS, holds, posted

NOW = datetime(2026, 11, 21, tzinfo=UTC)
ROOT = private_key(KEYS["up_root.key.pem"], "root")
MIDDLE = private_key(KEYS["up_mid.key.pem"], "middle")


def name(common: str, unit: str = "Certification Authority test") -> x509.Name:
    parts = {
        NameOID.COUNTRY_NAME: "CN",
        NameOID.ORGANIZATION_NAME: "Ant Financial",
        NameOID.ORGANIZATIONAL_UNIT_NAME: unit,
        NameOID.COMMON_NAME: common,
    }
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in parts.items()])


R1 = name("Ant Financial Certification Authority R1 test")
CLASS_2 = name("Ant Financial Certification Authority Class 2 R1")


def issued(
    subject: x509.Name, key: Any, issuer: x509.Name, by: RSAPrivateKey | ec.EllipticCurvePrivateKey, number: int = 7
) -> x509.Certificate:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(number)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
        .sign(by, SHA256())
    )


def pem(*certificates: x509.Certificate) -> str:
    return "\n".join(one.public_bytes(Encoding.PEM).decode() for one in certificates)


@cache
def known() -> dict[str, x509.Certificate]:
    curve = ec.generate_private_key(ec.SECP256R1())
    return {
        "root": issued(R1, ROOT, R1, ROOT, 0x2019042253697012597DFC04E69F6E07),
        "curve": issued(name("E1"), curve, name("E1"), curve),
        "middle": issued(CLASS_2, MIDDLE, R1, ROOT),
        "platform": issued(name("支付宝", "Alipay"), PLATFORM, CLASS_2, MIDDLE, 11),
        "renewed": issued(name("支付宝", "Alipay"), PLATFORM, CLASS_2, MIDDLE, 12),
        "app": issued(name("随贷", "2088"), APP_KEY, CLASS_2, MIDDLE, 13),
    }


def config(**changes: Any) -> dict[str, Any]:
    certificates = {
        "app_cert": pem(known()["app"]),
        "alipay_cert": pem(known()["platform"], known()["middle"]),
        "alipay_root_cert": pem(known()["curve"], known()["root"]),
    }
    return {"alipay_public_key": "", **certificates, **changes}


def by_certificate(handle: Answer, **changes: Any) -> PaymentChannel:
    return channel(handle, **config(**changes))


def nobody(_: httpx.Request) -> httpx.Response:
    raise AssertionError


def test_a_serial_number_is_made_as_alipay_makes_it() -> None:
    # The number that every app on Alipay's own sandbox sends for this authority.
    assert serial_number(known()["root"]) == "6bc29aa3b4d406c43483ffea81e08d22"


async def test_a_request_names_both_certificates_and_signs_their_names() -> None:
    result = await by_certificate(nobody).create_payment(order(Product.PAGE))

    assert isinstance(result.action, RedirectUrl)
    sent = dict(parse_qsl(urlsplit(result.action.url).query, strict_parsing=True))
    assert sent["app_cert_sn"] == serial_number(known()["app"])
    assert sent["alipay_root_cert_sn"] == "6bc29aa3b4d406c43483ffea81e08d22"
    assert holds(sent.pop("sign"), string_to_sign(sent), APP_PUBLIC)


async def test_authorities_that_sign_with_rsa_are_all_named() -> None:
    other = issued(name("R0"), MIDDLE, name("R0"), MIDDLE)
    roots = pem(known()["root"], known()["curve"], other)

    result = await by_certificate(nobody, alipay_root_cert=roots).create_payment(order(Product.PAGE))

    assert isinstance(result.action, RedirectUrl)
    sent = dict(parse_qsl(urlsplit(result.action.url).query))
    assert sent["alipay_root_cert_sn"] == f"6bc29aa3b4d406c43483ffea81e08d22_{serial_number(other)}"


async def test_without_certificates_none_is_named() -> None:
    result = await channel(nobody).create_payment(order(Product.PAGE))

    assert isinstance(result.action, RedirectUrl)
    assert "cert_sn" not in result.action.url


def answering_as(serial: str, key: RSAPrivateKey = PLATFORM) -> Answer:
    node = json.dumps(PAID)
    text = f'{{"alipay_trade_query_response":{node},"alipay_cert_sn":"{serial}","sign":"{sign(node, key)}"}}'
    return lambda _: httpx.Response(200, text=text)


@pytest.mark.parametrize("which", ["platform", "renewed"])
async def test_an_answer_of_alipays_key_is_proven_whichever_certificate_it_names(which: str) -> None:
    result = await by_certificate(answering_as(serial_number(known()[which]))).query_payment(REF)

    assert result.state is PaymentState.SUCCEEDED


@pytest.mark.parametrize("serial", ["", "platform", "f" * 32])
async def test_an_answer_of_another_key_is_not_proven_whatever_it_names(serial: str) -> None:
    named = serial_number(known()[serial]) if serial in known() else serial

    result = await by_certificate(answering_as(named, MIDDLE)).query_payment(REF)

    assert result.error
    assert (result.state, result.error.code) == (PaymentState.UNKNOWN, ErrorCode.BAD_SIGNATURE_ON_ANSWER)


async def test_of_two_certificates_the_one_that_is_named_decides() -> None:
    other_key = private_key(KEYS["wx_platform.pkcs8.pem"], "other")
    other = issued(name("支付宝二", "Alipay"), other_key, CLASS_2, MIDDLE, 14)
    both = pem(known()["platform"], other, known()["middle"])

    states = [
        (await by_certificate(answering_as(serial_number(named), key), alipay_cert=both).query_payment(REF)).state
        for named, key in [(other, other_key), (known()["platform"], PLATFORM), (known()["platform"], other_key)]
    ]

    assert states == [PaymentState.SUCCEEDED, PaymentState.SUCCEEDED, PaymentState.UNKNOWN]


@pytest.mark.parametrize("names_it", [True, False])
async def test_a_notice_is_proven_with_and_without_the_name_of_a_certificate(names_it: bool) -> None:
    fields = {**PAID, "app_id": CONFIG["app_id"], "seller_id": CONFIG["seller_id"], "notify_type": "trade_status_sync"}
    fields |= {"alipay_cert_sn": serial_number(known()["platform"])} if names_it else {}
    alipay = by_certificate(nobody)

    def notice(key: RSAPrivateKey) -> Any:
        signature = sign(string_to_verify(fields), key)
        return posted(urlencode({**fields, "sign": signature, "sign_type": "RSA2"}))

    result = (await alipay.parse_notification(notice(PLATFORM))).result
    assert isinstance(result, PaymentResult)
    assert result.state is PaymentState.SUCCEEDED
    with pytest.raises(SignatureError):
        await alipay.parse_notification(notice(MIDDLE))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"alipay_root_cert": ""}, "alipay_root_cert is empty"),
        ({"app_cert": ""}, "app_cert is empty"),
        ({"alipay_public_key": KEYS["alipay_platform.pub.pem"]}, "one mode or the other"),
    ],
    ids=["no root", "no app", "both modes"],
)
def test_certificates_are_set_together_and_alone(changes: dict[str, str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        by_certificate(nobody, **changes)


def test_certificates_that_do_not_belong_are_refused() -> None:
    stranger = issued(name("支付宝", "Alipay"), PLATFORM, CLASS_2, ROOT)
    ours = issued(name("支付宝", "Alipay"), APP_KEY, CLASS_2, MIDDLE)
    wrong = {
        "app_cert is not of app_private_key": {"app_cert": pem(known()["platform"])},
        "app_cert is not a row": {"app_cert": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"},
        "app_cert is not a certificate": {"app_cert": "AAAA"},
        "alipay_cert is not vouched for by": {"alipay_cert": pem(stranger, known()["middle"])},
        "alipay_cert is not vouched for": {"alipay_cert": pem(known()["platform"])},
        "alipay_cert is not vouched": {"alipay_root_cert": pem(known()["curve"])},
        "alipay_cert is our own key": {"alipay_cert": pem(ours, known()["middle"])},
    }

    for says, changes in wrong.items():
        with pytest.raises(BadKey, match=says):
            by_certificate(nobody, **changes)
