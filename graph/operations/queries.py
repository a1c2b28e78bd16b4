"""Looking at the clock."""

import strawberry

from domain.operations import queries
from graph.access import anyone, query
from graph.context import Info
from graph.operations.types import BusinessClock


@strawberry.type
class OperationsQuery:
    @query(anyone, "The business clock, and how much work is due by it.")
    async def business_clock(self, info: Info) -> BusinessClock:
        async with info.context.reading() as (session, at):
            return BusinessClock(now=at, pending=await queries.pending(session, at))
