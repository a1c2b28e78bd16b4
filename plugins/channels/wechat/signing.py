"""How signatures and secrets of WeChat Pay v3 are written: SHA256 with RSA PKCS#1 v1.5, and AES-256-GCM, in base64.

What is signed are lines, each ended by a line feed. Both sides of the wire write them in this way.
"""

import base64
import binascii
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from plugins.rsa256 import sign

SCHEME = "WECHATPAY2-SHA256-RSA2048"
CIPHER = "AEAD_AES_256_GCM"


class NotOpened(ValueError):
    """A ciphertext does not open: it is damaged, or the key is another."""


def lines(*parts: str | bytes) -> bytes:
    """The parts as they are signed."""
    return b"".join((part.encode() if isinstance(part, str) else part) + b"\n" for part in parts)


def authorization(
    *, mchid: str, serial: str, key: RSAPrivateKey, method: str, target: str, timestamp: str, nonce: str, body: bytes
) -> str:
    """The Authorization header of a request. `target` is path and query as they are sent."""
    signature = sign(lines(method, target, timestamp, nonce, body), key)
    return (
        f'{SCHEME} mchid="{mchid}",nonce_str="{nonce}",signature="{signature}",timestamp="{timestamp}",'
        f'serial_no="{serial}"'
    )


def new_nonce() -> str:
    return secrets.token_hex(16).upper()


def sealed(plaintext: bytes, *, key: bytes, nonce: str, associated_data: str) -> str:
    """The ciphertext and its tag."""
    return base64.b64encode(AESGCM(key).encrypt(nonce.encode(), plaintext, associated_data.encode())).decode()


def opened(ciphertext: str, *, key: bytes, nonce: str, associated_data: str) -> bytes:
    """The inverse of `sealed`. Raises NotOpened."""
    try:
        packed = base64.b64decode(ciphertext, validate=True)
        return AESGCM(key).decrypt(nonce.encode(), packed, associated_data.encode())
    except (InvalidTag, binascii.Error, ValueError):
        raise NotOpened("the ciphertext does not open with our key") from None
