"""The audit of what was said to channels and what came back: masked before it gets here, append only."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.payments.models import ChannelExchange
from domain.shared.db import Sessions

_MAX_TEXT = 64_000

_about: ContextVar[tuple[UUID | None, str]] = ContextVar("about", default=(None, "OTHER"))


class Exchanged(Protocol):
    """One request and what came back, masked; `failure` names the exception when nothing came."""

    @property
    def code(self) -> str: ...
    @property
    def method(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def request(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def duration_ms(self) -> int: ...
    @property
    def status(self) -> int | None: ...
    @property
    def response(self) -> str: ...
    @property
    def failure(self) -> str: ...


@contextmanager
def about(attempt_id: UUID | None, operation: str) -> Generator[None]:
    """Whatever is exchanged with a channel within this block is about this attempt and operation."""
    token = _about.set((attempt_id, operation))
    try:
        yield
    finally:
        _about.reset(token)


async def record_exchange(sessions: Sessions, exchange: Exchanged) -> None:
    """Keep one exchange, in a transaction of its own: it happened whatever becomes of what it was for."""
    attempt_id, operation = _about.get()
    answer = None if exchange.status is None else {"status": exchange.status, "body": _text(exchange.response)}
    async with sessions.begin() as session:
        session.add(
            ChannelExchange(
                channel=exchange.code,
                attempt_id=attempt_id,
                operation=operation,
                request={"method": exchange.method, "url": _text(exchange.url), "body": _text(exchange.request)},
                answer=answer,
                outcome=exchange.failure or "ANSWERED",
                duration_ms=exchange.duration_ms,
                at=exchange.at,
            )
        )


def _text(text: str) -> str:
    return text.replace("\0", "")[:_MAX_TEXT]
