"""Delivering one announcement: what was done is marked with it, what failed is kept, what is slow is not begun twice."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, cast
from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.shared import outbox
from domain.shared.clock import Clock
from domain.shared.db import Sessions
from domain.shared.outbox import OutboxRow, OutboxState
from jobs.deliveries import Deliveries
from jobs.house import House


@dataclass(frozen=True, slots=True)
class LetterWritten:
    topic: ClassVar[str] = "desk.letter_written"
    letter_id: UUID


@dataclass
class Post:
    """A house of which deliveries use the sessions and the clock."""

    sessions: Sessions
    clock: Clock


LETTER = UUID(int=7)


async def write(sessions: Sessions) -> UUID:
    async with sessions.begin() as session:
        outbox.publish(session, LetterWritten(LETTER))
        await session.flush()
        return (await session.scalars(select(OutboxRow.id))).one()


async def row(sessions: Sessions) -> OutboxRow:
    async with sessions() as session:
        return (await session.scalars(select(OutboxRow))).one()


def house(sessions: Sessions) -> House:
    return cast("House", Post(sessions, Clock(movable=False)))


async def test_the_effects_of_a_consumer_and_done_are_one(sessions: Sessions) -> None:
    async def note_and_fail(session: AsyncSession, *, at: datetime, letter_id: UUID) -> None:
        await session.execute(text("CREATE TABLE noted (id uuid)"))
        raise ValueError(f"no {letter_id.int} at {at.year}\0")

    deliveries = Deliveries()
    deliveries.apply(LetterWritten, note_and_fail)
    await deliveries.deliver(house(sessions), await write(sessions))

    left = await row(sessions)
    assert (left.state, left.tries) == (OutboxState.PENDING, 1)
    assert (left.last_error or "").startswith("ValueError: no 7")
    async with sessions() as session:
        assert await session.scalar(select(func.to_regclass("noted"))) is None


async def test_a_slow_flow_is_not_given_to_anybody_else(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "LEASE", timedelta(seconds=1.5))
    given: list[list[UUID]] = []

    async def slow(_house: House, *, letter_id: UUID) -> None:
        first = (await row(sessions)).available_at
        over = False
        while not over:
            await asyncio.sleep(0.1)
            async with sessions.begin() as session:
                given.append(await outbox.lease(session, limit=10))
                over = (await session.scalar(select(func.now()))) > first

    deliveries = Deliveries()
    deliveries.follow(LetterWritten, slow)
    await deliveries.deliver(house(sessions), await write(sessions))

    assert given
    assert not any(given)
    assert (await row(sessions)).state is OutboxState.DONE


async def test_an_announcement_nobody_waits_for_is_done(sessions: Sessions) -> None:
    await Deliveries().deliver(house(sessions), await write(sessions))
    assert (await row(sessions)).state is OutboxState.DONE
