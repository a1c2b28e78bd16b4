"""Speaks to one party of the sandbox: signed JSON out, signed JSON back, signed callbacks in."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, cast
from urllib.parse import quote

import httpx

from domain.shared.parties import PartyError, PartyFault
from domain.shared.secret import SecretStr
from domain.shared.wire import RawRequest, SignatureError
from plugins import envelope
from plugins.outcome import party_error
from plugins.spec import ChannelRuntime

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyConfig:
    """The settings of a sandbox provider: where the party is, and the secret it shares with us."""

    base_url: str
    secret: SecretStr = field(repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "secret", SecretStr(self.secret))
        object.__setattr__(self, "base_url", self.base_url.rstrip("/"))
        if not self.secret:
            raise ValueError("secret is empty")
        if not self.base_url.startswith(("http://", "https://")):
            raise ValueError("base_url is not an address")


@dataclass(frozen=True, slots=True)
class Party:
    """The other end. Whatever happens on the way is a PartyError, never an exception."""

    config: PartyConfig
    runtime: ChannelRuntime

    async def tell(self, ref: str, path: str, body: Fields) -> Fields | PartyError:
        """Post a request. The party takes a repeat with the same reference and content for the same request."""
        return await self._exchange("POST", ref, path, json.dumps({"ref": ref, **body}, ensure_ascii=False).encode())

    async def ask(self, ref: str, path: str) -> Fields | PartyError:
        return await self._exchange("GET", ref, path, b"")

    def callback(self, request: RawRequest) -> Fields:
        """The content of a proven callback. Raises SignatureError."""
        envelope.opened(self.config.secret, request)
        content = _fields(request.body)
        if content is None or not isinstance(content.get("ref"), str):
            raise SignatureError("the callback is not a JSON object with a reference")
        return content

    async def _exchange(self, method: str, ref: str, path: str, body: bytes) -> Fields | PartyError:
        headers = {"Content-Type": "application/json", **envelope.seal(self.config.secret, body, self.runtime.clock())}
        try:
            response = await self.runtime.http.request(
                method, f"{self.config.base_url}{path}", content=body, headers=headers
            )
        except httpx.HTTPError as failure:
            return party_error(failure)
        return self._read(ref, response)

    def _read(self, ref: str, response: httpx.Response) -> Fields | PartyError:
        try:
            envelope.proven(self.config.secret, response.headers, response.content)
        except SignatureError as error:
            return PartyError(PartyFault.BROKEN, f"HTTP {response.status_code}: {error}")
        content = _fields(response.content)
        if content is None:
            return PartyError(PartyFault.BROKEN, "the answer is not a JSON object")
        if not response.is_success:
            return PartyError(PartyFault.REFUSED, f"HTTP {response.status_code}: {content.get('message', '')}")
        if content.get("ref") != ref:
            return PartyError(PartyFault.BROKEN, "the answer is about another request")
        return content


def segment(ref: str) -> str:
    """A reference as one part of a path."""
    return quote(ref, safe="")


def _fields(content: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(content)
    except ValueError:
        return None
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def text(fields: Fields, name: str) -> str | None:
    value = fields.get(name)
    return value if isinstance(value, str) and value else None


def number(fields: Fields, name: str) -> int | None:
    value = fields.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def texts(fields: Fields, name: str) -> tuple[str, ...]:
    value = fields.get(name)
    return tuple(str(part) for part in cast("list[Any]", value)) if isinstance(value, list) else ()


def secret(fields: Fields, name: str) -> SecretStr | None:
    value = text(fields, name)
    return SecretStr(value) if value else None


def day(fields: Fields, name: str) -> date | None:
    value = text(fields, name)
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        return None


def moment(fields: Fields, name: str) -> datetime | None:
    """An instant with its offset; one without is none."""
    value = text(fields, name)
    try:
        found = datetime.fromisoformat(value) if value else None
    except ValueError:
        return None
    return found if found and found.tzinfo else None
