"""Refunds: money that goes back to whoever paid it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments import models, queries
from domain.payments.services.attempts import Source
from domain.shared.actors import ActorKind, Role
from domain.shared.paging import Window
from graph.access import staff
from graph.connections import Connection, paged
from graph.context import Context, Info
from graph.ids import global_id
from graph.loaders import loader
from graph.node import Node
from graph.paging import listing
from graph.payments.enums import ChangeSource, RefundPurpose, RefundState
from graph.scalars import Fen


@strawberry.type(description="One thing that was learnt of a refund.")
class RefundChange:
    source: ChangeSource = strawberry.field(description="Who told us.")
    told: str = strawberry.field(description="What we were told.")
    before: RefundState = strawberry.field(description="What we knew before.")
    after: RefundState = strawberry.field(description="What we knew after.")
    at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, row: models.RefundChange) -> "RefundChange":
        return cls(
            source=Source(row.source),
            told=row.told,
            before=RefundState(row.before),
            after=RefundState(row.after),
            at=row.at,
        )


@strawberry.type(description="A sum of one payment that goes back the way it came.")
class Refund(Node):
    key: strawberry.Private[UUID]
    id: strawberry.ID = strawberry.field(description="Its id.")
    number: str = strawberry.field(description="Its number.")
    refund_no: str = strawberry.field(description="What the channel knows it by.")
    amount: Fen = strawberry.field(description="How much.")
    state: RefundState = strawberry.field(description="Where it stands.")
    purpose: RefundPurpose = strawberry.field(description="Why it goes back.")
    channel: str = strawberry.field(description="The channel's code.")
    requested_at: datetime = strawberry.field(description="When it was asked for.")
    refunded_at: datetime | None = strawberry.field(description="When the money went back, as the channel says.")

    @classmethod
    def of(cls, row: models.Refund) -> "Refund":
        return cls(
            key=row.id,
            id=global_id("Refund", row.id),
            number=row.number,
            refund_no=row.refund_no,
            amount=Fen(row.amount_fen),
            state=row.state,
            purpose=row.purpose,
            channel=row.channel,
            requested_at=row.requested_at,
            refunded_at=row.refunded_at,
        )

    @strawberry.field(description="All that was ever learnt of it, in order.")
    async def changes(self, info: Info) -> list[RefundChange]:
        rows = await loader(info.context, queries.changes_by_refund).load(self.key)
        return [RefundChange.of(row) for row in rows]


@strawberry.input(description="Which refunds.")
class RefundWhere:
    state: RefundState | None = strawberry.field(default=None, description="In this state only.")


@strawberry.type
class RefundsQuery:
    @listing(staff(Role.FINANCE, Role.CASHIER), "Money that goes back or went back, newest first.")
    async def refunds(
        self,
        info: Info,
        window: Window,
        where: Annotated[RefundWhere | None, strawberry.argument(description="Which ones.")] = None,
    ) -> Connection[Refund]:
        listed = queries.refunds_listed(state=where.state if where else None)
        return await paged(info.context, window, listed, queries.BY_REQUEST, Refund.of)


async def _refunds(session: AsyncSession, keys: Sequence[UUID]) -> dict[UUID, models.Refund]:
    return await queries.refunds_by_id(session, keys)


async def load_refund(context: Context, key: UUID) -> Refund | None:
    """The refund, if the asker may see it: of his own money, or any for staff."""
    row = await loader(context, _refunds).load(key)
    if row is None or (context.actor.kind is not ActorKind.STAFF and row.borrower_id != context.actor.id):
        return None
    return Refund.of(row)


NODES = {"Refund": load_refund}
