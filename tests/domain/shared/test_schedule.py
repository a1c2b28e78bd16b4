"""What is due by the business clock: daily moments of the Shanghai day, single actions planned once."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.shared.days import SHANGHAI
from domain.shared.db import Sessions
from domain.shared.schedule import ActionState, ScheduledAction, next_daily, plan_action

ONE = 60
NINE = 9 * 60
DUE = datetime(2026, 3, 16, 9, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("after", "at_minute", "then"),
    [
        (datetime(2026, 3, 15, 0, 30, tzinfo=SHANGHAI), ONE, datetime(2026, 3, 15, 1, tzinfo=SHANGHAI)),
        (datetime(2026, 3, 15, 1, tzinfo=SHANGHAI), ONE, datetime(2026, 3, 16, 1, tzinfo=SHANGHAI)),
        (datetime(2026, 3, 15, 1, 0, 1, tzinfo=SHANGHAI), ONE, datetime(2026, 3, 16, 1, tzinfo=SHANGHAI)),
        (datetime(2026, 2, 28, 23, 59, tzinfo=SHANGHAI), 20, datetime(2026, 3, 1, 0, 20, tzinfo=SHANGHAI)),
        (datetime(2026, 12, 31, 9, tzinfo=SHANGHAI), NINE, datetime(2027, 1, 1, 9, tzinfo=SHANGHAI)),
    ],
)
def test_a_daily_run_comes_next_at_its_minute_of_the_shanghai_day(
    after: datetime, at_minute: int, then: datetime
) -> None:
    assert next_daily(after, at_minute) == then


def test_the_shanghai_day_has_begun_while_utc_still_has_the_day_before() -> None:
    assert next_daily(datetime(2026, 3, 15, 16, 30, tzinfo=UTC), ONE) == datetime(2026, 3, 15, 17, tzinfo=UTC)


async def test_an_action_is_planned_for_its_moment_with_its_facts(session: AsyncSession) -> None:
    await plan_action(session, kind="lending.look", key="L1", due_at=DUE, payload={"n": 1})

    action = (await session.scalars(select(ScheduledAction))).one()

    assert (action.due_at, action.payload, action.state) == (DUE, {"n": 1}, ActionState.PENDING)


async def test_planning_it_again_changes_nothing(session: AsyncSession) -> None:
    await plan_action(session, kind="lending.look", key="L1", due_at=DUE, payload={"n": 1})
    await plan_action(session, kind="lending.look", key="L1", due_at=DUE + timedelta(days=1), payload={"n": 2})

    action = (await session.scalars(select(ScheduledAction))).one()

    assert (action.due_at, action.payload) == (DUE, {"n": 1})


async def test_the_same_key_of_another_kind_is_another_action(session: AsyncSession) -> None:
    await plan_action(session, kind="lending.look", key="L1", due_at=DUE)
    await plan_action(session, kind="lending.call", key="L1", due_at=DUE)

    assert await session.scalar(select(func.count()).select_from(ScheduledAction)) == 2


async def test_two_who_plan_it_at_once_plan_it_once(sessions: Sessions) -> None:
    async def plan() -> None:
        async with sessions.begin() as session:
            await plan_action(session, kind="lending.look", key="L1", due_at=DUE)

    await asyncio.gather(*(plan() for _ in range(5)))

    async with sessions() as session:
        assert await session.scalar(select(func.count()).select_from(ScheduledAction)) == 1
