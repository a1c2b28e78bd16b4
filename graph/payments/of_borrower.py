"""What a borrower has of payments."""

from uuid import UUID

import strawberry

from domain.payments import queries
from graph.connections import Connection, page_of, paged
from graph.context import Info
from graph.paging import After, Before, First, Last
from graph.payments.mandates import Mandate
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
        return await paged(info.context, window, listed, queries.BY_CREATION, RepaymentOrder.of)

    @strawberry.field(description="Mandates under which he may be debited, or might once, newest first.")
    async def mandates(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[Mandate]:
        window = page_of(first, after, last, before)
        listed = queries.mandates_listed(borrower_id=self.key)
        return await paged(info.context, window, listed, queries.BY_SIGNING, Mandate.of)
