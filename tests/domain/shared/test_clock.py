"""The business clock: real time where it counts, moved ahead for everyone at once in development, never back."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.shared.clock import Clock, ClockGoesForward, ClockNotMovable, ClockSetting, real_now
from domain.shared.db import Sessions

NOON = datetime(2026, 1, 15, 4, tzinfo=UTC)
DAY = timedelta(days=1)


def clock_at(real: datetime, *, movable: bool = True) -> Clock:
    return Clock(movable=movable, real=lambda: real)


async def test_until_it_is_moved_business_time_is_real_time(session: AsyncSession) -> None:
    assert await clock_at(NOON).now(session) == NOON


async def test_real_time_knows_its_offset() -> None:
    assert real_now().utcoffset() == timedelta()


async def test_it_is_moved_to_the_very_moment(session: AsyncSession) -> None:
    clock = clock_at(NOON)
    to = NOON + timedelta(days=400, microseconds=7)

    assert await clock.advance(session, to) == to
    assert await clock.now(session) == to


async def test_real_time_runs_on_from_where_it_was_moved(session: AsyncSession) -> None:
    await clock_at(NOON).advance(session, NOON + DAY)

    assert await clock_at(NOON + timedelta(seconds=5)).now(session) == NOON + DAY + timedelta(seconds=5)


async def test_moves_add_up(session: AsyncSession) -> None:
    clock = clock_at(NOON)
    await clock.advance(session, NOON + DAY)
    await clock.advance(session, NOON + 3 * DAY)

    assert await clock.now(session) == NOON + 3 * DAY
    assert await session.scalar(select(ClockSetting.ahead_us)) == 3 * 86_400_000_000


async def test_it_never_goes_back(session: AsyncSession) -> None:
    clock = clock_at(NOON)
    await clock.advance(session, NOON + DAY)

    with pytest.raises(ClockGoesForward) as refusal:
        await clock.advance(session, NOON + DAY - timedelta(microseconds=1))

    assert refusal.value.fields == ("to",)
    assert await clock.now(session) == NOON + DAY


async def test_in_production_it_cannot_be_moved_and_no_row_moves_it(session: AsyncSession) -> None:
    await clock_at(NOON).advance(session, NOON + DAY)
    strict = clock_at(NOON, movable=False)

    with pytest.raises(ClockNotMovable):
        await strict.advance(session, NOON + 2 * DAY)

    assert await strict.now(session) == NOON


async def test_who_has_no_session_uses_the_shift_read_last(session: AsyncSession) -> None:
    adapter = clock_at(NOON)
    await clock_at(NOON).advance(session, NOON + DAY)
    assert adapter.last_known() == NOON

    await adapter.now(session)

    assert adapter.last_known() == NOON + DAY


async def test_every_process_sees_the_move_once_it_is_committed(sessions: Sessions) -> None:
    async with sessions() as moving, sessions() as other:
        await clock_at(NOON).advance(moving, NOON + DAY)
        assert await clock_at(NOON).now(other) == NOON
        await moving.commit()
        assert await clock_at(NOON).now(other) == NOON + DAY


async def test_of_two_moves_at_once_the_farther_one_holds(sessions: Sessions) -> None:
    async def move(days: int) -> None:
        async with sessions.begin() as session:
            await clock_at(NOON).advance(session, NOON + days * DAY)

    outcomes = await asyncio.gather(*(move(days) for days in (1, 3, 2)), return_exceptions=True)

    async with sessions() as session:
        assert await clock_at(NOON).now(session) == NOON + 3 * DAY
    assert all(outcome is None or isinstance(outcome, ClockGoesForward) for outcome in outcomes)
