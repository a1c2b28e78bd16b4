"""How a message between us and a party of the sandbox proves who sent it.

HMAC-SHA256 with the party's secret over `timestamp\\nnonce\\nbody`, in hex; the timestamp is in whole seconds. Three
headers carry it. A message is judged as of when it was received and may be five minutes off.
"""

import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

from domain.shared.secret import SecretStr
from domain.shared.wire import RawRequest, SignatureError

TIMESTAMP = "X-Suidai-Timestamp"
NONCE = "X-Suidai-Nonce"
SIGNATURE = "X-Suidai-Signature"
TOLERANCE = 300
"""Seconds."""


def seal(secret: SecretStr, body: bytes, at: datetime) -> dict[str, str]:
    """The headers that prove this body."""
    timestamp, nonce = str(int(at.timestamp())), secrets.token_hex(16)
    return {TIMESTAMP: timestamp, NONCE: nonce, SIGNATURE: _signature(secret, timestamp, nonce, body)}


def proven(secret: SecretStr, headers: Mapping[str, str], body: bytes) -> None:
    """Raises SignatureError unless the headers prove this body; says nothing about when it was sent."""
    timestamp, nonce, signature = (headers.get(name, "") for name in (TIMESTAMP, NONCE, SIGNATURE))
    if not (timestamp and nonce and secret):
        raise SignatureError("the message is not signed")
    if not hmac.compare_digest(signature.encode(), _signature(secret, timestamp, nonce, body).encode()):
        raise SignatureError("the signature is not of this message")


def opened(secret: SecretStr, request: RawRequest) -> str:
    """Prove a request, and that it is fresh; gives its nonce. Raises SignatureError."""
    proven(secret, request.headers, request.body)
    timestamp = request.headers[TIMESTAMP]
    if not timestamp.isascii() or not timestamp.isdigit():
        raise SignatureError("the timestamp is not in whole seconds")
    if abs(int(timestamp) - request.received_at.timestamp()) > TOLERANCE:
        raise SignatureError("the message is older or newer than five minutes")
    return request.headers[NONCE]


def _signature(secret: SecretStr, timestamp: str, nonce: str, body: bytes) -> str:
    signed = f"{timestamp}\n{nonce}\n".encode() + body
    return hmac.new(secret.reveal().encode(), signed, sha256).hexdigest()
