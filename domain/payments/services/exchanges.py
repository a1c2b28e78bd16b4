"""The audit of what was said to channels and what came back: masked before it gets here, append only."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, cast
from uuid import UUID

from domain.payments.models import ChannelExchange, ExchangeVerdict, Signature
from domain.payments.ports import BatchResult, ErrorCode
from domain.payments.services.learning import plain
from domain.shared.db import Sessions
from domain.shared.ids import new_id

_MAX_TEXT = 64_000


@dataclass(frozen=True, slots=True)
class About:
    """What is done at a channel, and about what: a refund is about its payment too, a debit about its mandate."""

    operation: str
    attempt_id: UUID | None = None
    refund_id: UUID | None = None
    mandate_id: UUID | None = None
    batch_id: UUID | None = None


@dataclass(slots=True)
class Call:
    """One call, and what was exchanged for it so far."""

    what: About
    kept: list[UUID] = field(default_factory=list[UUID])
    sessions: Sessions | None = None


_SOMETHING_ELSE = About("OTHER")
_call: ContextVar[Call | None] = ContextVar("call", default=None)


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
def about(what: About) -> Generator[Call]:
    """Whatever is exchanged with a channel within this block is about this."""
    call = Call(what)
    token = _call.set(call)
    try:
        yield call
    finally:
        _call.reset(token)


async def record_exchange(sessions: Sessions, exchange: Exchanged) -> None:
    """Keep one exchange, in a transaction of its own: it happened whatever becomes of what it was for."""
    call = _call.get()
    what = call.what if call else _SOMETHING_ELSE
    exchange_id = new_id()
    answer = None if exchange.status is None else {"status": exchange.status, "body": _text(exchange.response)}
    async with sessions.begin() as session:
        session.add(
            ChannelExchange(
                id=exchange_id,
                channel=exchange.code,
                attempt_id=what.attempt_id,
                refund_id=what.refund_id,
                mandate_id=what.mandate_id,
                batch_id=what.batch_id,
                operation=what.operation,
                request={"method": exchange.method, "url": _text(exchange.url), "body": _text(exchange.request)},
                answer=answer,
                outcome=exchange.failure or "ANSWERED",
                duration_ms=exchange.duration_ms,
                at=exchange.at,
            )
        )
    if call:
        call.kept.append(exchange_id)
        call.sessions = sessions


async def judge(call: Call, answer: object) -> None:
    """Keep what a call came to beside what was exchanged for it: above all whether the answer's signature held."""
    if call.sessions is None:
        return
    told, code = _told(answer), getattr(getattr(answer, "error", None), "code", None)
    async with call.sessions.begin() as session:
        session.add_all(
            ExchangeVerdict(
                exchange_id=exchange_id,
                told=plain(told) or type(answer).__name__,
                code=plain(code),
                signature=_signature(answer, told, code),
            )
            for exchange_id in call.kept
        )


def _told(answer: object) -> object:
    """The state of what a call is about; a batch has none of its own, but one that is answered was taken."""
    if not isinstance(answer, BatchResult):
        return getattr(answer, "state", None)
    if answer.error is None:
        return "COMPLETE" if answer.complete else "TAKEN"
    items = cast("object", answer.items)
    states = (
        {getattr(item, "state", None) for item in cast("Mapping[Any, Any]", items).values()}
        if isinstance(items, Mapping)
        else set[Any]()
    )
    return states.pop() if len(states) == 1 else None


def _signature(answer: object, told: object, code: object) -> Signature:
    """By the contract a plugin says nothing definite but on an answer that it verified."""
    if code is ErrorCode.BAD_SIGNATURE_ON_ANSWER:
        return Signature.BROKEN
    if told in {None, "UNKNOWN"} or getattr(answer, "not_executed", False):
        return Signature.NOT_SAID
    return Signature.HELD


def _text(text: str) -> str:
    return text.replace("\0", "")[:_MAX_TEXT]
