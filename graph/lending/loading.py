"""Loans one by one, as the asker may see them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending import models
from domain.lending.queries import applications
from domain.shared.actors import ActorKind
from graph.context import Context
from graph.lending.types import Loan
from graph.loaders import loader


async def _loans(session: AsyncSession, keys: Sequence[UUID]) -> dict[UUID, models.Loan]:
    return await applications.loans_by_id(session, keys)


async def loan_of(context: Context, key: UUID) -> Loan:
    """The loan of something the asker may see anyway."""
    return Loan.of(await loader(context, _loans).load(key))


async def load_loan(context: Context, key: UUID) -> Loan | None:
    """The loan, if the asker may see it: his own, or any for staff."""
    row: models.Loan | None = await loader(context, _loans).load(key)
    if row is None or (context.actor.kind is not ActorKind.STAFF and row.borrower_id != context.actor.id):
        return None
    return Loan.of(row)


NODES = {"Loan": load_loan}
