"""The lender's policy over GraphQL: what holds on a day, what held before, and another value asked for."""

from datetime import date, datetime
from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from domain.operations.rules.policies import POLICIES
from domain.operations.services import policies
from domain.shared import policy
from domain.shared.actors import Role
from domain.shared.days import business_day
from domain.shared.paging import Window
from graph.access import any_staff, mutation, query, staff
from graph.connections import Connection, paged_of
from graph.context import Info
from graph.ids import global_id
from graph.paging import listing
from graph.problems import Problem
from graph.staff.types import ChangeRequest


@strawberry.type(description="A value of a policy, and the days on which it holds.")
class PolicyValue:
    id: strawberry.ID = strawberry.field(description="Its id.")
    name: str = strawberry.field(description='The policy, such as "lending.cost_ceiling".')
    value: JSON = strawberry.field(description="What it says.")
    source: str = strawberry.field(description="Where that comes from: a law, a guideline, the lender's own rule.")
    effective_from: date = strawberry.field(description="The first day on which it holds.")
    effective_to: date | None = strawberry.field(
        description="The first day on which it does not any more; null until further notice. Equal to the first day: a "
        "later value for that day took its place."
    )
    recorded_at: datetime = strawberry.field(description="When it was entered.")
    shape: str | None = strawberry.field(description="What values this policy may have.")
    unit: str | None = strawberry.field(description="In what its figures are.")
    used_in: str | None = strawberry.field(description="What is decided by it.")

    @classmethod
    def of(cls, dated: policy.DatedValue) -> "PolicyValue":
        row, known = dated.row, POLICIES.get(dated.row.name)
        return cls(
            id=global_id("PolicyValue", row.id),
            name=row.name,
            value=JSON(row.value),
            source=row.source,
            effective_from=dated.since,
            effective_to=dated.until,
            recorded_at=row.recorded_at,
            shape=known.shape_en if known else None,
            unit=known.unit if known else None,
            used_in=known.used_in if known else None,
        )


@strawberry.input(description="Another value of a policy, asked of a second member of staff.")
class SetPolicyInput:
    name: str = strawberry.field(description="The policy.")
    value: JSON = strawberry.field(description="What it is to say, in the shape that `policies` tells.")
    source: str = strawberry.field(description="Where that comes from, on one line of up to 300 characters.")
    effective_from: date = strawberry.field(description="From when it holds: today or later.")
    reason: str = strawberry.field(description="Why, in 2 to 500 characters.")


SetPolicyResult = Annotated[
    ChangeRequest | Problem,
    strawberry.union("SetPolicyResult", description="The change that waits for a second person, or why not."),
]


@strawberry.type
class PolicyQuery:
    @query(any_staff, "The lender's policy as it is in force on a day, by name.")
    async def policies(
        self,
        info: Info,
        name: Annotated[str | None, strawberry.argument(description="This policy only.")] = None,
        on: Annotated[date | None, strawberry.argument(description="On this day; today.")] = None,
    ) -> list[PolicyValue]:
        async with info.context.reading() as (session, at):
            found = await policies.in_force(session, on=on or business_day(at), name=name)
            return [PolicyValue.of(each) for each in found]

    @listing(any_staff, "All values of a policy, past and to come, the newest first.")
    async def policy_history(
        self,
        info: Info,
        window: Window,
        name: Annotated[str, strawberry.argument(description="The policy.")],
    ) -> Connection[PolicyValue]:
        async with info.context.reading() as (session, _):
            values = await policies.history(session, name)
        return paged_of(window, values, key=lambda each: (each.since, each.row.id), node=PolicyValue.of)


@strawberry.type
class PolicyMutation:
    @mutation(
        staff(Role.ADMIN),
        "Ask for another value of a policy from a day on. It holds once another than who asked has approved it by "
        "decideChange; what was in force before stays as it was.",
    )
    async def set_policy(self, info: Info, input: SetPolicyInput) -> SetPolicyResult:
        async with info.context.transaction() as (session, at):
            change = await policies.ask(
                session,
                name=input.name,
                value=input.value,
                source=input.source,
                effective_from=input.effective_from,
                reason=input.reason,
                by=info.context.actor,
                at=at,
            )
            return ChangeRequest.of(change)
