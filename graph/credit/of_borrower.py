"""What a borrower has of credit."""

from uuid import UUID

import strawberry

from domain.credit.queries import applications, lines
from graph.context import Info
from graph.credit.types import CreditApplication, CreditLine


@strawberry.type
class CreditOfBorrower:
    key: strawberry.Private[UUID]

    @strawberry.field(description="The credit line; null until one is granted.")
    async def credit_line(self, info: Info) -> CreditLine | None:
        async with info.context.reading() as (session, _):
            row = await lines.line_of(session, self.key)
        return CreditLine.of(row) if row else None

    @strawberry.field(description="Credit applications, newest first.")
    async def credit_applications(self, info: Info) -> list[CreditApplication]:
        async with info.context.reading() as (session, _):
            rows = await applications.applications_of(session, self.key)
        return [CreditApplication.of(row) for row in rows]
