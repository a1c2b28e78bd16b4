"""Gets the bill of a day from Alipay: an address that lives 30 seconds, then what lies there."""

from datetime import time, timedelta
from hashlib import sha256
from urllib.parse import urlsplit

import httpx

from domain.payments.ports import (
    BillAnswer,
    BillFile,
    BillKind,
    BillNotReady,
    BillRequest,
    ChannelError,
    ErrorCode,
    ErrorKind,
    NotOffered,
)
from plugins.addresses import require_https
from plugins.bill_hours import none_there, not_over
from plugins.channels.alipay.gateway import Gateway
from plugins.outcome import channel_error

_METHOD = "alipay.data.dataservice.bill.downloadurl.query"
_TYPES = {BillKind.TRADE: "trade", BillKind.FUND: "signcustomer"}
_NO_BILL = "isp.bill_not_exist"

_READY = time(9)
_SOON = timedelta(minutes=10)

MOST_BYTES = 32 * 1024 * 1024
_ZIP = b"PK"


async def fetch(gateway: Gateway, request: BillRequest) -> BillAnswer:
    """The file of a Beijing day. That there is none means nothing before nine o'clock of the next day."""
    if request.kind not in _TYPES:
        raise NotOffered("alipay", f"bill {request.kind}")
    now = gateway.clock()
    if too_early := not_over(request.date, now, _READY):
        return too_early
    biz = {"bill_type": _TYPES[request.kind], "bill_date": request.date.isoformat()}
    answer = await gateway.call(_METHOD, biz)
    if isinstance(answer, ChannelError):
        if answer.provider_code != _NO_BILL:
            return BillNotReady(_SOON, answer)
        return none_there(request.date, now, _READY)
    content = await _downloaded(gateway.http, answer.get("bill_download_url"))
    if isinstance(content, ChannelError):
        return BillNotReady(_SOON, content)
    return BillFile(
        content,
        name=f"alipay_{biz['bill_type']}_{request.date:%Y%m%d}.csv.zip",
        sha256=sha256(content).hexdigest(),
        kind=request.kind,
        day=request.date,
    )


async def _downloaded(http: httpx.AsyncClient, url: object) -> bytes | ChannelError:
    try:
        response = await http.get(_private(str(url)))
    except httpx.HTTPError as failure:
        return channel_error(failure)
    except (httpx.InvalidURL, ValueError):
        return _not_a_bill("the address of the bill is not one")
    if response.status_code != 200:
        return _not_a_bill(f"the bill's address answers HTTP {response.status_code}")
    if len(response.content) > MOST_BYTES:
        return _not_a_bill(f"the bill is longer than {MOST_BYTES} bytes")
    if not response.content.startswith(_ZIP):
        return _not_a_bill("what lies at the bill's address is no zip file")
    return response.content


def _private(url: str) -> str:
    """The address, but over TLS: Alipay gives plain http, and on an open line anybody could write in an unsigned bill."""
    try:
        require_https(url, "bill_download_url")
    except ValueError:
        url = urlsplit(url)._replace(scheme="https").geturl() if url.startswith("http://") else ""
        require_https(url, "bill_download_url")
    return url


def _not_a_bill(why: str) -> ChannelError:
    return ChannelError(ErrorKind.UNKNOWN, ErrorCode.MALFORMED_ANSWER, why)
