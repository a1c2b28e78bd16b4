"""What each channel should hold of ours: what it received for us, less what went back through it.

What a channel has settled to the bank is not known here; whoever knows it takes it off.
"""

from collections.abc import Mapping

from sqlalchemy import BigInteger, ColumnElement, Text, cast, exists, func, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from domain.payments.events import RefundSucceeded
from domain.payments.models import PaymentAttempt, Refund, RefundPurpose, RefundState, Unplaced, UnplacedReason
from domain.payments.rules.states import AttemptState
from domain.shared.outbox import OutboxRow, OutboxState


async def clearing_expected(session: AsyncSession) -> Mapping[str, int]:
    """Received less refunded, by channel, as far as it is booked by now."""
    received, back = await received_by_channel(session), await refunded_by_channel(session)
    return {channel: received.get(channel, 0) - back.get(channel, 0) for channel in {*received, *back}}


async def received_by_channel(session: AsyncSession) -> Mapping[str, int]:
    """What each channel received for us, in CNY: by our attempts, and under numbers we do not know."""
    foreign = exists().where(Unplaced.attempt_id == PaymentAttempt.id, Unplaced.reason == UnplacedReason.WRONG_CURRENCY)
    ours = select(PaymentAttempt.channel.label("channel"), PaymentAttempt.received_fen.label("fen")).where(
        PaymentAttempt.state == AttemptState.SUCCEEDED, ~foreign
    )
    strays = select(Unplaced.channel.label("channel"), Unplaced.amount_fen.label("fen")).where(
        Unplaced.attempt_id.is_(None)
    )
    both = union_all(ours, strays).subquery()
    rows = await session.execute(select(both.c.channel, _total(both.c.fen).label("fen")).group_by(both.c.channel))
    return {row.channel: row.fen for row in rows}


async def refunded_by_channel(session: AsyncSession) -> Mapping[str, int]:
    """What went back through each channel and is booked by now."""
    rows = await session.execute(
        select(Refund.channel, _total(Refund.amount_fen).label("fen"))
        .where(Refund.state == RefundState.SUCCEEDED, ~booked_later())
        .group_by(Refund.channel)
    )
    return {row.channel: row.fen for row in rows}


def booked_later() -> ColumnElement[bool]:
    """Of a refund of excess: it went back, and its loan, which books it, is yet to hear of that."""
    announced = exists().where(
        OutboxRow.topic == RefundSucceeded.topic,
        OutboxRow.state == OutboxState.PENDING,
        OutboxRow.payload["refund_id"].astext == cast(Refund.id, Text),
    )
    return (Refund.purpose == RefundPurpose.EXCESS) & announced


def _total(fen: ColumnElement[int] | InstrumentedAttribute[int]) -> ColumnElement[int]:
    return func.coalesce(func.sum(fen), 0).cast(BigInteger)
