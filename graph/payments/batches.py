"""Batches: debits that went to a channel in one request."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from domain.payments import models
from domain.payments.queries import batches as queries
from domain.shared.actors import Role
from domain.shared.paging import Window
from graph.access import staff
from graph.connections import Connection, paged
from graph.context import Info
from graph.paging import list_of, listing
from graph.payments.enums import BatchState
from graph.payments.types import RepaymentOrder
from graph.scalars import Fen


@strawberry.type(description="Debits that went to a channel in one request. What became of each is told at its order.")
class PaymentBatch:
    key: strawberry.Private[UUID]
    batch_no: str = strawberry.field(description="What the channel knows it by.")
    channel: str = strawberry.field(description="The channel's code.")
    state: BatchState = strawberry.field(description="Where it stands.")
    items: int = strawberry.field(description="How many debits are in it.")
    total: Fen = strawberry.field(description="What they come to together.")
    submitted_at: datetime = strawberry.field(description="When it was sent, the same in every repeat.")
    ask_at: datetime | None = strawberry.field(description="When its channel is asked about it next.")
    finished_at: datetime | None = strawberry.field(description="From when on nothing more is asked of it as such.")

    @classmethod
    def of(cls, row: models.PaymentBatch) -> "PaymentBatch":
        return cls(
            key=row.id,
            batch_no=row.batch_no,
            channel=row.channel,
            state=row.state,
            items=row.items,
            total=Fen(row.total_fen),
            submitted_at=row.submitted_at,
            ask_at=row.ask_at,
            finished_at=row.finished_at,
        )

    @list_of("The orders whose debits were put in it, as they were asked for.")
    async def orders(self, info: Info, window: Window) -> Connection[RepaymentOrder]:
        return await paged(info.context, window, queries.orders_in(self.key), queries.AS_ASKED, RepaymentOrder.of)


@strawberry.input(description="Which batches.")
class PaymentBatchWhere:
    state: BatchState | None = strawberry.field(default=None, description="In this state only.")


@strawberry.type
class BatchesQuery:
    @listing(staff(Role.FINANCE, Role.CASHIER), "Debits that went to a channel in one request, newest first.")
    async def payment_batches(
        self,
        info: Info,
        window: Window,
        where: Annotated[PaymentBatchWhere | None, strawberry.argument(description="Which ones.")] = None,
    ) -> Connection[PaymentBatch]:
        listed = queries.batches_listed(state=where.state if where else None)
        return await paged(info.context, window, listed, queries.BY_SUBMISSION, PaymentBatch.of)
