"""Asking about what nobody knows: callbacks nobody judged are judged, and what fails keeps nothing else waiting."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from structlog.testing import capture_logs

from domain.messaging.events import MessageQueued
from domain.shared import inbox, outbox
from domain.shared.clock import Clock
from domain.shared.db import Sessions
from domain.shared.inbox import InboxRow, InboxState
from domain.shared.outbox import OutboxRow
from domain.shared.wire import Callback, Headers, RawRequest
from jobs import asks
from jobs.house import House
from plugins.registry import Unavailable
from tests.domain.credit.builders import NOW


@dataclass
class Sender:
    """A party whose letters are genuine and about nothing of ours."""

    code: str = "fake"
    trouble: Exception | None = None

    async def parse_callback(self, _raw: RawRequest) -> Callback[Any]:
        if self.trouble is not None:
            raise self.trouble
        return Callback("nobody", "E1", None)

    parse_receipt = parse_callback


@dataclass
class Parties:
    known: Mapping[str, Sender] = field(default_factory=dict[str, Sender])

    def provider(self, kind: str) -> Sender:
        if kind not in self.known:
            raise Unavailable(kind, "it is not there")
        return self.known[kind]

    def ready_channels(self) -> Mapping[str, object]:
        return {}


@dataclass
class Office:
    sessions: Sessions
    clock: Clock
    registry: Parties

    def report_sources(self) -> dict[object, object]:
        return {}


def office(sessions: Sessions, **known: Sender) -> House:
    return cast("House", Office(sessions, Clock(movable=False, real=lambda: NOW), Parties(known)))


async def keep(sessions: Sessions, source: str, at: datetime) -> None:
    async with sessions.begin() as session:
        await inbox.keep(session, source=source, raw=RawRequest("POST", "/", "", Headers(), source.encode(), at))


async def states(sessions: Sessions) -> dict[str, InboxState]:
    async with sessions() as session:
        return {row.source: row.state for row in await session.scalars(select(InboxRow))}


KINDS = ["risk", "esign", "funding", "sms"]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_callback_that_was_kept_and_never_judged_is_judged(sessions: Sessions, kind: str) -> None:
    await keep(sessions, f"{kind}/fake", NOW - asks.UNDER_WAY - timedelta(seconds=1))

    with capture_logs():
        await asks.run(office(sessions, **{kind: Sender()}))

    assert await states(sessions) == {f"{kind}/fake": InboxState.REFUSED}


async def test_a_callback_that_has_just_come_is_left_to_whoever_received_it(sessions: Sessions) -> None:
    await keep(sessions, "risk/fake", NOW - timedelta(seconds=1))

    with capture_logs():
        await asks.run(office(sessions, risk=Sender()))

    assert await states(sessions) == {"risk/fake": InboxState.RECEIVED}


async def test_a_callback_that_cannot_be_read_twice_holds_up_no_others(sessions: Sessions) -> None:
    await keep(sessions, "risk/fake", NOW - timedelta(hours=1))
    await keep(sessions, "sms/fake", NOW - timedelta(hours=1))

    with capture_logs():
        await asks.run(office(sessions, risk=Sender(trouble=ValueError("a plugin's bug")), sms=Sender()))

    assert await states(sessions) == {"risk/fake": InboxState.REFUSED, "sms/fake": InboxState.REFUSED}


async def test_one_that_fails_does_not_keep_those_behind_it_waiting(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    async def ask(_house: House, key: Any) -> None:
        asked.append(key)
        if key == 1:
            raise ValueError("no")

    async def broken(_house: House, session: AsyncSession, _at: datetime) -> list[Any]:
        await session.execute(text("SELECT 1 / 0"))
        return []

    async def due(_house: House, session: AsyncSession, _at: datetime) -> list[Any]:
        return list(await session.scalars(text("SELECT generate_series(1, 3)")))

    monkeypatch.setattr(asks, "QUESTIONS", (asks.Question("broken", broken, ask), asks.Question("fine", due, ask)))

    with capture_logs() as logs:
        await asks.run(office(sessions))

    assert asked == [1, 2, 3]
    assert [log["what"] for log in logs if log["event"] == "asks.failed"] == ["broken", "1"]


async def test_what_cannot_be_announced_is_undone_and_keeps_nothing_else(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(session: AsyncSession, *, at: datetime, limit: int) -> None:
        outbox.publish(session, MessageQueued(UUID(int=limit)))
        await session.flush()
        raise ValueError(at)

    async def due(session: AsyncSession, *, at: datetime, limit: int) -> None:
        assert at == NOW
        outbox.publish(session, MessageQueued(UUID(int=limit)))

    monkeypatch.setattr(asks, "ANNOUNCED", (("first", due, 1), ("broken", broken, 2), ("last", due, 3)))

    with capture_logs():
        await asks.announce(office(sessions))

    async with sessions() as session:
        rows = await session.scalars(select(OutboxRow).order_by(OutboxRow.id))
        assert [row.payload["message_id"] for row in rows] == [str(UUID(int=1)), str(UUID(int=3))]
