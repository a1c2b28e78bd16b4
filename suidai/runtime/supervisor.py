"""Looks after child processes: starts them, starts them again when they crash, and leaves none behind."""

import asyncio
import os
from asyncio.subprocess import Process
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

from suidai.runtime.errors import CannotStart
from suidai.runtime.process import Child, spawn, stop
from suidai.runtime.together import together

CRASHES = 5
WITHIN = 60.0
FIRST_PAUSE = 0.25
LONGEST_PAUSE = 4.0
FIRST_ASKING, LAST_ASKING = 0.02, 0.2  # a server is up in a blink; what imports for seconds needs the processor itself
LOOK_EVERY, LOOKS = 10.0, 6
"""Seconds between two looks at a child that could be stuck, and how many in a row must find it so."""
GRACE = 1.6  # per wave: two waves, each at worst GRACE and a quarter of it, are over within the 5 s we promise


class Supervisor:
    """Children in waves: a wave starts together once the one before is healthy, and is stopped before that one is.

    `say` is told, in one line each, what a user should know of. Leaving the `async with` stops every child.
    """

    def __init__(self, say: Callable[[str], None], look_every: float = LOOK_EVERY) -> None:
        self._say = say
        self._look_every = look_every
        self._waves: list[dict[Child, Process]] = []
        self._keeping: set[asyncio.Task[None]] = set()
        self._lifeline: tuple[int, int] | None = None

    async def __aenter__(self) -> Self:
        self._lifeline = os.pipe()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        stopping = asyncio.ensure_future(self._stop())
        while not stopping.done():  # a second Ctrl-C does not leave half of them running
            try:
                await asyncio.shield(stopping)
            except asyncio.CancelledError:
                continue
        stopping.result()

    async def start(self, *children: Child) -> None:
        """Start a wave and return when all of it is healthy.

        Raises CannotStart naming the log of a child that ends first, or is not healthy in time.
        """
        wave: dict[Child, Process] = {}
        self._waves.append(wave)
        for child in children:
            wave[child] = await self._spawn(child)
        await together(*(self._until_healthy(child, process) for child, process in wave.items()))
        for child in children:
            self._keeping.add(asyncio.create_task(self._keep(child, wave)))

    async def watch(self) -> None:
        """Start again what crashes, and what is stuck. Returns only by raising CannotStart, when one keeps crashing."""
        done, _ = await asyncio.wait(self._keeping, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()

    def pids(self) -> dict[str, int]:
        """The process of each child, by name."""
        return {child.name: process.pid for wave in self._waves for child, process in wave.items()}

    async def _spawn(self, child: Child) -> Process:
        try:
            return await spawn(child, self._lifeline and self._lifeline[0])
        except OSError as error:
            raise CannotStart(f"{child.name} cannot be run ({error.strerror}): {child.argv[0]}.") from error

    async def _keep(self, child: Child, wave: dict[Child, Process]) -> None:
        crashes: deque[float] = deque(maxlen=CRASHES)
        clock = asyncio.get_running_loop().time
        while True:
            code = await self._end_of(child, wave[child])
            crashes.append(clock())
            recent = sum(1 for crash in crashes if clock() - crash < WITHIN)
            if recent == CRASHES:
                raise CannotStart(f"{child.name} crashed {CRASHES} times within a minute: see the end of {child.log}.")
            pause = min(FIRST_PAUSE * 2 ** (recent - 1), LONGEST_PAUSE)
            self._say(f"{child.name} ended ({_ending(code)}) and is started again in {pause:g} s. Its log: {child.log}")
            await asyncio.sleep(pause)
            wave[child] = await self._spawn(child)

    async def _end_of(self, child: Child, process: Process) -> int:
        """The exit code, once there is one; a child that is stuck is ended."""
        found_stuck = 0
        while child.stuck:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._look_every):
                    return await process.wait()
            found_stuck = found_stuck + 1 if await self._is_stuck(child.stuck) else 0
            if found_stuck == LOOKS:
                self._say(f"{child.name} does not answer any more and is ended.")
                await stop(process, child, GRACE)
        return await process.wait()

    async def _is_stuck(self, stuck: Callable[[], Awaitable[bool]]) -> bool:
        """What looking finds. Who does not come to an end with it has found nothing."""
        try:
            async with asyncio.timeout(self._look_every):
                return await stuck()
        except TimeoutError:
            return False

    async def _until_healthy(self, child: Child, process: Process) -> None:
        ended = asyncio.ensure_future(process.wait())
        pause = FIRST_ASKING
        try:
            async with asyncio.timeout(child.patience):
                while not ended.done():
                    if child.healthy is None or await child.healthy():
                        return
                    await asyncio.wait((ended,), timeout=pause)
                    pause = min(pause * 1.3, LAST_ASKING)
        except TimeoutError:
            raise CannotStart(
                f"{child.name} does not answer after {child.patience:g} s: see the end of {child.log}."
            ) from None
        finally:
            ended.cancel()
        raise CannotStart(
            f"{child.name} ended while it started ({_ending(process.returncode)}): see the end of {child.log}."
        )

    async def _stop(self) -> None:
        for task in self._keeping:
            task.cancel()
        await asyncio.gather(*self._keeping, return_exceptions=True)
        for wave in reversed(self._waves):
            await asyncio.gather(*(stop(process, child, GRACE) for child, process in wave.items()))
        for end in self._lifeline or ():
            os.close(end)


def _ending(code: int | None) -> str:
    return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
