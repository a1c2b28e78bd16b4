"""The walk over crossed moments: in order, each once, in parts, by one worker at a time, past what fails."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from domain.shared.clock import Clock
from domain.shared.days import SHANGHAI, business_day
from domain.shared.db import Sessions
from domain.shared.numbers import next_number
from domain.shared.schedule import ActionState, JobRun, Recurring, ScheduledAction, plan_action
from jobs import ticks
from jobs.ticks import Daily, Part, Timetable, install, run_due

START = datetime(2026, 1, 15, 12, tzinfo=SHANGHAI)
IMPORT, REMIND, LOOK = "import", "remind", "look"


def on(month: int, day: int, hour: int = 12, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI)


@dataclass
class Diary:
    """Runs that note what was run and as of when; `parts` says in how many parts an import is done."""

    lines: list[tuple[str, datetime]] = field(default_factory=list)
    parts: int = 1
    slow: float = 0

    async def import_(self, session: AsyncSession, at: datetime, begin: list[Any] | None) -> Part:
        done = (begin or [0])[0] + 1
        await asyncio.sleep(self.slow)
        await next_number(session, "IM", business_day(at))
        self.lines.append((IMPORT, at))
        return Part({"opened": 10 * done}, [done] if done < self.parts else None)

    async def remind(self, session: AsyncSession, at: datetime, _: list[Any] | None) -> Part:
        self.lines.append((REMIND, at))
        return Part()

    async def look(self, session: AsyncSession, at: datetime, payload: dict[str, Any]) -> None:
        self.lines.append((f"{LOOK} {payload['n']}", at))

    def timetable(self, **changes: Any) -> Timetable:
        daily = {REMIND: Daily(9 * 60, self.remind), IMPORT: Daily(60, self.import_)} | changes.pop("daily", {})
        return Timetable(daily, {LOOK: self.look} | changes.pop("actions", {}))


def clock_at(now: datetime, *, movable: bool = True) -> Clock:
    return Clock(movable=movable, real=lambda: now)


async def enter(sessions: Sessions, timetable: Timetable, at: datetime = START) -> None:
    async with sessions.begin() as session:
        await install(session, timetable, at)


async def plan(sessions: Sessions, *looks: tuple[int, datetime]) -> None:
    async with sessions.begin() as session:
        for n, due_at in looks:
            await plan_action(session, kind=LOOK, key=str(n), due_at=due_at, payload={"n": n})


async def runs(sessions: Sessions) -> Sequence[JobRun]:
    async with sessions() as session:
        return (await session.scalars(select(JobRun).order_by(JobRun.scheduled_for))).all()


async def no_longer_put_off(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await session.execute(update(Recurring).values(retry_at=None))
        await session.execute(update(ScheduledAction).values(retry_at=None))


async def test_nothing_is_due_on_the_day_it_is_installed_after_its_hour(sessions: Sessions) -> None:
    diary = Diary()
    await enter(sessions, diary.timetable())

    assert await run_due(sessions, clock_at(START + timedelta(hours=1)), diary.timetable()) == 0
    assert diary.lines == []


async def test_crossed_moments_are_walked_in_order_each_once(sessions: Sessions) -> None:
    diary = Diary()
    await enter(sessions, diary.timetable())
    await plan(sessions, (1, on(1, 17, 8)), (2, on(1, 16, 20)), (3, on(1, 18)))

    assert await run_due(sessions, clock_at(on(1, 17, 10)), diary.timetable()) == 6

    walked = [
        (IMPORT, on(1, 16, 1)),
        (REMIND, on(1, 16, 9)),
        (f"{LOOK} 2", on(1, 16, 20)),
        (IMPORT, on(1, 17, 1)),
        (f"{LOOK} 1", on(1, 17, 8)),
        (REMIND, on(1, 17, 9)),
    ]
    assert diary.lines == walked
    assert await run_due(sessions, clock_at(on(1, 17, 10)), diary.timetable()) == 0
    assert diary.lines == walked


async def test_three_months_ahead_are_ninety_nights_in_order(sessions: Sessions) -> None:
    diary = Diary()
    await enter(sessions, diary.timetable())

    await run_due(sessions, clock_at(START + timedelta(days=90)), diary.timetable())

    nights = [at for name, at in diary.lines if name == IMPORT]
    assert [business_day(at) for at in nights] == [date(2026, 1, 16) + timedelta(days=n) for n in range(90)]
    assert diary.lines == sorted(diary.lines, key=lambda line: line[1])


async def test_of_one_moment_the_daily_run_comes_before_the_action(sessions: Sessions) -> None:
    diary = Diary()
    await enter(sessions, diary.timetable())
    await plan(sessions, (1, on(1, 16, 9)))

    await run_due(sessions, clock_at(on(1, 16, 9)), diary.timetable())

    assert [name for name, _ in diary.lines] == [IMPORT, REMIND, f"{LOOK} 1"]


async def test_an_action_that_a_run_plans_is_walked_in_its_turn(sessions: Sessions) -> None:
    diary = Diary()

    async def plan_look(session: AsyncSession, at: datetime, _: list[Any] | None) -> Part:
        await plan_action(session, kind=LOOK, key=str(at), due_at=at + timedelta(hours=2), payload={"n": 1})
        return Part()

    timetable = diary.timetable(daily={"plan": Daily(30, plan_look)})
    await enter(sessions, timetable)

    await run_due(sessions, clock_at(on(1, 16, 10)), timetable)

    assert diary.lines == [(IMPORT, on(1, 16, 1)), (f"{LOOK} 1", on(1, 16, 2, 30)), (REMIND, on(1, 16, 9))]


async def test_where_the_clock_can_be_moved_a_moment_is_lived_as_of_itself(sessions: Sessions) -> None:
    diary = Diary()
    await enter(sessions, diary.timetable())

    await run_due(sessions, clock_at(on(1, 16, 23)), diary.timetable())

    assert diary.lines == [(IMPORT, on(1, 16, 1)), (REMIND, on(1, 16, 9))]


async def test_where_it_cannot_a_late_moment_knows_that_it_is_late(sessions: Sessions) -> None:
    diary = Diary()
    await enter(sessions, diary.timetable())
    await plan(sessions, (1, on(1, 16, 10)))
    late = on(1, 18, 23)

    await run_due(sessions, clock_at(late, movable=False), diary.timetable())

    assert {at for _, at in diary.lines} == {late}
    assert [run.scheduled_for for run in await runs(sessions) if run.name == IMPORT] == [
        on(1, 16, 1),
        on(1, 17, 1),
        on(1, 18, 1),
    ]


async def test_a_run_in_parts_commits_each_and_adds_its_figures_up(sessions: Sessions) -> None:
    diary = Diary(parts=3)
    await enter(sessions, diary.timetable())

    assert await run_due(sessions, clock_at(on(1, 16, 2)), diary.timetable()) == 1

    assert diary.lines == [(IMPORT, on(1, 16, 1))] * 3
    (run,) = await runs(sessions)
    assert run.figures == {"opened": 60}
    assert run.finished_at is not None


async def test_a_run_that_was_cut_short_goes_on_where_it_stopped(sessions: Sessions) -> None:
    diary = Diary(parts=3)

    async def stumble(session: AsyncSession, at: datetime, begin: list[Any] | None) -> Part:
        if begin == [2]:
            raise ConnectionResetError
        return await diary.import_(session, at, begin)

    await enter(sessions, diary.timetable())
    await run_due(sessions, clock_at(on(1, 16, 2)), diary.timetable(daily={IMPORT: Daily(60, stumble)}))
    (run,) = await runs(sessions)
    assert (run.figures, run.finished_at) == ({"opened": 30}, None)
    assert len(diary.lines) == 2

    await no_longer_put_off(sessions)
    await run_due(sessions, clock_at(on(1, 16, 2)), diary.timetable())

    (run,) = await runs(sessions)
    assert run.figures == {"opened": 60}
    assert run.finished_at is not None
    assert len(diary.lines) == 3


async def test_two_workers_at_once_walk_it_once(sessions: Sessions) -> None:
    diary = Diary(parts=2, slow=0.01)
    await enter(sessions, diary.timetable())
    clock = clock_at(START + timedelta(days=10))

    ended = await asyncio.gather(*(run_due(sessions, clock, diary.timetable()) for _ in range(3)))
    ended.append(await run_due(sessions, clock, diary.timetable()))

    assert sum(ended) == 20
    assert len(diary.lines) == 30
    assert diary.lines == sorted(diary.lines, key=lambda line: line[1])
    assert len(await runs(sessions)) == 20


async def test_who_finds_another_at_it_waits_a_moment_for_it_may_have_seen_the_clock_before_it_moved(
    sessions: Sessions,
) -> None:
    diary = Diary()
    await enter(sessions, diary.timetable())
    async with sessions() as leaving:
        await leaving.execute(select(func.pg_try_advisory_xact_lock(ticks._ONE_AT_A_TIME)))
        walk = asyncio.create_task(run_due(sessions, clock_at(on(1, 16)), diary.timetable()))
        await asyncio.sleep(0.1)
        await leaving.rollback()

    assert await walk == 2


async def test_two_workers_that_start_at_once_enter_the_runs_once(sessions: Sessions) -> None:
    timetable = Diary().timetable()

    await asyncio.gather(*(enter(sessions, timetable) for _ in range(4)))

    async with sessions() as session:
        assert set(await session.scalars(select(Recurring.name))) == {IMPORT, REMIND}


async def test_a_moment_that_fails_is_undone_kept_and_does_not_hold_up_the_others(sessions: Sessions) -> None:
    diary = Diary()

    async def break_down(session: AsyncSession, at: datetime, payload: dict[str, Any]) -> None:
        await next_number(session, "BR", business_day(at))
        raise ValueError("no phone")

    timetable = diary.timetable(actions={LOOK: break_down})
    await enter(sessions, timetable)
    await plan(sessions, (1, on(1, 16, 0, 30)))

    assert await run_due(sessions, clock_at(on(1, 16, 10)), timetable) == 2

    assert [name for name, _ in diary.lines] == [IMPORT, REMIND]
    async with sessions.begin() as session:
        action = (await session.scalars(select(ScheduledAction))).one()
        assert (action.state, action.tries, action.last_error) == (ActionState.PENDING, 1, "ValueError: no phone")
        assert action.retry_at is not None
        assert await next_number(session, "BR", date(2026, 1, 16)) == "BR20260116000001"


async def test_and_comes_again_until_it_is_done(sessions: Sessions) -> None:
    diary = Diary()

    async def break_down(session: AsyncSession, at: datetime, payload: dict[str, Any]) -> None:
        raise ValueError("no phone")

    await enter(sessions, diary.timetable())
    await plan(sessions, (1, on(1, 16, 0, 30)))
    await run_due(sessions, clock_at(on(1, 16, 10)), diary.timetable(actions={LOOK: break_down}))
    assert await run_due(sessions, clock_at(on(1, 16, 10)), diary.timetable()) == 0  # it waits

    await no_longer_put_off(sessions)
    assert await run_due(sessions, clock_at(on(1, 16, 10)), diary.timetable()) == 1

    assert diary.lines[-1] == (f"{LOOK} 1", on(1, 16, 0, 30))


async def test_a_night_that_failed_is_walked_before_the_nights_after_it(sessions: Sessions) -> None:
    diary = Diary()

    async def break_down(session: AsyncSession, at: datetime, _: list[Any] | None) -> Part:
        raise ValueError("the database was away")

    await enter(sessions, diary.timetable())
    await run_due(sessions, clock_at(on(1, 18, 0)), diary.timetable(daily={IMPORT: Daily(60, break_down)}))
    assert [name for name, _ in diary.lines] == [REMIND, REMIND]

    await no_longer_put_off(sessions)
    await run_due(sessions, clock_at(on(1, 18, 0)), diary.timetable())

    assert diary.lines[2:] == [(IMPORT, on(1, 16, 1)), (IMPORT, on(1, 17, 1))]


async def test_a_changed_hour_is_followed_and_a_removed_run_no_longer_walked(sessions: Sessions) -> None:
    diary = Diary()
    await enter(sessions, diary.timetable())
    await run_due(sessions, clock_at(on(1, 16, 12)), diary.timetable())
    later = Timetable({IMPORT: Daily(3 * 60, diary.import_)}, {})

    await enter(sessions, later, on(1, 16, 12))
    await run_due(sessions, clock_at(on(1, 17, 12)), later)

    assert diary.lines[2:] == [(IMPORT, on(1, 16, 3)), (IMPORT, on(1, 17, 3))]  # counted from the last run
    async with sessions() as session:
        assert list(await session.scalars(select(Recurring.name))) == [IMPORT]


async def test_installing_again_loses_no_moment(sessions: Sessions) -> None:
    diary = Diary()
    await enter(sessions, diary.timetable())

    await enter(sessions, diary.timetable(), on(1, 18))
    await run_due(sessions, clock_at(on(1, 18)), diary.timetable())

    assert [at for name, at in diary.lines if name == IMPORT] == [on(1, 16, 1), on(1, 17, 1), on(1, 18, 1)]
