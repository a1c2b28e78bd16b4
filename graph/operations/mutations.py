"""Moving the clock, in development only, and having tried again what failed."""

from datetime import datetime
from typing import Annotated

import strawberry

from domain.operations import queries, services
from domain.shared.actors import Role
from graph.access import mutation, staff
from graph.context import Info
from graph.ids import read_id
from graph.operations.types import BusinessClock, Job
from graph.problems import Problem


@strawberry.input(description="How far to move the business clock.")
class AdvanceClockInput:
    to: datetime = strawberry.field(description="The new business time; not before the present one.")


@strawberry.input(description="A job that was given up.")
class RetryJobInput:
    job_id: strawberry.ID = strawberry.field(description="The job, as failedJobs lists it.")


AdvanceClockResult = Annotated[
    BusinessClock | Problem, strawberry.union("AdvanceClockResult", description="The clock as it stands, or why not.")
]

RetryJobResult = Annotated[Job | Problem, strawberry.union("RetryJobResult", description="The job, or why not.")]


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

    @mutation(staff(Role.ADMIN), "Have a job tried again that was given up after too many failures.")
    async def retry_job(self, info: Info, input: RetryJobInput) -> RetryJobResult:
        async with info.context.transaction() as (session, at):
            job_id = read_id("Job", input.job_id, "jobId")
            row = await services.retry_job(session, job_id=job_id, actor=info.context.actor, at=at)
            return Job.of(row)
