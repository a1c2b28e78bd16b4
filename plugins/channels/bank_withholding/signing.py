"""How ACP 5.1.0 signs: SHA-256 twice. The hex digest of the fields, as text, is itself signed with RSA-SHA256."""

from collections.abc import Mapping
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from plugins import rsa256


def string_to_sign(fields: Mapping[str, str]) -> str:
    """The fields as they are signed: raw values, sorted by name, without `signature` and what is empty."""
    return "&".join(f"{name}={fields[name]}" for name in sorted(fields) if name != "signature" and fields[name])


def digest(fields: Mapping[str, str]) -> str:
    """SHA-256 of the fields in lower-case hex: the text that RSA-SHA256 signs."""
    return sha256(string_to_sign(fields).encode()).hexdigest()


def sign(fields: Mapping[str, str], key: RSAPrivateKey) -> str:
    return rsa256.sign(digest(fields).encode(), key)


def holds(fields: Mapping[str, str], key: RSAPublicKey) -> bool:
    """Whether the fields carry a signature of themselves by this key."""
    return rsa256.holds(fields.get("signature", ""), digest(fields).encode(), key)
