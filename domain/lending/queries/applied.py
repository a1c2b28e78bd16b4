"""Selects on how payments were applied to loans, and taken off them again."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import Text, cast, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.models import LoanEvent, Repayment


async def repayments_of(
    session: AsyncSession, payment_ids: Collection[UUID]
) -> Sequence[tuple[Repayment, LoanEvent | None]]:
    """The repayments these payments were applied as, each with what reversed it."""
    reversal = literal("reversal:") + cast(Repayment.id, Text)
    rows = await session.execute(
        select(Repayment, LoanEvent)
        .outerjoin(LoanEvent, LoanEvent.source == reversal)
        .where(Repayment.payment_id.in_(payment_ids))
        .order_by(Repayment.id)
    )
    return [(repayment, event) for repayment, event in rows]
