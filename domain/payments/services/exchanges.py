"""The audit of what was said to channels and what came back: masked before it gets here, append only."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.payments.models import ChannelExchange
from domain.shared.db import Sessions

_MAX_TEXT = 64_000


@dataclass(frozen=True, slots=True)
class About:
    """What is done at a channel, and about what: a refund is about its payment too, a debit about its mandate."""

    operation: str
    attempt_id: UUID | None = None
    refund_id: UUID | None = None
    mandate_id: UUID | None = None


_SOMETHING_ELSE = About("OTHER")
_about: ContextVar[About] = ContextVar("about", default=_SOMETHING_ELSE)


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
def about(what: About) -> Generator[None]:
    """Whatever is exchanged with a channel within this block is about this."""
    token = _about.set(what)
    try:
        yield
    finally:
        _about.reset(token)


async def record_exchange(sessions: Sessions, exchange: Exchanged) -> None:
    """Keep one exchange, in a transaction of its own: it happened whatever becomes of what it was for."""
    what = _about.get()
    answer = None if exchange.status is None else {"status": exchange.status, "body": _text(exchange.response)}
    async with sessions.begin() as session:
        session.add(
            ChannelExchange(
                channel=exchange.code,
                attempt_id=what.attempt_id,
                refund_id=what.refund_id,
                mandate_id=what.mandate_id,
                operation=what.operation,
                request={"method": exchange.method, "url": _text(exchange.url), "body": _text(exchange.request)},
                answer=answer,
                outcome=exchange.failure or "ANSWERED",
                duration_ms=exchange.duration_ms,
                at=exchange.at,
            )
        )


def _text(text: str) -> str:
    return text.replace("\0", "")[:_MAX_TEXT]
