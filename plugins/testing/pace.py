"""The check that a channel waits for its provider as it should: so that everybody else can go on meanwhile."""

from collections.abc import Coroutine, Generator, Iterator
from contextlib import suppress
from datetime import timedelta
from time import perf_counter
from typing import Any

import httpx

from domain.payments.ports import BillRequest, Headers, NoticeOutcome, PaymentChannel, RawRequest
from domain.shared.days import business_day
from plugins.testing.calls import Call, Provider, calls_of
from plugins.testing.subject import Subject, must

LONGEST = 0.2
"""Seconds that a method may go without an await that gives way."""
_TRIES = 5
"""A busy machine may halt a method once, and the first call may load what it needs; one that blocks does so each time."""


async def nobody_waits_for_it(subject: Subject) -> None:
    """No call, and nothing done for a notice, holds the thread that all channels share for a fifth of a second."""
    for name, call in [*calls_of(subject), *_others(subject)]:
        held = await _held(subject, call)
        must(
            held <= LONGEST,
            f"{name} holds the thread for {held:.1f} s without giving way: nothing else goes on in this process"
            " meanwhile; await what waits, and put what reckons into asyncio.to_thread",
        )


def _others(subject: Subject) -> Iterator[tuple[str, Call]]:
    yield "parse_notification", _notice_read(subject)
    yield "answer_notification", _answered
    yield "health", lambda channel: channel.health()
    if subject.capabilities().bill:
        request = BillRequest(business_day(subject.now) - timedelta(days=7))
        yield "fetch_bill", lambda channel: channel.fetch_bill(request)


async def _answered(channel: PaymentChannel) -> None:
    channel.answer_notification(NoticeOutcome.ACCEPTED)


def _notice_read(subject: Subject) -> Call:
    nobodys = RawRequest("POST", "/notify", "", Headers(), b"{}", subject.now)
    notice = next(iter(subject.notices), nobodys)
    return lambda channel: channel.parse_notification(notice)


async def _held(subject: Subject, call: Call) -> float:
    """The longest it holds the thread, in the best of some tries. What it comes to is judged by others."""
    best = float("inf")
    for _ in range(_TRIES):
        steps = _Steps(_made(call, subject.channel(Provider(httpx.ReadTimeout("x")))))
        with suppress(Exception):
            await steps
        best = min(best, steps.longest)
        if best <= LONGEST:
            break
    return best


async def _made(call: Call, channel: PaymentChannel) -> Any:
    return await call(channel)


class _Steps:
    """A call, with the time it took from each point where it gave way to the next."""

    def __init__(self, call: Coroutine[Any, Any, Any]) -> None:
        self._steps = call.__await__()
        self.longest = 0.0

    def __await__(self) -> Generator[Any, Any, Any]:
        began = perf_counter()
        try:
            waited_for = next(self._steps)
            while True:
                self.longest = max(self.longest, perf_counter() - began)
                try:
                    given = yield waited_for
                except BaseException as thrown:  # noqa: BLE001 - whoever cancels means what is awaited
                    began = perf_counter()
                    waited_for = self._steps.throw(thrown)
                else:
                    began = perf_counter()
                    waited_for = self._steps.send(given)
        except StopIteration as ended:
            return ended.value
        finally:
            self.longest = max(self.longest, perf_counter() - began)
