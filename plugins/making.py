"""What channels are made with, for whoever writes one: it loads httpx and cryptography, so not what announces imports it."""

from plugins.archives import BadArchive, unpacked
from plugins.bill_hours import none_there as bill_none_there
from plugins.bill_hours import not_over as bill_not_over
from plugins.health import of as health_by_query
from plugins.keys import BadKey, certificate, certificates, private_key, public_key
from plugins.outcome import channel_error
from plugins.runtime import Exchange

__all__ = [
    "BadArchive",
    "BadKey",
    "Exchange",
    "bill_none_there",
    "bill_not_over",
    "certificate",
    "certificates",
    "channel_error",
    "health_by_query",
    "private_key",
    "public_key",
    "unpacked",
]
