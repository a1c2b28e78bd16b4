"""The business clock: real time, or in development real time plus how far it was moved ahead. It never goes back."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import CheckConstraint, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.shared.days import SHANGHAI
from domain.shared.db import Base
from domain.shared.errors import DomainError

_MICROSECOND = timedelta(microseconds=1)


class ClockSetting(Base):
    """How far business time is ahead of real time. One row, from the first move on."""

    __tablename__ = "business_clock"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"), CheckConstraint("ahead_us >= 0", name="forward"))

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    ahead_us: Mapped[int] = mapped_column(default=0)


class ClockNotMovable(DomainError):
    code = "CLOCK_NOT_MOVABLE"
    english = "The business clock can be moved in development only."
    chinese = "只有开发环境可以拨动业务时钟。"


class ClockGoesForward(DomainError):
    code = "CLOCK_GOES_FORWARD"
    english = "The business clock stands at {now}; it cannot be moved back to {to}."
    chinese = "业务时钟现为 {now}，不能拨回 {to}。"


class ClockTooFar(DomainError):
    code = "CLOCK_TOO_FAR"
    english = "The business clock is moved by ten years at most, from {now} to {latest}; go there in several steps."
    chinese = "业务时钟一次最多拨快十年，现为 {now}，最晚可拨至 {latest}；请分次拨动。"


MOST_AT_ONCE = timedelta(days=3653)
"""A slip of the finger in the year must not cost the database: the clock never goes back."""


def real_now() -> datetime:
    """Real time, for entry points, tokens and rate limits."""
    return datetime.now(UTC)  # noqa: TID251 - the one place


class Clock:
    """Business time for one process.

    Read it with `now(session)` at the start of each transaction; `last_known()` is for code that has no session (the
    adapters' own time checks) and uses the shift that was read last.
    """

    def __init__(self, *, movable: bool, real: Callable[[], datetime] = real_now) -> None:
        self._movable = movable
        self._real = real
        self._ahead = timedelta()

    @property
    def movable(self) -> bool:
        """Whether business time may be moved ahead of real time: in development only."""
        return self._movable

    async def now(self, session: AsyncSession) -> datetime:
        if self._movable:
            ahead = await session.scalar(select(ClockSetting.ahead_us))
            self._ahead = timedelta(microseconds=ahead or 0)
        return self.last_known()

    def last_known(self) -> datetime:
        return self._real() + self._ahead

    async def advance(self, session: AsyncSession, to: datetime) -> datetime:
        """Move business time forward to `to`. Raises ClockNotMovable, ClockGoesForward, ClockTooFar."""
        if not self._movable:
            raise ClockNotMovable
        await session.execute(insert(ClockSetting).values(id=1, ahead_us=0).on_conflict_do_nothing())
        setting = await session.get_one(ClockSetting, 1, with_for_update=True)
        now = self._real() + timedelta(microseconds=setting.ahead_us)
        if to < now:
            raise ClockGoesForward(now=_told(now), to=_told(to), fields=("to",))
        if to - now > MOST_AT_ONCE:
            raise ClockTooFar(now=_told(now), latest=_told(now + MOST_AT_ONCE), fields=("to",))
        setting.ahead_us += (to - now) // _MICROSECOND
        await session.flush()
        return await self.now(session)


def _told(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).isoformat(timespec="seconds")
