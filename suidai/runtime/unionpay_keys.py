"""Throw-away UnionPay of a development folder: our key, its certificates from root to leaf, and one to encrypt for."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from suidai.runtime.rsa_pairs import rsa_pair

MERCHANT = "777290058110097"
SIGNER = "00040000:SIGN"
"""Who signs in UnionPay's test environment."""

_YESTERDAY = timedelta(days=-1)
_FAR = timedelta(days=20 * 366)
"""The business clock may run years ahead."""


def unionpay_keys(now: datetime) -> dict[str, dict[str, Any]]:
    """The settings of the channel, without addresses, and those of the sandbox that plays its UnionPay. All are texts."""
    (merchant, merchant_public), (root, _), (middle, _), (signer, _), (encrypt, _) = (rsa_pair() for _ in range(5))
    root_cert, _ = _issued("SANDBOX ROOT", root, "SANDBOX ROOT", root, now, ca=True)
    middle_cert, _ = _issued("SANDBOX OCA1", middle, "SANDBOX ROOT", root, now, ca=True)
    sign_cert, _ = _issued(f"041@Z12@{SIGNER}@00000001", signer, "SANDBOX OCA1", middle, now)
    encrypt_cert, encrypt_cert_id = _issued("041@Z12@00040000:ENC@00000002", encrypt, "SANDBOX OCA1", middle, now)
    ours = {"mer_id": MERCHANT, "cert_id": str(2 * 10**10 + secrets.randbelow(8 * 10**10))}
    return {
        "channel": ours
        | {
            "private_key": merchant,
            "root_cert": root_cert,
            "middle_cert": middle_cert,
            "encrypt_cert": encrypt_cert,
            "expected_cn": SIGNER,
            # A merchant has to have batches opened; here he has.
            "batch_size": "100",
        },
        "sandbox": ours
        | {
            "merchant_public_key": merchant_public,
            "sign_private_key": signer,
            "sign_cert": sign_cert,
            "encrypt_private_key": encrypt,
            "encrypt_cert_id": encrypt_cert_id,
        },
    }


def _issued(name: str, key: str, issuer: str, issuer_key: str, now: datetime, *, ca: bool = False) -> tuple[str, str]:
    """A certificate in PEM, and its serial number in decimal."""
    from cryptography import x509  # noqa: PLC0415 - needed once in a folder's life
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415
    from cryptography.x509.oid import NameOID  # noqa: PLC0415

    from plugins.keys import private_key  # noqa: PLC0415

    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    certificate = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(issuer))
        .public_key(private_key(key, name).public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + _YESTERDAY)
        .not_valid_after(now + _FAR)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .sign(private_key(issuer_key, issuer), SHA256())
    )
    return certificate.public_bytes(Encoding.PEM).decode(), str(certificate.serial_number)
