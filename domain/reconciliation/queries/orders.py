"""Selects on what bills and settlements say of single payments and refunds."""

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.reconciliation.models import Bill, BillFile, BillLine, Discrepancy, Settlement, SettlementItem


async def lines_numbered(
    session: AsyncSession, channel: str, numbers: Collection[str], *, limit: int
) -> Sequence[tuple[Bill, BillFile, BillLine]]:
    """The lines of a channel's bills under these numbers, as they were fetched."""
    rows = await session.execute(
        select(Bill, BillFile, BillLine)
        .join(BillFile, BillFile.bill_id == Bill.id)
        .join(BillLine, BillLine.file_id == BillFile.id)
        .where(Bill.channel == channel, BillLine.number.in_(numbers))
        .order_by(BillLine.id)
        .limit(limit)
    )
    return [(bill, file, line) for bill, file, line in rows]


async def discrepancies_about(
    session: AsyncSession, channel: str, subjects: Collection[str], *, limit: int
) -> Sequence[Discrepancy]:
    """What bills and our books did not agree on about these payments and refunds ("payment:<order number>")."""
    rows = select(Discrepancy).where(Discrepancy.channel == channel, Discrepancy.subject.in_(subjects))
    return (await session.scalars(rows.order_by(Discrepancy.id).limit(limit))).all()


async def settled(
    session: AsyncSession, channel: str, subjects: Collection[str]
) -> Sequence[tuple[Settlement, SettlementItem]]:
    """How these payments and refunds were settled."""
    rows = await session.execute(
        select(Settlement, SettlementItem)
        .join(SettlementItem, SettlementItem.settlement_id == Settlement.id)
        .where(SettlementItem.channel == channel, SettlementItem.subject.in_(subjects))
        .order_by(SettlementItem.id)
    )
    return [(settlement, item) for settlement, item in rows]
