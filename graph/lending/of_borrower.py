"""What a borrower has of loans."""

from uuid import UUID

import strawberry

from domain.lending.queries import applications
from domain.shared.paging import Window
from graph.connections import Connection, paged
from graph.context import Info
from graph.lending.types import Loan
from graph.paging import list_of


@strawberry.type
class LoansOfBorrower:
    key: strawberry.Private[UUID]

    @list_of("Loans, newest application first.")
    async def loans(self, info: Info, window: Window) -> Connection[Loan]:
        listed = applications.listed(borrower_id=self.key)
        return await paged(info.context, window, listed, applications.BY_APPLICATION, Loan.of)
