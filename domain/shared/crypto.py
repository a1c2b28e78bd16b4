"""Personal data at rest: sealed by a key of its own per person, found again by a keyed index.

Envelope encryption: a random data key per subject (AES-256-GCM) is wrapped by a key derived from the master key.
Forgetting the wrapped key makes everything sealed with it unreadable for good (crypto-shredding), the books stay whole.
"""

import base64
import hmac
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

_NONCE = 12


@dataclass(frozen=True, slots=True)
class Box:
    """Seals and opens the fields of one subject. `field` is bound in: a value moved to another column does not open."""

    _key: bytes = field(repr=False)

    def seal(self, field: str, text: str) -> bytes:
        return self.seal_bytes(field, text.encode())

    def open(self, field: str, sealed: bytes) -> str:
        return self.open_bytes(field, sealed).decode()

    def seal_bytes(self, field: str, content: bytes) -> bytes:
        nonce = secrets.token_bytes(_NONCE)
        return nonce + AESGCM(self._key).encrypt(nonce, content, field.encode())

    def open_bytes(self, field: str, sealed: bytes) -> bytes:
        return AESGCM(self._key).decrypt(sealed[:_NONCE], sealed[_NONCE:], field.encode())


@dataclass(frozen=True, slots=True)
class Keyring:
    """Everything that is derived from the master key."""

    _wrap: bytes = field(repr=False)
    _index: bytes = field(repr=False)
    system: Box = field(repr=False)
    """Seals what belongs to no borrower: a stranger's phone in a message, a channel's settings."""

    @classmethod
    def from_master(cls, master: bytes) -> "Keyring":
        """Raises ValueError unless the master key is 32 bytes."""
        if len(master) != 32:
            raise ValueError("the master key is 32 bytes, in base64")

        def derive(use: bytes) -> bytes:
            return HKDF(SHA256(), 32, salt=None, info=b"suidai/" + use).derive(master)

        return cls(derive(b"wrap"), derive(b"index"), Box(derive(b"system")))

    @classmethod
    def from_base64(cls, text: str) -> "Keyring":
        return cls.from_master(base64.b64decode(text, validate=True))

    def new_data_key(self) -> bytes:
        """A wrapped data key for a new subject."""
        return Box(self._wrap).seal_bytes("data_key", AESGCM.generate_key(256))

    def box(self, data_key: bytes) -> Box:
        """The box of the subject whose wrapped key this is."""
        return Box(Box(self._wrap).open_bytes("data_key", data_key))

    def index(self, kind: str, value: str) -> bytes:
        """A keyed hash by which an equal value of that kind is found without being readable."""
        return hmac.digest(self._index, f"{kind}\x00{value}".encode(), sha256)


def keyring_of(session: "AsyncSession") -> Keyring:
    """The keyring its entry point gave this session."""
    return session.info["keyring"]


def hashed_secret(text: str) -> bytes:
    """How a random secret we handed out (refresh token, upload token) is kept. Not for passwords or short codes."""
    return sha256(text.encode()).digest()
