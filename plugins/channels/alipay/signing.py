"""RSA2: SHA256 with RSA PKCS#1 v1.5, in base64, over the parameters written down in one way."""

from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from plugins import rsa256


def string_to_sign(params: Mapping[str, str]) -> str:
    """A request as it is signed: raw values, sorted by name, without `sign` and what is empty; `sign_type` stays."""
    return _joined({name: value for name, value in params.items() if name != "sign" and value})


def string_to_verify(params: Mapping[str, str]) -> str:
    """A notification as it was signed: neither `sign` nor `sign_type`, but empty values stay."""
    return _joined({name: value for name, value in params.items() if name not in {"sign", "sign_type"}})


def sign(text: str, key: RSAPrivateKey) -> str:
    return rsa256.sign(text.encode(), key)


def holds(signature: str, text: str, key: RSAPublicKey) -> bool:
    """Whether the signature is of this very text."""
    return rsa256.holds(signature, text.encode(), key)


def _joined(params: Mapping[str, str]) -> str:
    return "&".join(f"{name}={params[name]}" for name in sorted(params))
