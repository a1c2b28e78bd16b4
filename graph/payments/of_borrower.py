"""What a borrower has of payments."""

from uuid import UUID

import strawberry

from domain.payments import queries
from domain.shared import paging
from graph.connections import Connection, connect, page_of
from graph.context import Info
from graph.paging import After, Before, First, Last
from graph.payments.types import RepaymentOrder


@strawberry.type
class OrdersOfBorrower:
    key: strawberry.Private[UUID]

    @strawberry.field(description="What he asked to pay, newest first.")
    async def repayment_orders(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[RepaymentOrder]:
        window = page_of(first, after, last, before)
        listed = queries.listed(borrower_id=self.key)
        async with info.context.reading() as (session, _):
            rows = await paging.rows_in(session, listed, queries.BY_CREATION, window)

        async def count() -> int:
            async with info.context.reading() as (session, _):
                return await paging.total(session, listed)

        return connect(window, rows, key=queries.BY_CREATION.key, node=RepaymentOrder.of, count=count)
