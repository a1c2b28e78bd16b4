"""What proves that an answer or a notification is WeChat's: four headers, over the very bytes of the body.

The header Wechatpay-Serial names the key: `PUB_KEY_ID_...` WeChat's public key, hex a platform certificate. While a
merchant moves from one to the other, both are in use, so the key is never guessed.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from domain.payments.ports import SignatureError
from plugins.channels.wechat.config import WechatConfig
from plugins.channels.wechat.signing import SCHEME, lines
from plugins.keys import BadKey, certificate, public_key
from plugins.rsa256 import holds

TIMESTAMP, NONCE = "Wechatpay-Timestamp", "Wechatpay-Nonce"
SIGNATURE, SERIAL, SIGNATURE_TYPE = "Wechatpay-Signature", "Wechatpay-Serial", "Wechatpay-Signature-Type"

TOLERANCE = timedelta(minutes=5)
PROBE = "WECHATPAY/SIGNTEST/"
"""How the signature of a message begins with which WeChat tests whether we look at signatures."""

Keys = Mapping[str, RSAPublicKey]


def platform_keys(config: WechatConfig) -> Keys:
    """WeChat's keys by serial. Raises BadKey, naming the setting."""
    keys = {
        _plain(serial): _certified(text, f"platform_certificates[{serial}]", serial)
        for serial, text in (config.platform_certificates or {}).items()
    }
    if config.wechatpay_public_key:
        keys[_plain(config.wechatpay_public_key_id)] = public_key(config.wechatpay_public_key, "wechatpay_public_key")
    return keys


def proven(headers: Mapping[str, str], body: bytes, keys: Keys, at: datetime) -> None:
    """Raises SignatureError unless WeChat signed this body within five minutes of `at`."""
    timestamp, nonce, signature, serial = (headers.get(name, "") for name in (TIMESTAMP, NONCE, SIGNATURE, SERIAL))
    if not (timestamp and nonce and signature and serial):
        raise SignatureError("the message is not signed")
    if is_probe(headers):
        raise SignatureError("the message tests whether we look at signatures")
    if headers.get(SIGNATURE_TYPE, SCHEME) != SCHEME:
        raise SignatureError(f"the message is not signed with {SCHEME}")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise SignatureError("the timestamp is not in whole seconds")
    if abs(int(timestamp) - at.timestamp()) > TOLERANCE.total_seconds():
        raise SignatureError("the message is older or newer than five minutes")
    if not (key := keys.get(_plain(serial))):
        raise SignatureError("the message is signed with a key we were not given")
    if not holds(signature, lines(timestamp, nonce, body), key):
        raise SignatureError("the message is not signed by WeChat")


def is_probe(headers: Mapping[str, str]) -> bool:
    return headers.get(SIGNATURE, "").startswith(PROBE)


def _certified(text: str, setting: str, serial: str) -> RSAPublicKey:
    found = certificate(text, setting)
    key = found.public_key()
    if not isinstance(key, RSAPublicKey):
        raise BadKey(f"{setting} is not of an RSA key")
    if _plain(f"{found.serial_number:X}") != _plain(serial):
        raise BadKey(f"{setting} has another serial number than the setting says")
    return key


def _plain(serial: str) -> str:
    """A serial number as it is compared: hex is written in either case, with leading zeros or without."""
    return serial.strip().upper().lstrip("0")
