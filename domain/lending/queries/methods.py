"""Selects on loans by their repayment method."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.models import Loan, ProductVersion
from domain.lending.rules.machine import TAKES_MONEY


@dataclass(frozen=True, slots=True)
class Waiting:
    """Running loans of one method, and the number of the first of them."""

    method: str
    loans: int
    first: str


async def versions_of_others(session: AsyncSession, known: Collection[str]) -> Sequence[UUID]:
    """The product versions whose method is none of these; as a rule there are none."""
    return (await session.scalars(select(ProductVersion.id).where(ProductVersion.method.not_in(known)))).all()


async def running_of(session: AsyncSession, versions: Sequence[UUID]) -> Sequence[Waiting]:
    """The running loans of these versions, by method."""
    rows = await session.execute(
        select(ProductVersion.method, func.count(), func.min(Loan.number))
        .join(ProductVersion, ProductVersion.id == Loan.product_version_id)
        .where(Loan.product_version_id.in_(versions), Loan.status.in_(TAKES_MONEY))
        .group_by(ProductVersion.method)
        .order_by(ProductVersion.method)
    )
    return [Waiting(*row) for row in rows]
