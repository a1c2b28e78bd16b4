"""Selects on simulations, and on what may be on its way to a loan meanwhile."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.models import LoanSimulation
from domain.lending.simulation_errors import SimulationNotFound
from domain.payments.models import PaymentAttempt, PaymentOrder
from domain.payments.rules.states import OrderStatus


async def simulation_of(session: AsyncSession, simulation_id: UUID, made_by: str) -> LoanSimulation:
    """Somebody's own simulation as it is committed now; another's does not exist for him. Raises SimulationNotFound."""
    row = await session.get(LoanSimulation, simulation_id, populate_existing=True)
    if row is None or row.made_by != made_by:
        raise SimulationNotFound
    return row


async def order_under_way(session: AsyncSession, loan_id: UUID, at: datetime) -> PaymentOrder | None:
    """An order by which a loan may be paid yet: its channel has it, or it is about to be sent there."""
    about_to = (PaymentOrder.status == OrderStatus.CREATED) & (PaymentOrder.expires_at > at)
    with_channel = (
        select(PaymentAttempt.id).where(PaymentAttempt.order_id == PaymentOrder.id, PaymentAttempt.live).exists()
    )
    rows = select(PaymentOrder).where(PaymentOrder.loan_id == loan_id, or_(about_to, with_channel))
    return await session.scalar(rows.order_by(PaymentOrder.id).limit(1))
