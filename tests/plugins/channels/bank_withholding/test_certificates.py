"""Who may sign: the chain from root to leaf, its validity, the name in it, and both hashes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from plugins import rsa256
from plugins.channels.bank_withholding import signing
from plugins.channels.bank_withholding.certificates import Chain, Unproven
from plugins.keys import certificate, private_key
from tests.plugins.channels.bank_withholding.unionpay import CERTIFICATE, KEYS, NOW, PAID, SIGNER, signed

ROOT, MIDDLE = (certificate(KEYS[f"up_{name}.cert.pem"], name) for name in ("root", "mid"))
MIDDLE_KEY, ROOT_KEY = (private_key(KEYS[f"up_{name}.key.pem"], name) for name in ("mid", "root"))
CN = "00040000:SIGN"
CHAIN = Chain(ROOT, MIDDLE, CN)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def leaf(
    cn: str = f"041@Z12@{CN}@00000001",
    *,
    key: Any = SIGNER,
    issuer: x509.Name = MIDDLE.subject,
    issuer_key: rsa.RSAPrivateKey = MIDDLE_KEY,
    begins: datetime = NOW - DAY,
    ends: datetime = NOW + DAY,
) -> str:
    """A certificate such as UnionPay sends along."""
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, cn)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(4711)
        .not_valid_before(begins)
        .not_valid_after(ends)
        .sign(issuer_key, SHA256())
        .public_bytes(Encoding.PEM)
        .decode()
    )


def test_what_unionpay_signed_is_proven() -> None:
    CHAIN.prove(signed(PAID), NOW)
    CHAIN.prove(signed(PAID, leaf()), NOW)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no certificate"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "root"),
        ("x" * 20_000, "no certificate"),
        (leaf(issuer=ROOT.subject, issuer_key=ROOT_KEY), "root"),
        (leaf(issuer_key=SIGNER), "root"),
        (leaf(begins=NOW - 2 * DAY, ends=NOW - DAY), "valid"),
        (leaf(begins=NOW + DAY, ends=NOW + 2 * DAY), "valid"),
        (leaf("041@Z12@somebody@00000001"), "not UnionPay's"),
        (leaf(f"{CN}@Z12@041@00000001"), "not UnionPay's"),
        (leaf(CN), "not UnionPay's"),
        (leaf(key=rsa.generate_private_key(public_exponent=65537, key_size=2048)), "signature"),
    ],
    ids=[
        "none", "broken", "endless", "issued by the root", "issued by another", "over", "not yet", "another name",
        "name at another place", "name alone", "another key",
    ],
)  # fmt: skip
def test_another_certificate_proves_nothing(text: str, says: str) -> None:
    with pytest.raises(Unproven, match=says):
        CHAIN.prove(signed(PAID, text), NOW)


def test_a_chain_is_judged_as_of_when_the_message_came() -> None:
    message = signed(PAID, leaf(begins=NOW - HOUR, ends=NOW + DAY))

    CHAIN.prove(message, NOW - HOUR)
    CHAIN.prove(message, NOW + DAY)
    for at in (NOW - HOUR - timedelta(seconds=1), NOW + DAY + timedelta(seconds=1)):
        with pytest.raises(Unproven, match="valid"):
            CHAIN.prove(message, at)


def test_what_came_before_our_chain_began_is_believed_unless_it_is_over() -> None:
    begun = MIDDLE.not_valid_before_utc

    CHAIN.prove(signed(PAID, leaf(begins=begun)), begun - DAY)
    with pytest.raises(Unproven, match="valid"):
        CHAIN.prove(signed(PAID, leaf(begins=begun - 9 * DAY, ends=begun - 2 * DAY)), begun - DAY)
    with pytest.raises(Unproven, match="valid"):
        CHAIN.prove(signed(PAID, leaf(begins=begun + 2 * DAY, ends=begun + 9 * DAY)), begun - DAY)
    with pytest.raises(Unproven, match="valid"):
        CHAIN.prove(signed(PAID, leaf(begins=begun + HOUR, ends=begun + 9 * DAY)), begun)


def test_a_middle_certificate_that_is_over_ends_the_chain() -> None:
    far = leaf(begins=NOW - DAY, ends=MIDDLE.not_valid_after_utc + 9 * DAY)

    with pytest.raises(Unproven, match="valid"):
        CHAIN.prove(signed(PAID, far), MIDDLE.not_valid_after_utc + DAY)


def test_another_root_proves_nothing() -> None:
    stranger = certificate(KEYS["wx_platform.cert.pem"], "stranger")

    with pytest.raises(Unproven, match="root"):
        Chain(stranger, MIDDLE, CN).prove(signed(PAID), NOW)


def test_one_hash_is_not_enough() -> None:
    whole = {**PAID, "signPubKeyCert": CERTIFICATE}
    single = rsa256.sign(signing.string_to_sign(whole).encode(), SIGNER)

    with pytest.raises(Unproven, match="signature"):
        CHAIN.prove({**whole, "signature": single}, NOW)


@pytest.mark.parametrize(
    "change",
    [{"txnAmt": "1"}, {"settleAmt": "51233"}, {"signature": ""}, {"signature": "not base64"}],
    ids=str,
)
def test_a_changed_message_is_not_signed(change: dict[str, str]) -> None:
    with pytest.raises(Unproven, match="signature"):
        CHAIN.prove(signed(PAID) | change, NOW)


def test_empty_fields_are_not_signed() -> None:
    CHAIN.prove(signed(PAID) | {"reserved": ""}, datetime(2026, 11, 23, tzinfo=UTC))
