"""Looking at the clock, and at what failed."""

import strawberry

from domain.operations import queries
from domain.shared.actors import Role
from graph.access import anyone, query, staff
from graph.context import Info
from graph.operations.types import BusinessClock, Job

_MOST = 100


@strawberry.type
class OperationsQuery:
    @query(anyone, "The business clock, and how much work is due by it.")
    async def business_clock(self, info: Info) -> BusinessClock:
        async with info.context.reading() as (session, at):
            return BusinessClock(now=at, pending=await queries.pending(session, at))

    @query(staff(Role.ADMIN), "Jobs that failed, those that were given up first; at most 100.")
    async def failed_jobs(self, info: Info) -> list[Job]:
        async with info.context.reading() as (session, _):
            return [Job.of(row) for row in await queries.failed_jobs(session, _MOST)]
