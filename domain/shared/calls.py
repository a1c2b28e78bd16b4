"""Calls to outside parties whose code breaks: the request may have arrived, so it counts as an answer nobody knows."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from domain.shared.parties import PartyError, PartyFault

log = structlog.get_logger()

ResultT = TypeVar("ResultT")


async def answered(call: Awaitable[ResultT], broken: Callable[[PartyError], ResultT], *, ref: str) -> ResultT:
    """The party's answer, or `broken(...)`, a result in state UNKNOWN, when its plugin raised."""
    try:
        return await call
    except Exception as error:  # noqa: BLE001 - whatever broke, the request may have arrived
        log.warning("party.call_broke", ref=ref, error=type(error).__name__)
        return broken(PartyError(PartyFault.OTHER, type(error).__name__))
