"""How long a mutation waits for an outside party before it answers with what is known so far."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import structlog

log = structlog.get_logger()

SECONDS = 5.0

DoneT = TypeVar("DoneT")

_going_on: set[asyncio.Task[Any]] = set()
"""The loop itself keeps only weak references to its tasks."""


async def patiently(flow: Coroutine[Any, Any, DoneT], seconds: float | None = None) -> DoneT | None:
    """What came of a flow, refusals included; None when it takes longer than `seconds`, or than SECONDS.

    It then goes on by itself and records what it learns: to cut it off between call and record would only make the
    outcome unknown.
    """
    task = asyncio.create_task(flow)
    _going_on.add(task)
    task.add_done_callback(_going_on.discard)
    finished, _ = await asyncio.wait({task}, timeout=SECONDS if seconds is None else seconds)
    if finished:
        return task.result()
    task.add_done_callback(_note)
    return None


def _note(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.warning("flow.failed_late", error=type(error).__name__)
