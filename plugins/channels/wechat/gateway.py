"""The wire: one signed request out, one signed answer back, verified over its very bytes whatever its status."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import cast
from urllib.parse import urlencode

import httpx
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from domain.payments.ports import ChannelError, ErrorCode, ErrorKind, SignatureError
from plugins.addresses import require_https
from plugins.channels.wechat.proofs import Keys, proven
from plugins.channels.wechat.signing import authorization, new_nonce
from plugins.channels.wechat.states import Fields, error_of
from plugins.outcome import channel_error


class Malformed(ValueError):
    """What was sent is not one JSON object."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """WeChat's API as one merchant sees it. `key_id` names the public key we would have it sign its answers with."""

    url: str
    backup_url: str | None
    mchid: str
    serial: str
    key: RSAPrivateKey
    key_id: str
    platform_keys: Keys
    http: httpx.AsyncClient
    clock: Callable[[], datetime]

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> Fields | ChannelError:
        """The verified fields of an answer, or why there are none. Never raises for what happens outside."""
        return await self._called("GET", f"{path}?{urlencode(query)}" if query else path, b"")

    async def post(self, path: str, fields: Fields) -> Fields | ChannelError:
        """The same for a request with a body. An answer without content has no fields."""
        body = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
        return await self._called("POST", path, body)

    async def download(self, url: str) -> bytes | ChannelError:
        """The bytes behind a download address. Only these come without a signature: their hash was signed before."""
        try:
            require_https(url, "download_url")
            response = await self._sent("GET", [url], b"")
        except (ValueError, httpx.InvalidURL) as refusal:
            return _unknown(ErrorCode.MALFORMED_ANSWER, str(refusal))
        if isinstance(response, ChannelError):
            return response
        if response.status_code != 200:
            return _unknown(ErrorCode.SYSTEM_ERROR, f"the download ended in HTTP {response.status_code}")
        return response.content

    async def _called(self, method: str, target: str, body: bytes) -> Fields | ChannelError:
        hosts = [host.rstrip("/") for host in (self.url, self.backup_url) if host]
        response = await self._sent(method, [host + target for host in hosts], body)
        return response if isinstance(response, ChannelError) else self.read(response)

    async def _sent(self, method: str, urls: list[str], body: bytes) -> httpx.Response | ChannelError:
        """The answer of the first address that can be connected to."""
        for url in urls[:-1]:
            try:
                return await self.http.send(self._signed(method, url, body))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                # Nothing left for there, so the same may be asked elsewhere.
                continue
            except httpx.HTTPError as failure:
                return channel_error(failure)
        try:
            return await self.http.send(self._signed(method, urls[-1], body))
        except httpx.HTTPError as failure:
            return channel_error(failure)

    def _signed(self, method: str, url: str, body: bytes) -> httpx.Request:
        request = self.http.build_request(method, url, content=body or None)
        request.headers["Authorization"] = authorization(
            mchid=self.mchid,
            serial=self.serial,
            key=self.key,
            method=method,
            target=request.url.raw_path.decode("ascii"),
            timestamp=str(int(self.clock().timestamp())),
            nonce=new_nonce(),
            body=body,
        )
        request.headers["Accept"] = "application/json"
        if body:
            request.headers["Content-Type"] = "application/json"
        if self.key_id:
            request.headers["Wechatpay-Serial"] = self.key_id
        return request

    def read(self, response: httpx.Response) -> Fields | ChannelError:
        """Verify and judge an answer. What WeChat has not signed says nothing, also when it says "not found"."""
        try:
            proven(response.headers, response.content, self.platform_keys, self.clock())
        except SignatureError as doubt:
            return _unproven(response, str(doubt))
        if response.status_code == 204:
            return {}
        try:
            fields = json_object(response.content)
        except Malformed as fault:
            return _unknown(ErrorCode.MALFORMED_ANSWER, str(fault))
        return fields if response.status_code == 200 else error_of(response.status_code, fields)


def json_object(content: bytes) -> Fields:
    """The fields of a JSON object in UTF-8. Raises Malformed."""
    try:
        # A sum is a whole number of fen; one that is not must not become a float.
        value = json.loads(content.decode("utf-8"), parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError):
        raise Malformed("what was sent is no JSON") from None
    if not isinstance(value, dict):
        raise Malformed("what was sent is no object")
    return cast("Fields", value)


def _unproven(response: httpx.Response, doubt: str) -> ChannelError:
    # An answer from a machine before WeChat's has no signature: its words help a person, and decide nothing.
    if response.status_code >= 500:
        return _unknown(ErrorCode.SYSTEM_ERROR, f"HTTP {response.status_code}; {doubt}")
    fields: Fields = {}
    with suppress(Malformed):
        fields = json_object(response.content)
    said = f"unproven: HTTP {response.status_code} {fields.get('code', '')} {fields.get('message', '')}"
    return _unknown(ErrorCode.BAD_SIGNATURE_ON_ANSWER, doubt, said)


def _unknown(code: ErrorCode, message: str, said: str = "") -> ChannelError:
    return ChannelError(ErrorKind.UNKNOWN, code, message, provider_message=said)
