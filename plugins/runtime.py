"""Makes what a plugin is given to work with: above all an HTTP client with time limits whose every exchange is audited."""

import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from urllib.parse import unquote_plus

import httpx

from domain.shared.crypto import Keyring
from domain.shared.days import SHANGHAI
from domain.shared.secret import SecretStr
from plugins.auditing import readable
from plugins.guarding import Breaker, Guarded
from plugins.masking import mask, plugin_logger
from plugins.sealing import Sealing
from plugins.spec import ChannelRuntime

TIMEOUT = httpx.Timeout(15, connect=5, pool=5)

LONGEST_ANSWER = 64 * 1024 * 1024
"""Bytes. A longer answer is cut off: nobody may fill our memory."""

_OF_THE_WIRE = {"content-encoding", "content-length", "transfer-encoding"}


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what came back, masked. `failure` names the exception when nothing came."""

    code: str
    method: str
    url: str
    request: str = field(repr=False)
    at: datetime
    duration_ms: int
    status: int | None = None
    response: str = field(default="", repr=False)
    failure: str = ""


Audit = Callable[[Exchange], Awaitable[None]]


class _Whole(httpx.AsyncBaseTransport):
    """Reads every answer to its end, so that what can fail on the wire fails before anybody judges the call."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._inner.handle_async_request(request)
        content = bytearray()
        try:
            async for part in response.aiter_bytes():
                content += part
                if len(content) > LONGEST_ANSWER:
                    raise httpx.ReadError(f"the answer is longer than {LONGEST_ANSWER} bytes")
        finally:
            await response.aclose()
        headers = [(name, value) for name, value in response.headers.multi_items() if name not in _OF_THE_WIRE]
        return httpx.Response(
            response.status_code, headers=headers, content=bytes(content), extensions=response.extensions
        )

    async def aclose(self) -> None:
        await self._inner.aclose()


class _Audited(httpx.AsyncBaseTransport):
    """Tells of every exchange, also of those that failed. An audit that fails is no reason to lose an answer."""

    def __init__(
        self,
        inner: httpx.AsyncBaseTransport,
        code: str,
        clock: Callable[[], datetime],
        audit: Audit,
        masked: frozenset[str],
    ) -> None:
        self._inner = inner
        self._code = code
        self._clock = clock
        self._audit = audit
        self._masked = masked

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        at, started = self._clock(), time.perf_counter()
        response, failure = None, ""
        try:
            response = await self._inner.handle_async_request(request)
            return response
        except BaseException as error:
            failure = type(error).__name__
            raise
        finally:
            await self._tell(
                Exchange(
                    code=self._code,
                    method=request.method,
                    url=mask(unquote_plus(str(request.url)), self._masked),
                    request=readable(
                        await request.aread(), _type(request), self._masked, form="form" in _type(request)
                    ),
                    at=at,
                    duration_ms=round((time.perf_counter() - started) * 1000),
                    status=response.status_code if response else None,
                    response=readable(response.content, _type(response), self._masked)
                    if response and not failure
                    else "",
                    failure=failure,
                )
            )

    async def _tell(self, exchange: Exchange) -> None:
        try:
            await self._audit(exchange)
        except Exception:  # noqa: BLE001 - whatever the audit's trouble is, the answer must reach the core
            plugin_logger(self._code).exception("audit.failed")

    async def aclose(self) -> None:
        await self._inner.aclose()


def _type(message: httpx.Request | httpx.Response) -> str:
    return message.headers.get("content-type", "")


def make_runtime(
    code: str,
    *,
    clock: Callable[[], datetime],
    notify_base_url: str,
    secrets: Mapping[str, str | SecretStr] | None = None,
    audit: Audit | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
    breaker: Breaker | None = None,
    masked_fields: frozenset[str] = frozenset(),
    keyring: Keyring | None = None,
) -> ChannelRuntime:
    """The runtime of one plugin. The caller closes `runtime.http`.

    With a breaker, calls that it refuses are never sent, and so are not audited. `masked_fields` are its spec's;
    `keyring` is what it seals with.
    """
    # No retries and no redirects: whether a call is made again is decided above, with knowledge of the money.
    inner = _Whole(transport or httpx.AsyncHTTPTransport(verify=_trusted(), retries=0))
    audited = _Audited(inner, code, clock, audit, masked_fields) if audit else inner
    client = httpx.AsyncClient(
        transport=Guarded(audited, breaker) if breaker else audited,
        timeout=TIMEOUT,
        follow_redirects=False,
        headers={"User-Agent": "suidai"},
    )
    known = {name: SecretStr(text) for name, text in (secrets or {}).items()}
    sealing = Sealing(code, keyring)
    return ChannelRuntime(
        code=code,
        http=client,
        clock=clock,
        tz=SHANGHAI,
        logger=plugin_logger(code, masked_fields),
        secrets=known.__getitem__,
        notify_base_url=notify_base_url,
        seal=sealing.seal,
        unseal=sealing.unseal,
    )


@cache
def _trusted() -> ssl.SSLContext:
    """The authorities whose certificates we believe: read once, not for each plugin."""
    return httpx.create_ssl_context()
