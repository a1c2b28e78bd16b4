"""Throw-away keys of a development folder's payment channels: for each, what we are set up with, and its sandbox."""

import base64
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from suidai.runtime.rsa_pairs import rsa_pair
from suidai.runtime.unionpay_keys import unionpay_keys

ChannelKeys = dict[str, dict[str, Any]]
"""`channel`: the settings of the adapter, without addresses. `sandbox`: those of the party that is played."""

ADDRESSES: Mapping[str, Mapping[str, str]] = {
    "alipay": {"gateway_url": "alipay/gateway.do"},
    "wechat": {"gateway_url": "wechat"},
    "bank_withholding": {"gateway_url": "bank_withholding/", "file_url": "bank_withholding/"},
}
"""Where each channel is found below the sandbox's address, by the name of its setting."""


def channels(keys: Mapping[str, ChannelKeys], sandbox_url: str) -> dict[str, dict[str, Any]]:
    """The settings of every channel, as SUIDAI_CHANNELS has them, at the sandbox."""
    return {
        code: own["channel"] | {name: f"{sandbox_url}/{path}" for name, path in ADDRESSES[code].items()}
        for code, own in keys.items()
    }


def parties(keys: Mapping[str, ChannelKeys]) -> dict[str, dict[str, Any]]:
    """The settings of the parties the sandbox plays, as SUIDAI_SANDBOX has them."""
    return {code: own["sandbox"] for code, own in keys.items()}


def _alipay() -> ChannelKeys:
    app, app_public = rsa_pair()
    platform, platform_public = rsa_pair()
    ours = {"app_id": "9021000100000001", "seller_id": "2088000000000001"}
    return {
        "channel": ours | {"app_private_key": app, "alipay_public_key": platform_public},
        "sandbox": ours | {"app_public_key": app_public, "platform_private_key": platform},
    }


def _wechat() -> ChannelKeys:
    merchant, merchant_public = rsa_pair()
    platform, platform_public = rsa_pair()
    shared = {
        "appid": "wx0000000000000001",
        "mchid": "1900000001",
        "merchant_serial": secrets.token_hex(20).upper(),
        "apiv3_key": secrets.token_hex(16),
        "wechatpay_public_key_id": "PUB_KEY_ID_0119000000012026112200000000000001",
    }
    return {
        "channel": shared | {"merchant_private_key": merchant, "wechatpay_public_key": platform_public},
        "sandbox": shared | {"merchant_public_key": merchant_public, "wechatpay_private_key": platform},
    }


def _bank_withholding() -> ChannelKeys:
    # Asked here: the clock of the business comes with SQLAlchemy, and `suidai up` starts without.
    return unionpay_keys(datetime.now(UTC))  # noqa: TID251


MAKERS: Mapping[str, Callable[[], ChannelKeys]] = {
    "alipay": _alipay,
    "wechat": _wechat,
    "bank_withholding": _bank_withholding,
}


def random_32_bytes() -> str:
    """Base64, as keys are written in settings."""
    return base64.b64encode(secrets.token_bytes(32)).decode()
