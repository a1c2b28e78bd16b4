"""Signatures and ciphers: what one side writes the other reads, and another hand's library agrees."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from hypothesis import given, settings
from hypothesis import strategies as st
from wechatpayv3 import utils as other_hand

from plugins.channels.wechat.config import WechatConfig
from plugins.channels.wechat.proofs import PROBE, platform_keys, proven
from plugins.channels.wechat.signing import NotOpened, authorization, lines, opened, sealed
from plugins.keys import BadKey, private_key, public_key
from plugins.rsa256 import holds, sign
from suidai.contract import Headers, SignatureError
from tests.plugins.channels.wechat.platform import (
    APIV3_KEY,
    CERTIFICATE_ONLY,
    CERTIFICATE_SERIAL,
    CONFIG,
    KEYS,
    NOW,
    PLATFORM_KEY,
    PUBLIC_KEY_ID,
    proof,
)

MERCHANT = private_key(KEYS["wx_merchant.pkcs8.pem"], "merchant")
MERCHANT_PUBLIC = public_key(KEYS["wx_merchant.pub.pem"], "merchant")
PUBLIC_KEYS = platform_keys(WechatConfig(**CONFIG))
KEY = APIV3_KEY.encode()
NONCES = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=12, max_size=12)
TEXTS = st.text(st.characters(codec="utf-8"))


@given(plaintext=st.binary(), nonce=NONCES, associated=TEXTS)
def test_what_is_sealed_opens_and_says_the_same(plaintext: bytes, nonce: str, associated: str) -> None:
    ciphertext = sealed(plaintext, key=KEY, nonce=nonce, associated_data=associated)

    assert opened(ciphertext, key=KEY, nonce=nonce, associated_data=associated) == plaintext


@given(plaintext=TEXTS, nonce=NONCES, associated=TEXTS)
def test_another_hand_opens_what_we_seal(plaintext: str, nonce: str, associated: str) -> None:
    ciphertext = sealed(plaintext.encode(), key=KEY, nonce=nonce, associated_data=associated)

    assert other_hand.aes_decrypt(nonce, ciphertext, associated, APIV3_KEY) == plaintext


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"key": b"b" * 32}, id="another key"),
        pytest.param({"nonce": "fdasflkja485"}, id="another nonce"),
        pytest.param({"nonce": ""}, id="no nonce"),
        pytest.param({"associated_data": "refund"}, id="other associated data"),
        pytest.param({"ciphertext": "AAAA"}, id="too short"),
        pytest.param({"ciphertext": ""}, id="nothing"),
        pytest.param({"ciphertext": "not base64!"}, id="no base64"),
    ],
)
def test_what_does_not_belong_together_does_not_open(change: Mapping[str, str]) -> None:
    parts = {"key": KEY, "nonce": "fdasflkja484", "associated_data": "transaction"}
    ciphertext = sealed(b"{}", **parts)  # type: ignore[arg-type]

    with pytest.raises(NotOpened):
        opened(**{"ciphertext": ciphertext, **parts, **change})  # type: ignore[arg-type]


@settings(max_examples=30, deadline=None)
@given(parts=st.lists(TEXTS, min_size=1, max_size=5))
def test_a_signature_is_of_its_message_only_and_another_hand_makes_the_same(parts: list[str]) -> None:
    message = lines(*parts)
    signature = sign(message, MERCHANT)

    assert signature == other_hand.rsa_sign(MERCHANT, message.decode())
    assert holds(signature, message, MERCHANT_PUBLIC)
    assert not holds(signature, message + b"\n", MERCHANT_PUBLIC)
    assert not holds(signature, message, PLATFORM_KEY.public_key())


@settings(max_examples=30, deadline=None)
@given(body=TEXTS, nonce=NONCES, target=st.sampled_from(["/v3/pay/transactions/native", "/v3/bill?x=1&y=%E5%8F%B7"]))
def test_another_hand_writes_the_same_authorization(body: str, nonce: str, target: str) -> None:
    theirs = other_hand.build_authorization(target, "POST", "1900000109", "5E51", MERCHANT, data=body, nonce_str=nonce)
    timestamp = theirs.split('timestamp="')[1].split('"')[0]

    ours = authorization(
        mchid="1900000109",
        serial="5E51",
        key=MERCHANT,
        method="POST",
        target=target,
        timestamp=timestamp,
        nonce=nonce,
        body=body.encode(),
    )

    assert ours == theirs


@settings(max_examples=30, deadline=None)
@given(body=TEXTS)
def test_what_wechat_signs_proves_itself_to_us_and_to_another_hand(body: str) -> None:
    headers = proof(body.encode())

    proven(headers, body.encode(), PUBLIC_KEYS, NOW)
    assert other_hand.rsa_verify(
        headers["Wechatpay-Timestamp"],
        headers["Wechatpay-Nonce"],
        body,
        headers["Wechatpay-Signature"],
        PLATFORM_KEY.public_key(),
    )
    with pytest.raises(SignatureError):
        proven(headers, body.encode() + b" ", PUBLIC_KEYS, NOW)


BODY = b'{"id":"EV-1"}'


@pytest.mark.parametrize("name", ["Timestamp", "Nonce", "Signature", "Serial"])
def test_a_header_that_is_missing_proves_nothing(name: str) -> None:
    headers = proof(BODY)
    del headers[f"Wechatpay-{name}"]

    with pytest.raises(SignatureError):
        proven(headers, BODY, PUBLIC_KEYS, NOW)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"Wechatpay-Timestamp": "1795227331"}, id="another second"),
        pytest.param({"Wechatpay-Timestamp": "1795227330.0"}, id="a fraction"),
        pytest.param({"Wechatpay-Timestamp": "-1"}, id="before time"),
        pytest.param({"Wechatpay-Timestamp": "１７９５２２７３３０"}, id="wide digits"),
        pytest.param({"Wechatpay-Timestamp": "9" * 400}, id="a very late second"),
        pytest.param({"Wechatpay-Nonce": "x"}, id="another nonce"),
        pytest.param({"Wechatpay-Serial": "PUB_KEY_ID_0"}, id="an unknown key"),
        pytest.param({"Wechatpay-Serial": CERTIFICATE_SERIAL}, id="a certificate we were not given"),
        pytest.param({"Wechatpay-Signature": ""}, id="an empty signature"),
        pytest.param({"Wechatpay-Signature": "not base64!"}, id="no base64"),
        pytest.param({"Wechatpay-Signature": PROBE + "abc"}, id="a probe"),
        pytest.param({"Wechatpay-Signature-Type": "WECHATPAY2-SM2-WITH-SM3"}, id="another scheme"),
    ],
)
def test_headers_that_were_changed_prove_nothing(change: dict[str, str]) -> None:
    with pytest.raises(SignatureError):
        proven({**proof(BODY), **change}, BODY, PUBLIC_KEYS, NOW)


def test_a_signature_of_the_merchants_own_key_is_not_wechats() -> None:
    with pytest.raises(SignatureError):
        proven(proof(BODY, key=MERCHANT), BODY, PUBLIC_KEYS, NOW)


@pytest.mark.parametrize("headers", [str.lower, str.upper, str.title])
def test_the_names_of_headers_come_in_any_case(headers: type[str]) -> None:
    proven(Headers({headers(name): value for name, value in proof(BODY).items()}), BODY, PUBLIC_KEYS, NOW)


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_a_message_may_be_five_minutes_off(seconds: int) -> None:
    proven(proof(BODY), BODY, PUBLIC_KEYS, NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_message_is_not_taken_after_five_minutes(seconds: int) -> None:
    with pytest.raises(SignatureError):
        proven(proof(BODY), BODY, PUBLIC_KEYS, NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize("serial", [CERTIFICATE_SERIAL, CERTIFICATE_SERIAL.lower(), f"00{CERTIFICATE_SERIAL}"])
def test_a_certificate_is_found_by_its_serial(serial: str) -> None:
    keys = platform_keys(WechatConfig(**{**CONFIG, **CERTIFICATE_ONLY}))

    proven(proof(BODY, serial=serial), BODY, keys, NOW)
    with pytest.raises(SignatureError):
        proven(proof(BODY, serial=PUBLIC_KEY_ID), BODY, keys, NOW)


@pytest.fixture(scope="module")
def new_key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


def test_of_two_keys_the_one_the_message_names_is_used(new_key: RSAPrivateKey) -> None:
    keys = {**platform_keys(WechatConfig(**{**CONFIG, **CERTIFICATE_ONLY})), PUBLIC_KEY_ID: new_key.public_key()}

    proven(proof(BODY, serial=CERTIFICATE_SERIAL), BODY, keys, NOW)
    proven(proof(BODY, key=new_key), BODY, keys, NOW)
    with pytest.raises(SignatureError):
        proven(proof(BODY), BODY, keys, NOW)


@pytest.mark.parametrize(
    ("certificates", "says"),
    [
        pytest.param({"AB12": KEYS["wx_platform.cert.pem"]}, "another serial number", id="another serial"),
        pytest.param({"AB12": KEYS["wx_platform.pub.pem"]}, "not a certificate", id="a bare key"),
        pytest.param({"AB12": ""}, "not a certificate", id="nothing"),
    ],
)
def test_a_certificate_that_cannot_be_right_is_refused_by_its_name(certificates: dict[str, str], says: str) -> None:
    with pytest.raises(BadKey, match=rf"platform_certificates\[AB12\].*{says}"):
        platform_keys(WechatConfig(**{**CONFIG, "platform_certificates": certificates}))
