"""SHA256 with RSA PKCS#1 v1.5, in base64: the signature of every Chinese payment channel."""

import base64

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256


def sign(message: bytes, key: RSAPrivateKey) -> str:
    return base64.b64encode(key.sign(message, PKCS1v15(), SHA256())).decode()


def holds(signature: str, message: bytes, key: RSAPublicKey) -> bool:
    """Whether the signature is of this very message."""
    try:
        key.verify(base64.b64decode(signature, validate=True), message, PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True
