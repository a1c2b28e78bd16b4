"""What nobody has told us about is asked about: attempts that are due, orders that were never begun."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments import queries
from domain.payments.events import AskDue
from domain.payments.rules.asking import next_ask
from domain.payments.rules.states import OrderStatus
from domain.payments.services import telling
from domain.shared import outbox


async def due(session: AsyncSession, *, at: datetime, limit: int = 100) -> list[UUID]:
    """Announce `payments.ask` for attempts that are due, longest waiting first; returns them.

    Each is put on the next step of its ladder at once, so that a lost ask is only a later one. What an ask finds goes
    the way of everything that is learnt: `attempts.apply_result`. Orders that ran out of time before any attempt was
    begun are closed.
    """
    attempts = await queries.due_asks(session, at, limit)
    for attempt in attempts:
        attempt.asks += 1
        attempt.ask_at = next_ask(attempt.asks, at=at, final_at=attempt.final_at)
        outbox.publish(session, AskDue(attempt.id))
    for order in await queries.unsent_orders(session, at, limit):
        order.move_to(OrderStatus.CLOSED, at)
        telling.of_order(session, order, None, at=at)
    await session.flush()
    return [attempt.id for attempt in attempts]
