"""No stranger sends more than a door takes: counted while it streams, whatever the headers claim."""

from collections.abc import Mapping

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

GRAPHQL = 100_000
NOTICE = 256_000
UPLOAD = 5_000_000


class _TooLong(Exception):
    pass


class BodyLimit:
    """Refuses with 413 a request whose body is longer than its path's limit, in bytes."""

    def __init__(self, app: ASGIApp, limits: Mapping[str, int], otherwise: int = GRAPHQL) -> None:
        self._app = app
        self._limits = limits
        self._otherwise = otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        limit = next((limit for start, limit in self._limits.items() if path.startswith(start)), self._otherwise)
        read = 0
        answering = False

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit:
                raise _TooLong
            return message

        async def watched(message: Message) -> None:
            nonlocal answering
            answering = True
            await send(message)

        try:
            await self._app(scope, counted, watched)
        except _TooLong:
            if answering:
                raise
            await PlainTextResponse(f"The body is longer than {limit} bytes.\n", 413)(scope, receive, send)
