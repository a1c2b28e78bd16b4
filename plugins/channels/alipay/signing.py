"""RSA2: SHA256 with RSA PKCS#1 v1.5, in base64, over the parameters written down in one way."""

import base64
import binascii
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256


def string_to_sign(params: Mapping[str, str]) -> str:
    """A request as it is signed: raw values, sorted by name, without `sign` and what is empty; `sign_type` stays."""
    return _joined({name: value for name, value in params.items() if name != "sign" and value})


def string_to_verify(params: Mapping[str, str]) -> str:
    """A notification as it was signed: neither `sign` nor `sign_type`, but empty values stay."""
    return _joined({name: value for name, value in params.items() if name not in {"sign", "sign_type"}})


def sign(text: str, key: RSAPrivateKey) -> str:
    return base64.b64encode(key.sign(text.encode(), PKCS1v15(), SHA256())).decode()


def holds(signature: str, text: str, key: RSAPublicKey) -> bool:
    """Whether the signature is of this very text."""
    try:
        key.verify(base64.b64decode(signature, validate=True), text.encode(), PKCS1v15(), SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def _joined(params: Mapping[str, str]) -> str:
    return "&".join(f"{name}={params[name]}" for name in sorted(params))
