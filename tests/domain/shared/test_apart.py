"""What may never come back is left behind, costs a few threads at most, and keeps nobody else waiting."""

import asyncio
import threading
import time
from datetime import timedelta

import pytest

from domain.shared.apart import MOST_LEFT_BEHIND, LeftBehind, apart

MOMENT = timedelta(milliseconds=50)


async def test_what_comes_back_in_time_is_given() -> None:
    assert await apart("quick", lambda: 1 + 1, timedelta(seconds=5)) == 2


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit("quit"), StopIteration(), KeyboardInterrupt()])
async def test_what_is_raised_is_raised_here_and_ends_nothing_else(error: BaseException) -> None:
    def work() -> None:
        raise error

    with pytest.raises(ValueError if isinstance(error, ValueError) else RuntimeError):
        await apart("raising", work, timedelta(seconds=5))


async def test_who_hangs_keeps_nobody_waiting_and_is_refused_after_a_few_times() -> None:
    back = threading.Event()

    async def tried(who: str) -> float:
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            await apart(who, lambda: back.wait(30), MOMENT)
        return time.monotonic() - began

    waited = [await tried("hanging") for _ in range(MOST_LEFT_BEHIND)]
    assert all(0.04 < seconds < 1 for seconds in waited)
    with pytest.raises(LeftBehind, match="hangs 3 times"):
        await apart("hanging", lambda: 1, timedelta(seconds=5))
    assert await apart("another", lambda: 1, timedelta(seconds=5)) == 1
    assert await asyncio.to_thread(lambda: 2) == 2

    back.set()
    for thread in threading.enumerate():
        if thread.name == "suidai-apart-hanging":
            thread.join()
    assert await apart("hanging", lambda: 3, timedelta(seconds=5)) == 3
