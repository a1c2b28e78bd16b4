"""Signed callbacks of parties other than payment channels: kept first, then proven, applied once, then acknowledged."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.shared import inbox
from domain.shared.clock import Clock
from domain.shared.db import Sessions
from domain.shared.inbox import InboxRow, InboxState
from domain.shared.wire import Callback, HttpAnswer, RawRequest, SignatureError

log = structlog.get_logger()

ResultT = TypeVar("ResultT")

Parse = Callable[[RawRequest], Awaitable[Callback[ResultT]]]
"""A party's own reading of its callback; raises SignatureError."""
Apply = Callable[[AsyncSession, Callback[ResultT], datetime], Awaitable[str]]
"""Applies a proven callback in one transaction and says what came of it; applying it again changes nothing.

Raises CallbackRefused for what is proven and yet not ours.
"""

_READING = timedelta(seconds=3)
"""A party wants its answer within 5 s; a plugin that must fetch a certificate first has this long."""

_JSON = {"content-type": "application/json"}
ACCEPTED = HttpAnswer(200, _JSON, b'{"code":"OK"}')
UNPROVEN = HttpAnswer(401, _JSON, b'{"code":"BAD_SIGNATURE"}')
NOT_OURS = HttpAnswer(404, _JSON, b'{"code":"NOT_FOUND"}')


class _Unreadable(Exception):
    """Neither proven nor disproven: its plugin cannot read it, which may be the plugin's fault."""


class CallbackRefused(Exception):
    """The party did say it, but it is about nothing of ours. It is kept as evidence."""


async def receive(
    sessions: Sessions, clock: Clock, *, source: str, raw: RawRequest, parse: Parse[ResultT], apply: Apply[ResultT]
) -> HttpAnswer:
    """Keep a callback, prove it, apply it, answer it. A repeat is only acknowledged if its first copy was applied."""
    async with sessions.begin() as session:
        row = await inbox.keep(session, source=source, raw=raw)
    if row.state is InboxState.APPLIED:
        return ACCEPTED
    return await _judge(sessions, clock, row.id, raw, parse=_in_time(parse), apply=apply)


async def resume(
    sessions: Sessions, clock: Clock, *, row_id: UUID, parse: Parse[ResultT], apply: Apply[ResultT]
) -> HttpAnswer:
    """Judge a kept callback whose process died before it was applied.

    One that cannot be read a second time either is set aside as REFUSED, so that it holds up no others.
    """
    async with sessions() as session:
        row = await session.get_one(InboxRow, row_id)
        if row.state is InboxState.APPLIED:
            return ACCEPTED
        raw = await _reread(session, row_id)
    if raw is None:
        await _refuse(sessions, row_id, "damaged")
        return UNPROVEN
    return await _judge(sessions, clock, row_id, raw, parse=_read_or_refused(_in_time(parse)), apply=apply)


async def _reread(session: AsyncSession, row_id: UUID) -> RawRequest | None:
    try:
        return await inbox.raw_of(session, row_id)
    except inbox.Damaged:
        return None


async def waiting(session: AsyncSession, *, source: str, before: datetime, limit: int) -> list[UUID]:
    """Callbacks of a source ("risk/sandbox") that came before a moment and were never judged, oldest first."""
    found = (
        select(InboxRow.id)
        .where(InboxRow.state == InboxState.RECEIVED, InboxRow.source == source, InboxRow.received_at < before)
        .order_by(InboxRow.received_at, InboxRow.id)
        .limit(limit)
    )
    return list(await session.scalars(found))


def _in_time(parse: Parse[ResultT]) -> Parse[ResultT]:
    async def read(raw: RawRequest) -> Callback[ResultT]:
        async with asyncio.timeout(_READING.total_seconds()):
            return await parse(raw)

    return read


def _read_or_refused(parse: Parse[ResultT]) -> Parse[ResultT]:
    async def read(raw: RawRequest) -> Callback[ResultT]:
        try:
            return await parse(raw)
        except SignatureError:
            raise
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything
            # The type only: what a plugin says in an exception may hold personal data.
            raise _Unreadable(type(error).__name__) from None

    return read


async def _judge(
    sessions: Sessions, clock: Clock, row_id: UUID, raw: RawRequest, *, parse: Parse[ResultT], apply: Apply[ResultT]
) -> HttpAnswer:
    try:
        callback = await parse(raw)
    except SignatureError as error:
        await _refuse(sessions, row_id, f"{inbox.BAD_SIGNATURE}: {error}")
        return UNPROVEN
    except _Unreadable as error:
        await _refuse(sessions, row_id, f"unreadable: {error}")
        return UNPROVEN
    try:
        async with sessions.begin() as session:
            row = await inbox.lock(session, row_id)
            if row.state is not InboxState.APPLIED:
                at = await clock.now(session)
                row.outcome = await apply(session, callback, at)
                row.state, row.applied_at = InboxState.APPLIED, at
    except CallbackRefused as refusal:
        await _refuse(sessions, row_id, str(refusal))
        return NOT_OURS
    return ACCEPTED


async def _refuse(sessions: Sessions, row_id: UUID, why: str) -> None:
    log.warning("callback.refused", inbox_id=str(row_id), why=why)
    async with sessions.begin() as session:
        row = await inbox.lock(session, row_id)
        if row.state is not InboxState.APPLIED:
            row.state, row.outcome = InboxState.REFUSED, why[:500]
