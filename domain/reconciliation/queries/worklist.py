"""Selects on discrepancies and on what was settled."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.reconciliation.errors import DiscrepancyNotFound
from domain.reconciliation.models import BillLine, Discrepancy, SettlementItem
from domain.reconciliation.rules.states import UNSETTLED, DiscrepancyState, Finding
from domain.shared.paging import Order

BY_FINDING = Order((Discrepancy.found_at, Discrepancy.id), newest_first=False)


async def lock_discrepancy(session: AsyncSession, discrepancy_id: UUID) -> Discrepancy:
    """Its bill locked before it. Raises DiscrepancyNotFound."""
    row = await session.get(Discrepancy, discrepancy_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise DiscrepancyNotFound
    return row


async def discrepancy(session: AsyncSession, discrepancy_id: UUID) -> Discrepancy:
    """Raises DiscrepancyNotFound."""
    row = await session.get(Discrepancy, discrepancy_id)
    if row is None:
        raise DiscrepancyNotFound
    return row


async def discrepancies_by_id(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, Discrepancy]:
    """Those of these discrepancies that exist."""
    return {row.id: row for row in await session.scalars(select(Discrepancy).where(Discrepancy.id.in_(ids)))}


async def discrepancies_of(session: AsyncSession, bill_id: UUID) -> Mapping[tuple[Finding, str], Discrepancy]:
    """All that ever differed on a bill, by what it is about; the bill's lock guards them."""
    rows = await session.scalars(select(Discrepancy).where(Discrepancy.bill_id == bill_id))
    return {(row.finding, row.subject): row for row in rows}


async def bills_missing_ours(session: AsyncSession, bill_ids: Collection[UUID]) -> Sequence[UUID]:
    """Those of these bills in which payments of ours were not found yet."""
    rows = select(Discrepancy.bill_id).where(
        Discrepancy.bill_id.in_(bill_ids), Discrepancy.finding == Finding.ONLY_OURS, Discrepancy.state.in_(UNSETTLED)
    )
    return (await session.scalars(rows.distinct())).all()


async def line(session: AsyncSession, line_id: UUID) -> BillLine:
    return await session.get_one(BillLine, line_id)


async def settled_subjects(session: AsyncSession, channel: str, file_id: UUID | None) -> set[str]:
    """What was settled of the numbers that a file names, by whichever file."""
    numbers = select(BillLine.number).where(BillLine.file_id == file_id)
    rows = (
        select(SettlementItem.subject)
        .join(BillLine, BillLine.id == SettlementItem.line_id)
        .where(SettlementItem.channel == channel, BillLine.number.in_(numbers) | (BillLine.file_id == file_id))
    )
    return set(await session.scalars(rows))


def listed(*, states: Collection[DiscrepancyState] | None = None, channel: str | None = None) -> Select[Discrepancy]:
    """The work list, for `paging.rows_in` by BY_FINDING and for `paging.total`."""
    rows = select(Discrepancy)
    if states is not None:
        rows = rows.where(Discrepancy.state.in_(states))
    return rows if channel is None else rows.where(Discrepancy.channel == channel)
