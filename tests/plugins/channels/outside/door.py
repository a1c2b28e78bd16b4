"""A stranger at the contract's door: he finds channels by entry point, knows the contract, and signs with code of his own.

What he makes is of the kind of `tests/vectors/channels`, and he judges at the time of those vectors.
"""

import base64
import json
from collections.abc import Callable
from datetime import datetime
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_private_key

from plugins.testing import runtime
from suidai.contract import NoticeOutcome, Notification, PaymentChannel, PaymentResult, RawRequest, SignatureError

FOLDER = Path(__file__).parents[3] / "vectors" / "channels"
KEYS: dict[str, str] = json.loads((FOLDER / "keys.json").read_text())
CLOCK = datetime.fromisoformat("2026-11-21T10:15:30+08:00")

Handle = Callable[[httpx.Request], httpx.Response]


def vectors(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / f"{name}.json").read_text())


@cache
def key(name: str) -> RSAPrivateKey:
    found = load_der_private_key(base64.b64decode(KEYS[name]), None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(found, RSAPrivateKey)
    return found


def signature(text: str, signer: RSAPrivateKey) -> str:
    return base64.b64encode(signer.sign(text.encode(), PKCS1v15(), SHA256())).decode()


def made(code: str, config: dict[str, Any], handle: Handle | None = None, now: Any = CLOCK) -> PaymentChannel:
    """The channel as the issue says outside code makes one."""
    (entry,) = entry_points(group="suidai.plugins", name=code)
    (spec,) = entry.load().payment_channels()
    transport = httpx.MockTransport(handle) if handle else None
    return spec.factory(spec.config_model(**config), runtime(now=now, transport=transport))


async def told(channel: PaymentChannel, body: str, headers: Any = (), at: datetime = CLOCK) -> Notification | str:
    """What a notice says, or how it is answered where it proves nothing."""
    request = RawRequest("POST", f"/notify/payments/{channel.code}", "", headers, body.encode(), at)
    try:
        return await channel.parse_notification(request)
    except SignatureError:
        return f"signature false, {channel.answer_notification(NoticeOutcome.BAD_SIGNATURE).status}"


def words(result: Any) -> str:
    """A result in few words: state, sum, what went wrong."""
    if isinstance(result, Notification):
        named = result.refund_no if result.kind == "REFUND" else None
        return " ".join(filter(None, [result.kind, named, words(result.result)] if result.result else [result.kind]))
    said = [str(result.state)]
    if getattr(result, "amount_fen", None) is not None and result.state == "SUCCEEDED":
        said.append(str(result.amount_fen))
    if isinstance(result, PaymentResult) and result.currency not in {None, "CNY"}:
        said.append(str(result.currency))
    if getattr(result, "error", None):
        said.append(f"{result.error.kind}/{result.error.code}")
    return " ".join(said)
