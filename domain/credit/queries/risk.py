"""Selects on risk decisions."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.credit.models import RiskDecision


async def lock_decision(session: AsyncSession, decision_id: UUID) -> RiskDecision:
    return await session.get_one(RiskDecision, decision_id, with_for_update=True, populate_existing=True)


async def lock_decision_by_reference(session: AsyncSession, reference: str) -> RiskDecision | None:
    return await session.scalar(
        select(RiskDecision)
        .where(RiskDecision.reference == reference)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def decision_numbered(session: AsyncSession, provider: str, number: str) -> RiskDecision | None:
    """The decision an engine gave this number."""
    return await session.scalar(
        select(RiskDecision).where(RiskDecision.provider == provider, RiskDecision.provider_decision_id == number)
    )


async def decisions_of(session: AsyncSession, application_ids: Sequence[UUID]) -> dict[UUID, RiskDecision]:
    """The risk decision of each of these applications that has one."""
    rows = await session.scalars(select(RiskDecision).where(RiskDecision.application_id.in_(application_ids)))
    return {row.application_id: row for row in rows}


async def due_asks(session: AsyncSession, *, at: datetime, limit: int) -> list[tuple[UUID, str]]:
    """(id, provider) of decisions to be asked about now, longest overdue first; asking claims each under its lock."""
    rows = await session.execute(
        select(RiskDecision.id, RiskDecision.provider)
        .where(RiskDecision.ask_at <= at)
        .order_by(RiskDecision.ask_at, RiskDecision.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [(id_, provider) for id_, provider in rows]
