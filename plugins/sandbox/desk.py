"""The front desk of a party: proves who asks, takes each request once, signs what it answers."""

import json
from collections.abc import Awaitable, Callable
from typing import Any, cast

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain.shared.wire import Headers, SignatureError
from plugins import envelope
from plugins.sandbox.house import House
from plugins.sandbox.store import Document

Handle = Callable[[Request, Document], Awaitable[Document]]


class Refused(Exception):
    """The party does not take the request. Says why, with the HTTP status that says it too."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Desk:
    """The desk of one party. Every answer carries the reference it is about and is signed."""

    def __init__(self, house: House, party: str) -> None:
        self.house = house
        self.party = party

    def route(self, path: str, handle: Handle, method: str) -> Route:
        """A route whose requests must be signed JSON, and whose `handle` gives the answer's content."""

        async def endpoint(request: Request) -> Response:
            body = await request.body()
            try:
                envelope.proven(self.house.config.secrets[self.party], Headers(request.headers.items()), body)
                content = await handle(request, _object(body))
            except SignatureError as error:
                return await self._signed(401, {"message": str(error)})
            except Refused as refusal:
                return await self._signed(refusal.status, {"message": refusal.message})
            return await self._signed(200, content)

        return Route(path, endpoint, methods=[method])

    def earlier(self, kind: str, asked: Document) -> Document | None:
        """What was remembered of this very request; refused if the reference was used for another."""
        found = self.house.store.get(kind, str(asked.get("ref", "")))
        if found and found["asked"] != asked:
            raise Refused(409, "the reference was used for another request")
        return found

    async def _signed(self, status: int, content: Document) -> Response:
        body = json.dumps(content, ensure_ascii=False).encode()
        proof = envelope.seal(self.house.config.secrets[self.party], body, await self.house.now())
        return Response(body, status, media_type="application/json", headers=proof)


def text(asked: Document, name: str) -> str:
    """A text that must be there."""
    value = asked.get(name)
    if not isinstance(value, str) or not value:
        raise Refused(422, f"{name} is missing")
    return value


def must_have(asked: Document, *names: str) -> None:
    for name in names:
        text(asked, name)


def _object(body: bytes) -> Document:
    if not body:
        return {}
    try:
        value = json.loads(body)
    except ValueError as error:
        raise Refused(400, "the request is not JSON") from error
    if not isinstance(value, dict):
        raise Refused(400, "the request is not a JSON object")
    return cast("dict[str, Any]", value)
