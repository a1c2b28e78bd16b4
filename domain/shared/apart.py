"""Runs what may never come back on a thread of its own, so that it can be left behind.

A thread cannot be stopped. Whoever hangs costs one until the process ends, and no more than a few: after that he is
refused at once. The threads that everybody shares, those that look up names among them, are not used for it.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar

ResultT = TypeVar("ResultT")

MOST_LEFT_BEHIND = 3
_left_behind: dict[str, list[threading.Thread]] = {}


class LeftBehind(TimeoutError):
    """It did not come back in time; or so many of its kind still have not that it was not begun."""


async def apart(who: str, work: Callable[[], ResultT], limit: timedelta) -> ResultT:
    """What `work` gives, or raises. Raises LeftBehind where it takes longer, and at once while `who` hangs too often."""
    hanging = _left_behind[who] = [thread for thread in _left_behind.get(who, []) if thread.is_alive()]
    if len(hanging) >= MOST_LEFT_BEHIND:
        raise LeftBehind(f"{who} hangs {len(hanging)} times already, and is not begun again")
    loop = asyncio.get_running_loop()
    done: asyncio.Future[ResultT] = loop.create_future()

    def run() -> None:
        try:
            settle, what = done.set_result, work()
        except BaseException as error:  # noqa: BLE001 - raised again where the caller waits
            settle, what = done.set_exception, _raisable(error)
        with suppress(RuntimeError):  # the loop is closed, and nobody waits
            loop.call_soon_threadsafe(_settled, done, settle, what)

    thread = threading.Thread(target=run, name=f"suidai-apart-{who}", daemon=True)
    thread.start()
    try:
        async with asyncio.timeout(limit.total_seconds()):
            return await done
    finally:
        if done.cancelled():
            hanging.append(thread)


def _settled(done: "asyncio.Future[Any]", settle: Callable[[Any], None], what: object) -> None:
    if not done.done():
        settle(what)


def _raisable(error: BaseException) -> Exception:
    """A future takes no StopIteration, and what ends a process is for its own thread to hear."""
    return error if isinstance(error, Exception) and not isinstance(error, StopIteration) else RuntimeError(repr(error))
