"""What a borrower has of loans."""

from uuid import UUID

import strawberry

from domain.lending.queries import applications
from graph.connections import Connection, page_of, paged
from graph.context import Info
from graph.lending.types import Loan
from graph.paging import After, Before, First, Last


@strawberry.type
class LoansOfBorrower:
    key: strawberry.Private[UUID]

    @strawberry.field(description="Loans, newest application first.")
    async def loans(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[Loan]:
        window = page_of(first, after, last, before)
        listed = applications.listed(borrower_id=self.key)
        return await paged(info.context, window, listed, applications.BY_APPLICATION, Loan.of)
