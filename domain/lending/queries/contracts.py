"""Selects on contracts and fundings."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.models import Contract, Funding, FundingState, Loan, ProductVersion


async def contract(session: AsyncSession, contract_id: UUID) -> Contract:
    return await session.get_one(Contract, contract_id)


async def lock_contract(session: AsyncSession, contract_id: UUID) -> Contract:
    """Under the lock of its loan, which is taken first."""
    return await session.get_one(Contract, contract_id, with_for_update=True, populate_existing=True)


async def contract_of(session: AsyncSession, loan_id: UUID) -> Contract | None:
    return await session.scalar(
        select(Contract).where(Contract.loan_id == loan_id).execution_options(populate_existing=True)
    )


async def contracts_of(session: AsyncSession, loan_ids: Iterable[UUID]) -> Mapping[UUID, Contract]:
    """The contract of each of these loans that has one."""
    rows = await session.scalars(select(Contract).where(Contract.loan_id.in_(list(loan_ids))))
    return {row.loan_id: row for row in rows}


async def contract_by_reference(session: AsyncSession, reference: str) -> Contract | None:
    return await session.scalar(select(Contract).where(Contract.reference == reference))


async def due_contract_asks(session: AsyncSession, *, at: datetime, limit: int) -> list[tuple[UUID, str]]:
    """(id, provider) of contracts to be asked about now; asking claims each under its lock."""
    rows = await session.execute(
        select(Contract.id, Contract.provider)
        .where(Contract.ask_at <= at)
        .order_by(Contract.ask_at, Contract.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(rows)


async def funding(session: AsyncSession, funding_id: UUID) -> Funding:
    return await session.get_one(Funding, funding_id)


async def lock_funding(session: AsyncSession, funding_id: UUID) -> Funding:
    """Under the lock of its loan, which is taken first."""
    return await session.get_one(Funding, funding_id, with_for_update=True, populate_existing=True)


async def live_funding(session: AsyncSession, loan_id: UUID) -> Funding | None:
    """The request by which money may move or has moved; there is at most one."""
    return await session.scalar(
        select(Funding)
        .where(Funding.loan_id == loan_id, Funding.state != FundingState.FAILED)
        .execution_options(populate_existing=True)
    )


async def fundings_of(session: AsyncSession, loan_ids: Iterable[UUID]) -> Mapping[UUID, list[Funding]]:
    """Every request made for each loan, oldest first."""
    found: dict[UUID, list[Funding]] = {loan_id: [] for loan_id in loan_ids}
    rows = select(Funding).where(Funding.loan_id.in_(found)).order_by(Funding.loan_id, Funding.id)
    for row in await session.scalars(rows):
        found[row.loan_id].append(row)
    return found


async def funding_by_reference(session: AsyncSession, reference: str) -> Funding | None:
    return await session.scalar(select(Funding).where(Funding.reference == reference))


async def funder_of(session: AsyncSession, loan_id: UUID) -> str:
    """The code of the party that funds a loan, by the product version it pinned."""
    found = select(ProductVersion.funder).join(Loan, Loan.product_version_id == ProductVersion.id)
    return (await session.scalars(found.where(Loan.id == loan_id))).one()


async def due_funding_asks(session: AsyncSession, *, at: datetime, limit: int) -> list[tuple[UUID, str]]:
    """(id, funder) of fundings to be asked about now; asking claims each under its lock."""
    rows = await session.execute(
        select(Funding.id, Funding.funder)
        .where(Funding.ask_at <= at)
        .order_by(Funding.ask_at, Funding.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(rows)
