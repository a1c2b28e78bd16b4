"""Moving the business clock, and trying again what was given up."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.operations.errors import JobNotFailed
from domain.operations.events import ClockMoved
from domain.shared import audit, outbox
from domain.shared.actors import Actor
from domain.shared.clock import Clock
from domain.shared.outbox import OutboxRow


async def advance_clock(session: AsyncSession, clock: Clock, *, to: datetime, actor: Actor) -> datetime:
    """Move business time forward and wake the schedule. Raises ClockNotMovable, ClockGoesForward."""
    now = await clock.advance(session, to)
    outbox.publish(session, ClockMoved())
    audit.record(session, actor=actor, action="clock.advance", subject=("BusinessClock", None), at=now)
    return now


async def retry_job(session: AsyncSession, *, job_id: UUID, actor: Actor, at: datetime) -> OutboxRow:
    """Have an announcement delivered again that was given up after too many failures. Raises JobNotFailed."""
    if not await outbox.send_again(session, job_id):
        raise JobNotFailed(fields=("jobId",))
    audit.record(session, actor=actor, action="job.retried", subject=("Job", job_id), at=at)
    await session.flush()
    row = await session.get_one(OutboxRow, job_id)
    await session.refresh(row)
    return row
