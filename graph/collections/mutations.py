"""What a collector's lead does."""

from typing import Annotated

import strawberry

from domain.collections.services import cases
from domain.shared.actors import Role
from graph.access import mutation, staff
from graph.collections.types import CollectionCase
from graph.context import Info
from graph.ids import read_id
from graph.problems import Problem


@strawberry.input(description="Who takes a case.")
class AssignCaseInput:
    case_id: strawberry.ID = strawberry.field(description="The case.")
    staff_id: strawberry.ID = strawberry.field(description="The collector.")


AssignCaseResult = Annotated[
    CollectionCase | Problem, strawberry.union("AssignCaseResult", description="The case, or why not.")
]


@strawberry.type
class CollectionsMutation:
    @mutation(staff(Role.COLLECTOR), "Give a case to a collector.")
    async def assign_case(self, info: Info, input: AssignCaseInput) -> AssignCaseResult:
        async with info.context.transaction() as (session, at):
            case = await cases.assign(
                session,
                case_id=read_id("CollectionCase", input.case_id, "caseId"),
                staff_id=read_id("StaffMember", input.staff_id, "staffId"),
                actor=info.context.actor,
                at=at,
            )
            return CollectionCase.of(case)
