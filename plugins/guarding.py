"""Keeps a channel that is down from holding up everything else: few calls at once, and none for a while after several failed.

And no more in a second than it takes. All of them refuse a call before anything is sent, so it surely did nothing. They raise
what httpx raises when it could not connect: a plugin that knows nothing of them still reads NOT_EXECUTED. Per process, and in
real time: a provider that is down does not know our business clock.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import httpx

from plugins.masking import plugin_logger


class TooManyCalls(httpx.PoolTimeout):
    """As many calls as are allowed are under way, or were begun just now, and it did not become this one's turn in time."""


class ChannelResting(httpx.ConnectError):
    """The channel failed several times in a row; nothing is sent until it was left alone for a while."""


class BreakerState(StrEnum):
    """CLOSED lets calls through, OPEN none, HALF_OPEN one, which decides."""

    CLOSED = "CLOSED"
    OPEN = "OPEN"
    HALF_OPEN = "HALF_OPEN"


@dataclass(frozen=True, slots=True)
class Limits:
    """Times are real seconds.

    `at_once` are under way and `per_second` begin, None: any number; whoever must wait longer than `patience` is refused.
    `failures` in a row within `window` open the breaker for `cool_down`. A call that its caller gave up counts as one
    if it had waited for `slow`. A channel that was replaced keeps its connections for `farewell`, and while a call is on.
    """

    at_once: int = 16
    per_second: float | None = None
    patience: float = 1.0
    failures: int = 5
    window: float = 30.0
    cool_down: float = 10.0
    slow: float = 2.0
    farewell: float = 150.0


class Breaker:
    """What is known of one channel's health from its last calls."""

    def __init__(self, code: str, limits: Limits | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self.code = code
        self.limits = limits or Limits()
        self.clock = clock
        self.idle = asyncio.Event()
        """Set while no call is under way."""
        self.idle.set()
        self._under_way = 0
        self._failed_at: deque[float] = deque(maxlen=self.limits.failures)
        self._opened_at: float | None = None
        self._probing = False

    @property
    def state(self) -> BreakerState:
        if self._opened_at is None:
            return BreakerState.CLOSED
        rested = self.clock() >= self._opened_at + self.limits.cool_down
        return BreakerState.HALF_OPEN if rested else BreakerState.OPEN

    def admit(self) -> bool:
        """Let a call through; says whether it is the one that decides. Raises ChannelResting."""
        state = self.state
        if state is BreakerState.OPEN or (state is BreakerState.HALF_OPEN and self._probing):
            raise ChannelResting(f"{self.code} failed {self.limits.failures} times in a row")
        self._probing = state is BreakerState.HALF_OPEN
        return self._probing

    def begin(self) -> None:
        """A call is under way, whatever becomes of it."""
        self._under_way += 1
        self.idle.clear()

    def end(self) -> None:
        self._under_way -= 1
        if not self._under_way:
            self.idle.set()

    def learn(self, well: bool | None, *, probe: bool) -> None:
        """How a call that was let through ended; None: nobody can tell."""
        if probe:
            self._probing = False
        elif self._opened_at is not None:
            return  # it began before the breaker opened
        if well:
            self._close()
        elif well is False:
            self._count(probe)

    def _close(self) -> None:
        self._failed_at.clear()
        if self._opened_at is not None:
            self._opened_at = None
            plugin_logger(self.code).warning("breaker.closed")

    def _count(self, probe: bool) -> None:
        now = self.clock()
        self._failed_at.append(now)
        in_a_row = len(self._failed_at) == self.limits.failures and now - self._failed_at[0] <= self.limits.window
        if probe or in_a_row:
            self._opened_at = now
            plugin_logger(self.code).warning("breaker.opened for %g s", self.limits.cool_down)


class Guarded(httpx.AsyncBaseTransport):
    """A transport that asks the breaker, and waits for a place, before it sends."""

    def __init__(self, inner: httpx.AsyncBaseTransport, breaker: Breaker) -> None:
        self._inner = inner
        self._breaker = breaker
        self._places = asyncio.Semaphore(breaker.limits.at_once)
        self._next_turn = 0.0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await self._take_turn()
        await self._take_place()
        self._breaker.begin()
        try:
            return await self._sent(request, probe=self._breaker.admit())
        finally:
            self._breaker.end()
            self._places.release()

    async def _take_turn(self) -> None:
        limits, now = self._breaker.limits, self._breaker.clock()
        if limits.per_second is None:
            return
        turn = max(now, self._next_turn)
        if turn - now > limits.patience:
            raise TooManyCalls(f"{self._breaker.code} takes {limits.per_second:g} calls in a second")
        self._next_turn = turn + 1 / limits.per_second
        await asyncio.sleep(turn - now)

    async def _take_place(self) -> None:
        limits = self._breaker.limits
        try:
            async with asyncio.timeout(limits.patience):
                await self._places.acquire()
        except TimeoutError:
            raise TooManyCalls(f"{limits.at_once} calls to {self._breaker.code} are under way") from None

    async def _sent(self, request: httpx.Request, *, probe: bool) -> httpx.Response:
        began, well = self._breaker.clock(), None
        try:
            response = await self._inner.handle_async_request(request)
            well = response.status_code < 500
            return response
        except (httpx.UnsupportedProtocol, httpx.LocalProtocolError):
            raise  # our own mistake says nothing of them
        except httpx.TransportError:
            well = False
            raise
        except asyncio.CancelledError:
            if self._breaker.clock() - began >= self._breaker.limits.slow:
                well = False
            raise
        finally:
            self._breaker.learn(well, probe=probe)

    async def aclose(self) -> None:
        await self._inner.aclose()
