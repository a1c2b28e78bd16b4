"""What a borrower has of loans."""

from uuid import UUID

import strawberry

from domain.lending.queries import applications
from domain.shared import paging
from graph.connections import Connection, connect, page_of
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
        async with info.context.reading() as (session, _):
            rows = await paging.rows_in(session, listed, applications.BY_APPLICATION, window)

        async def count() -> int:
            async with info.context.reading() as (session, _):
                return await paging.total(session, listed)

        return connect(window, rows, key=applications.BY_APPLICATION.key, node=Loan.of, count=count)
