"""What a borrower has of payments."""

from uuid import UUID

import strawberry

from domain.payments import queries
from domain.shared.paging import Window
from graph.connections import Connection, paged
from graph.context import Info
from graph.paging import list_of
from graph.payments.mandates import Mandate
from graph.payments.types import RepaymentOrder


@strawberry.type
class OrdersOfBorrower:
    key: strawberry.Private[UUID]

    @list_of("What he asked to pay, newest first.")
    async def repayment_orders(self, info: Info, window: Window) -> Connection[RepaymentOrder]:
        listed = queries.listed(borrower_id=self.key)
        return await paged(info.context, window, listed, queries.BY_CREATION, RepaymentOrder.of)

    @list_of("Mandates under which he may be debited, or might once, newest first.")
    async def mandates(self, info: Info, window: Window) -> Connection[Mandate]:
        listed = queries.mandates_listed(borrower_id=self.key)
        return await paged(info.context, window, listed, queries.BY_SIGNING, Mandate.of)
