"""The public doors, for many people at once: GraphQL for borrowers and staff, and what the channels show who pays."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from suidai.demo.stage import key
from suidai.log_ins import PASSWORD as STAFF_PASSWORD
from tests.journeys.chaos.town import PASSWORD, Resident

Json = dict[str, Any]

PATIENCE = 60.0
"""Seconds a door may be shut: its process was killed, and others want the machine too."""


class Surprise(Exception):
    """Something that no fault, habit or kill explains."""


@dataclass
class Doors:
    """One HTTP client for all; everybody's token."""

    url: str
    sandbox: str
    http: httpx.AsyncClient = field(
        default_factory=lambda: httpx.AsyncClient(
            timeout=30, trust_env=False, limits=httpx.Limits(max_connections=64, max_keepalive_connections=16)
        )
    )
    tokens: dict[str, str] = field(default_factory=dict[str, str])
    logging_in: dict[str, asyncio.Lock] = field(default_factory=dict[str, asyncio.Lock])
    excused: Callable[[], bool] = lambda: False
    """Whether there is a reason for an answer that something went wrong within."""

    async def ask(self, who: Resident | str, document: str, variables: Json | None = None) -> Json:
        """The data of an operation asked by a borrower or, by name, a member of staff."""
        deadline = time.monotonic() + PATIENCE
        while True:
            headers = {"authorization": f"Bearer {await self._token(who)}"}
            told = await self._posted(document, variables or {}, headers)
            if not told.get("errors"):
                return told["data"]
            code = told["errors"][0].get("extensions", {}).get("code")
            if code == "TOKEN_EXPIRED":
                self.tokens.pop(_name(who), None)
            elif code == "INTERNAL" and self.excused() and time.monotonic() < deadline:
                await asyncio.sleep(0.2)
            else:
                raise Surprise(f"{document[:60]}...: {told['errors'][0]}")

    async def do(self, who: Resident | str, mutation: str, input: Json, selection: str) -> Json:
        """What a mutation answered: the object, or a Problem with `code`."""
        name = mutation[0].upper() + mutation[1:]
        document = (
            f"mutation($input: {name}Input!) {{ {mutation}(input: $input) "
            f"{{ __typename ... on Problem {{ code message }} {selection} }} }}"
        )
        return (await self.ask(who, document, {"input": input}))[mutation]

    async def outside(
        self, method: str, path: str, *, broken: Callable[[], None] = lambda: None, **request: Any
    ) -> httpx.Response:
        """What somebody does or sees at an outside party. `broken` hears when it may have been done, and was not answered."""
        url = path if path.startswith("http") else self.sandbox + path
        return await self._patiently(method, url, broken, follow_redirects=True, **request)

    async def close(self) -> None:
        await self.http.aclose()

    async def _token(self, who: Resident | str) -> str:
        name = _name(who)
        async with self.logging_in.setdefault(name, asyncio.Lock()):
            if name not in self.tokens:
                self.tokens[name] = await self._logged_in(who)
            return self.tokens[name]

    async def _logged_in(self, who: Resident | str) -> str:
        if isinstance(who, str):
            operation, kind, given = "staffLogin", "StaffSession", {"username": who, "password": STAFF_PASSWORD}
        else:
            operation, kind = "login", "Session"
            given = {"phone": who.person.phone, "password": PASSWORD, "device": {"fingerprint": f"phone-{who.n}"}}
        document = (
            f"mutation($input: {operation[0].upper()}{operation[1:]}Input!) {{ {operation}(input: $input) "
            f"{{ ... on {kind} {{ accessToken }} ... on Problem {{ code message }} }} }}"
        )
        deadline = time.monotonic() + PATIENCE
        while True:
            told = await self._posted(document, {"input": given}, {})
            try:
                return told["data"][operation]["accessToken"]
            except (KeyError, TypeError):
                if not self.excused() or time.monotonic() > deadline:
                    raise Surprise(f"{_name(who)} cannot log in: {told}") from None
            await asyncio.sleep(0.2)

    async def _posted(self, document: str, variables: Json, headers: dict[str, str]) -> Json:
        body = {"query": document, "variables": variables}
        answer = await self._patiently("POST", self.url, json=body, headers=headers)
        if answer.status_code >= 500:
            raise Surprise(f"{document[:60]}... was answered {answer.status_code}: {answer.text[:200]}")
        return answer.json()

    async def _patiently(
        self, method: str, url: str, broken: Callable[[], None] = lambda: None, **request: Any
    ) -> httpx.Response:
        """A door that is shut is tried again: keys make that harmless."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return await self.http.request(method, url, **request)
            except httpx.TransportError as trouble:
                if not isinstance(trouble, httpx.ConnectError):
                    broken()
                if time.monotonic() > deadline:
                    raise Surprise(f"{url} does not answer: {type(trouble).__name__}") from trouble
                await asyncio.sleep(0.2)


def _name(who: Resident | str) -> str:
    return who if isinstance(who, str) else str(who.n)


__all__ = ["Doors", "Json", "Surprise", "key"]
