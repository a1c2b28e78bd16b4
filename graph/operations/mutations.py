"""Moving the clock, in development only."""

from datetime import datetime
from typing import Annotated

import strawberry

from domain.operations import queries, services
from domain.shared.actors import Role
from graph.access import mutation, staff
from graph.context import Info
from graph.operations.types import BusinessClock
from graph.problems import Problem


@strawberry.input(description="How far to move the business clock.")
class AdvanceClockInput:
    to: datetime = strawberry.field(description="The new business time; not before the present one.")


AdvanceClockResult = Annotated[
    BusinessClock | Problem, strawberry.union("AdvanceClockResult", description="The clock as it stands, or why not.")
]


@strawberry.type
class OperationsMutation:
    @mutation(
        staff(Role.ADMIN),
        "Move the business clock ahead (development only). What it crosses is run in order by the worker: ask "
        "`businessClock { pending }` until it is 0.",
    )
    async def advance_clock(self, info: Info, input: AdvanceClockInput) -> AdvanceClockResult:
        async with info.context.transaction() as (session, _):
            now = await services.advance_clock(session, info.context.house.clock, to=input.to, actor=info.context.actor)
            return BusinessClock(now=now, pending=await queries.pending(session, now))
