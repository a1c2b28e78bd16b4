"""Selects behind the choice of a channel: how each fared of late, what a borrower has going through each today."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments.models import AttemptChange, PaymentAttempt, PaymentOrder
from domain.payments.ports import ErrorCode, ErrorKind
from domain.payments.rules.faring import Tries
from domain.payments.rules.states import GIVEN_UP, AttemptState

NEWEST = 200
"""So many tries of a channel say enough: more would only make whoever pays wait."""

_ANSWER = "ANSWER"
"""`services.attempts.Source`: what was answered to the call itself."""


async def tries_of(session: AsyncSession, codes: Collection[str], *, since: datetime, at: datetime) -> Sequence[Tries]:
    """The newest tries of each of these channels since a moment, those of the same hour that came to the same as one."""
    if not codes:
        return []
    newest = union_all(
        *(
            select(
                PaymentAttempt.id,
                PaymentAttempt.channel,
                PaymentAttempt.state,
                PaymentAttempt.error,
                PaymentAttempt.submitted_at,
            )
            .where(
                PaymentAttempt.channel == code, PaymentAttempt.submitted_at > since, PaymentAttempt.submitted_at <= at
            )
            .order_by(PaymentAttempt.submitted_at.desc())
            .limit(NEWEST)
            for code in sorted(codes)
        )
    ).subquery()
    doubted = (
        select(AttemptChange.id)
        .where(
            AttemptChange.attempt_id == newest.c.id,
            AttemptChange.source == _ANSWER,
            AttemptChange.after == AttemptState.UNKNOWN.value,
        )
        .exists()
    )
    each = select(
        newest.c.channel,
        newest.c.state,
        newest.c.error["kind"].astext.label("kind"),
        newest.c.error["code"].astext.label("code"),
        doubted.label("doubted"),
        func.floor(func.extract("epoch", at - newest.c.submitted_at) / 3600).label("hours"),
    ).subquery()
    facts = (each.c.channel, each.c.hours, each.c.state, each.c.kind, each.c.code, each.c.doubted)
    rows = await session.execute(select(*facts, func.count()).group_by(*facts).order_by(*facts))
    return [
        Tries(
            channel,
            timedelta(hours=int(hours)),
            AttemptState(state),
            ErrorKind(kind) if kind else None,
            ErrorCode(code) if code else None,
            doubted,
            count,
        )
        for channel, hours, state, kind, code, doubted, count in rows
    ]


async def through_today(session: AsyncSession, borrower_id: UUID, since: datetime) -> dict[str, int]:
    """What of a borrower went, or may yet go, through each channel since a moment, in fen."""
    rows = await session.execute(
        select(PaymentAttempt.channel, func.sum(PaymentAttempt.amount_fen))
        .join(PaymentOrder, PaymentOrder.id == PaymentAttempt.order_id)
        .where(
            PaymentOrder.borrower_id == borrower_id,
            PaymentAttempt.submitted_at >= since,
            PaymentAttempt.state.not_in(GIVEN_UP),
        )
        .group_by(PaymentAttempt.channel)
    )
    return {channel: int(fen) for channel, fen in rows}


async def order_instead(session: AsyncSession, order_id: UUID) -> PaymentOrder | None:
    """The order by another channel that was made after this one had come to nothing."""
    return (await orders_instead(session, [order_id])).get(order_id)


async def orders_instead(session: AsyncSession, order_ids: Sequence[UUID]) -> dict[UUID, PaymentOrder]:
    """The order that was made instead of each of these, of those that were left."""
    rows = await session.scalars(select(PaymentOrder).where(PaymentOrder.instead_of_id.in_(order_ids)))
    return {order.instead_of_id: order for order in rows if order.instead_of_id}


async def tried_before(session: AsyncSession, order: PaymentOrder) -> Sequence[PaymentOrder]:
    """An order and those in whose stead it was made, one after the other, newest first."""
    chain = [order]
    while (earlier_id := chain[-1].instead_of_id) is not None:
        chain.append(await session.get_one(PaymentOrder, earlier_id))
    return chain


async def last_instead(session: AsyncSession, order: PaymentOrder) -> PaymentOrder:
    """What an order's wish is with now: itself, or the last one that was made in its stead."""
    while instead := await order_instead(session, order.id):
        order = instead
    return order
