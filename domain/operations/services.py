"""Moving the business clock."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from domain.operations.events import ClockMoved
from domain.shared import audit, outbox
from domain.shared.actors import Actor
from domain.shared.clock import Clock


async def advance_clock(session: AsyncSession, clock: Clock, *, to: datetime, actor: Actor) -> datetime:
    """Move business time forward and wake the schedule. Raises ClockNotMovable, ClockGoesForward."""
    now = await clock.advance(session, to)
    outbox.publish(session, ClockMoved())
    audit.record(session, actor=actor, action="clock.advance", subject=("BusinessClock", None), at=now)
    return now
