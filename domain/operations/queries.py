"""How much work waits, and which of it was given up."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.messaging.models import Message, MessageStatus
from domain.shared.outbox import OutboxRow, OutboxState
from domain.shared.schedule import ActionState, Recurring, ScheduledAction


async def pending(session: AsyncSession, now: datetime) -> int:
    """Work that is due and not done: scheduled moments, announcements, messages."""
    count = func.count()
    waiting = (
        select(count).select_from(Recurring).where(Recurring.next_at <= now),
        select(count)
        .select_from(ScheduledAction)
        .where(ScheduledAction.state == ActionState.PENDING, ScheduledAction.due_at <= now),
        select(count).select_from(OutboxRow).where(OutboxRow.state == OutboxState.PENDING),
        select(count).select_from(Message).where(Message.status == MessageStatus.QUEUED, Message.send_after <= now),
    )
    return sum([await session.scalar(query) or 0 for query in waiting])


async def failed_jobs(session: AsyncSession, limit: int) -> Sequence[OutboxRow]:
    """Announcements whose delivery failed: those given up and left to a person first, each oldest first."""
    given_up = OutboxRow.state == OutboxState.DEAD
    failing = given_up | ((OutboxRow.state == OutboxState.PENDING) & (OutboxRow.tries > 0))
    return (
        await session.scalars(select(OutboxRow).where(failing).order_by(given_up.desc(), OutboxRow.id).limit(limit))
    ).all()
