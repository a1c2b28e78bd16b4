"""Keeps a card number unreadable while it waits in `channel_state` for the calls that need it again.

Allinpay answers which agreements are in force by card number only, so that has to be known for as long as anybody may ask.
It is sealed with a key made from the merchant's private key: whoever has suidai's database alone reads nothing.
"""

import base64
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_PURPOSE = b"suidai-allinpay agreement"
_NONCE = 12


class Seal:
    """Seals and opens texts, each bound to what it belongs to."""

    def __init__(self, key: RSAPrivateKey) -> None:
        der = key.private_bytes(form.Encoding.DER, form.PrivateFormat.PKCS8, form.NoEncryption())
        self._cipher = AESGCM(HKDF(SHA256(), 32, salt=None, info=_PURPOSE).derive(der))

    def seal(self, text: str, of: str) -> str:
        nonce = secrets.token_bytes(_NONCE)
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, text.encode(), of.encode())).decode()

    def open(self, sealed: object, of: str) -> str | None:
        """The text; None where it was sealed with another key, belongs to something else, or is damaged."""
        try:
            packed = base64.b64decode(str(sealed), validate=True)
            return self._cipher.decrypt(packed[:_NONCE], packed[_NONCE:], of.encode()).decode()
        except (InvalidTag, ValueError):
            return None
