"""What is due by the business clock: every crossed moment in order, each once, a long run in parts of a transaction each."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import delete, func, inspect, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.shared.clock import Clock, real_now
from domain.shared.db import Sessions
from domain.shared.schedule import ActionState, JobRun, Recurring, ScheduledAction, next_daily

log = structlog.get_logger()

_ONE_AT_A_TIME = 0x7375696461690001
"""Advisory lock: the schedule is walked by one worker at a time, because its order matters."""
_ATTEMPTS, _PAUSE_SECONDS = 3, 0.2
_LONGEST_WAIT = timedelta(hours=1)
_QUIET_MOMENTS = 50
"""Moments with nothing to do that share a transaction."""

Figures = dict[str, int]


Moment = Recurring | ScheduledAction


@dataclass(frozen=True, slots=True)
class Part:
    """What one transaction of a run did. `resume_from`, plain values, is where the next one begins; None: the run is over."""

    figures: Figures = field(default_factory=dict[str, int])
    resume_from: list[Any] | None = None

    @property
    def quiet(self) -> bool:
        """Whether there was nothing to do: all that a run changes stands in its figures."""
        return self.resume_from is None and not any(self.figures.values())


@dataclass(frozen=True, slots=True)
class Daily:
    """A run at a minute of every Shanghai day. It asks "what is missing?", so a day more or less does no harm.

    `run` is given where to begin and does one part; it comes again until a part says that it was the last.
    """

    minute: int
    run: Callable[[AsyncSession, datetime, list[Any] | None], Awaitable[Part]]


Action = Callable[[AsyncSession, datetime, dict[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Timetable:
    daily: Mapping[str, Daily]
    actions: Mapping[str, Action]


async def install(session: AsyncSession, timetable: Timetable, at: datetime) -> None:
    """Enter new daily runs from now on, follow a changed hour, forget runs that were removed."""
    # Waits for a walk or for another worker that starts: both would enter the same runs.
    await session.execute(select(func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))
    await session.execute(delete(Recurring).where(Recurring.name.not_in(timetable.daily)))
    for name, daily in timetable.daily.items():
        row = await session.get(Recurring, name)
        if row is None:
            session.add(Recurring(name=name, at_minute=daily.minute, next_at=next_daily(at, daily.minute)))
        elif row.at_minute != daily.minute:
            row.at_minute = daily.minute
            row.next_at, row.resume_from = next_daily(row.last_at or at, daily.minute), None


async def run_due(sessions: Sessions, clock: Clock, timetable: Timetable) -> int:
    """Run everything that is due, earliest first; returns how many moments came to their end.

    A moment that fails is undone, keeps its error and comes again later, longer apart each time; the others do not wait
    for it. While another worker walks the schedule, this one leaves it alone.
    """
    ended = refused = 0
    while refused < _ATTEMPTS:
        walk = _Walk(timetable, movable=clock.movable)
        try:
            async with sessions.begin() as session:
                if mine := await session.scalar(select(func.pg_try_advisory_xact_lock(_ONE_AT_A_TIME))):
                    await walk.look(session, await clock.now(session))
                    if walk.moment is None:
                        break
                    await walk.go(session)
        except Exception as error:
            if walk.moment is None:
                raise
            await _put_off(sessions, walk.moment, error)
            continue
        if not mine:
            # The other one may have looked just before the clock was moved, and be about to go.
            refused += 1
            await asyncio.sleep(_PAUSE_SECONDS)
        ended += walk.ended
    return ended


class _Walk:
    """One transaction's way through the schedule: up to and with the first moment at which there was something to do.

    Most moments of a quiet day find nothing; those share a transaction. `moment` is the one being lived.
    """

    def __init__(self, timetable: Timetable, *, movable: bool) -> None:
        self.moment: Moment | None = None
        self.ended = 0
        self._timetable = timetable
        self._movable = movable
        self._now: datetime
        self._daily: list[Recurring] = []
        self._action: ScheduledAction | None = None

    async def look(self, session: AsyncSession, now: datetime) -> None:
        """Find what is due and not put off."""
        self._now = now
        daily = await session.scalars(
            select(Recurring).where(
                Recurring.name.in_(self._timetable.daily),
                Recurring.next_at <= now,
                or_(Recurring.retry_at.is_(None), Recurring.retry_at <= func.now()),
            )
        )
        self._daily = list(daily)
        self._action = await session.scalar(
            select(ScheduledAction)
            .where(
                ScheduledAction.state == ActionState.PENDING,
                ScheduledAction.kind.in_(self._timetable.actions),
                ScheduledAction.due_at <= now,
                or_(ScheduledAction.retry_at.is_(None), ScheduledAction.retry_at <= func.now()),
            )
            .order_by(ScheduledAction.due_at, ScheduledAction.id)
            .limit(1)
        )
        self.moment = self._earliest()

    async def go(self, session: AsyncSession) -> None:
        """Live moment after moment until one had something to do."""
        for _ in range(_QUIET_MOMENTS):
            if (moment := self.moment) is None:
                return
            # Where the clock can jump, nobody was late: a crossed moment is lived as of itself. Where it cannot,
            # being late is real, and what is too late to be of use must not be done.
            at = _due_at(moment) if self._movable else self._now
            if isinstance(moment, ScheduledAction):
                await self._timetable.actions[moment.kind](session, at, moment.payload)
                moment.state, moment.done_at = ActionState.DONE, at
                self.ended += 1
                return
            part = await _run(session, moment, at, self._timetable.daily[moment.name])
            self.ended += part.resume_from is None
            if not part.quiet:
                return
            self.moment = self._earliest()

    def _earliest(self) -> Moment | None:
        """Of equal moments the daily run, and of those in the order of the day."""
        due = [row for row in self._daily if row.next_at <= self._now]
        daily = min(due, key=lambda row: (row.next_at, row.at_minute, row.name), default=None)
        return min((moment for moment in (daily, self._action) if moment is not None), key=_due_at, default=None)


def _due_at(moment: Moment) -> datetime:
    return moment.next_at if isinstance(moment, Recurring) else moment.due_at


async def _run(session: AsyncSession, row: Recurring, at: datetime, daily: Daily) -> Part:
    part = await daily.run(session, at, row.resume_from)
    await _note(session, row, part)
    row.resume_from, row.tries, row.retry_at = part.resume_from, 0, None
    if part.resume_from is None:
        row.last_at, row.next_at = row.next_at, next_daily(row.next_at, daily.minute)
    return part


async def _note(session: AsyncSession, row: Recurring, part: Part) -> None:
    run = None
    if row.resume_from is not None or row.tries:
        run = await session.scalar(select(JobRun).where(JobRun.name == row.name, JobRun.scheduled_for == row.next_at))
    if run is None:
        run = JobRun(name=row.name, scheduled_for=row.next_at, figures={})
        session.add(run)
    run.figures = {name: run.figures.get(name, 0) + part.figures.get(name, 0) for name in run.figures | part.figures}
    if part.resume_from is None:
        run.finished_at = real_now()
        log.info("tick.ran", name=row.name, moment=row.next_at.isoformat(), **run.figures)


async def _put_off(sessions: Sessions, moment: Moment, error: Exception) -> None:
    """Keep why it failed. If the database itself is away this fails too, and everything waits."""
    async with sessions.begin() as session:
        row = await session.get_one(type(moment), inspect(moment).identity, with_for_update=True)
        row.tries += 1
        row.last_error = f"{type(error).__name__}: {error}"[:2000]
        wait = min(timedelta(seconds=2 ** min(row.tries, 20)), _LONGEST_WAIT)
        row.retry_at = func.now() + wait  # pyright: ignore[reportAttributeAccessIssue]
        log.error("tick.failed", moment=_due_at(row).isoformat(), tries=row.tries, exc_info=error)
