"""Sums over all that was reconciled, for the laws that must hold between it and the books."""

from collections.abc import Mapping, Sequence

from sqlalchemy import BigInteger, ColumnElement, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ledger.models import Entry, Side, Transfer
from domain.lending.queries.laws import Difference
from domain.reconciliation.models import Discrepancy, Settlement, SettlementItem
from domain.reconciliation.rules.matching import Way

SETTLED = "channel_settled"
WRITTEN_OFF = "discrepancy_written_off"
"""The kinds of the transfers that reconciliation posts."""


def _total(amount: ColumnElement[int]) -> ColumnElement[int]:
    return func.coalesce(func.sum(amount), 0).cast(BigInteger)


async def settled_by_channel(session: AsyncSession) -> Mapping[str, int]:
    """Payments less refunds that each channel has settled."""
    gross = _total(Settlement.payments_fen - Settlement.refunds_fen).label("gross_fen")
    rows = await session.execute(select(Settlement.channel, gross).group_by(Settlement.channel))
    return {row.channel: row.gross_fen for row in rows}


async def written_off_by_channel(session: AsyncSession) -> Mapping[str, int]:
    """What people took off each channel's clearing account."""
    lost = _total(Discrepancy.written_off_fen.expression).label("lost_fen")
    rows = await session.execute(select(Discrepancy.channel, lost).group_by(Discrepancy.channel))
    return {row.channel: row.lost_fen for row in rows}


async def fees_fen(session: AsyncSession) -> int:
    """What the settlements say that the channels kept."""
    return await session.scalar(select(_total(Settlement.fees_fen.expression))) or 0


async def net_settled_fen(session: AsyncSession) -> int:
    """What the settlements say that came to our bank."""
    return await session.scalar(select(_total(Settlement.net_fen.expression))) or 0


async def posted_fen(session: AsyncSession, account_code: str, kinds: Sequence[str]) -> int:
    """What transfers of these kinds put on an account: debits less credits."""
    net = case((Entry.side == Side.DEBIT, Entry.amount_fen), else_=-Entry.amount_fen)
    rows = select(_total(net)).join(Transfer, Transfer.id == Entry.transfer_id)
    return await session.scalar(rows.where(Entry.account_code == account_code, Transfer.kind.in_(kinds))) or 0


async def settlements_unlike_their_items(session: AsyncSession) -> list[Difference]:
    """Settlements whose net sum is not that of their lines."""
    amount = case(
        (SettlementItem.way == Way.PAYMENT, SettlementItem.amount_fen),
        (SettlementItem.way == Way.REFUND, -SettlementItem.amount_fen),
        else_=0,
    )
    items = _total(amount - SettlementItem.fee_fen)
    rows = (
        select(Settlement.number, Settlement.net_fen, items)
        .outerjoin(SettlementItem, SettlementItem.settlement_id == Settlement.id)
        .group_by(Settlement.id)
        .having(items != Settlement.net_fen)
    )
    return [Difference(number, items_fen, net_fen) for number, net_fen, items_fen in await session.execute(rows)]
