"""Fetches WeChat's daily bill: asked for, then downloaded, then compared with the hash that WeChat signed."""

import hashlib
from datetime import date, time, timedelta

from domain.payments.ports import (
    BillAnswer,
    BillFile,
    BillKind,
    BillNotReady,
    ChannelError,
    ErrorCode,
    ErrorKind,
)
from plugins.bill_hours import none_there, not_over
from plugins.channels.wechat.bills import NotUnderstood, unpacked
from plugins.channels.wechat.gateway import Gateway
from plugins.channels.wechat.states import text

_READY = time(10)
_WAIT = timedelta(minutes=30)


async def fetch(gateway: Gateway, day: date) -> BillAnswer:
    """The bill of a day. `hash_ok` says whether the file is the one WeChat signed for."""
    now = gateway.clock()
    if too_early := not_over(day, now, _READY):
        return too_early
    query = {"bill_date": day.isoformat(), "bill_type": "ALL", "tar_type": "GZIP"}
    answer = await gateway.get("/v3/bill/tradebill", query)
    if isinstance(answer, ChannelError):
        return none_there(day, now, _READY) if answer.provider_code == _NO_BILL else _not_ready(answer)
    content = await gateway.download(text(answer.get("download_url")) or "")
    if isinstance(content, ChannelError):
        return BillNotReady(_WAIT, content)
    if not content:
        return BillNotReady(_WAIT, _EMPTY_FILE)
    return BillFile(
        content,
        f"wechat_ALL_{day:%Y%m%d}.csv.gz",
        hashlib.sha256(content).hexdigest(),
        BillKind.TRADE,
        day,
        answer.get("hash_type") == "SHA1" and _sha1(content) == str(answer.get("hash_value", "")).lower(),
    )


def _sha1(content: bytes) -> str:
    """The hash as WeChat makes it: of the table, not of what it is packed in."""
    try:
        return hashlib.sha1(unpacked(content), usedforsecurity=False).hexdigest()
    except NotUnderstood:
        return ""


def _not_ready(error: ChannelError) -> BillNotReady:
    return BillNotReady(_WAIT, None if error.provider_code == _IN_THE_MAKING else error)


_NO_BILL = "NO_STATEMENT_EXIST"
_IN_THE_MAKING = "STATEMENT_CREATING"
_EMPTY_FILE = ChannelError(ErrorKind.UNKNOWN, ErrorCode.MALFORMED_ANSWER, "the file is empty")
