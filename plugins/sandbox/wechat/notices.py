"""What WeChat posts to the merchant when money has moved: the same bytes at every repeat, each time signed anew."""

import json
import secrets
from datetime import datetime

from plugins.channels.wechat.signing import CIPHER, sealed
from plugins.sandbox.wechat.keys import WechatKeys
from plugins.sandbox.wechat.words import Fields, beijing

JSON = "application/json"

# Seconds between the sendings of one notice: sixteen in a day and four minutes.
LADDER = (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600)


def paid(transaction: Fields, keys: WechatKeys, now: datetime) -> bytes:
    return _notice("TRANSACTION.SUCCESS", "支付成功", transaction, keys, now)


def refunded(refund: Fields, keys: WechatKeys, now: datetime) -> bytes:
    return _notice("REFUND.SUCCESS", "退款成功", refund, keys, now)


def _notice(event: str, summary: str, resource: Fields, keys: WechatKeys, now: datetime) -> bytes:
    kind = event.partition(".")[0].lower()
    nonce = secrets.token_hex(6)
    plaintext = json.dumps(resource, ensure_ascii=False).encode()
    ciphertext = sealed(plaintext, key=keys.apiv3_key.reveal().encode(), nonce=nonce, associated_data=kind)
    told = {
        "id": f"EV-{secrets.randbelow(10**19):019d}",
        "create_time": beijing(now.isoformat()),
        "resource_type": "encrypt-resource",
        "event_type": event,
        "summary": summary,
        "resource": {
            "original_type": kind,
            "algorithm": CIPHER,
            "ciphertext": ciphertext,
            "associated_data": kind,
            "nonce": nonce,
        },
    }
    return json.dumps(told, ensure_ascii=False).encode()
