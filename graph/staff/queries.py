"""Who works here, who asks, and what waits to be decided."""

from typing import Annotated

import strawberry

from domain.shared.paging import Window
from domain.staff import queries
from graph.access import any_staff, query, staff
from graph.connections import Connection, paged
from graph.context import Info
from graph.paging import listing
from graph.staff.types import DECIDERS, ChangeRequest, ChangeState, StaffMember, StaffStatus


@strawberry.input(description="Which members of staff.")
class StaffMemberWhere:
    status: StaffStatus | None = strawberry.field(default=None, description="In this status only.")


@strawberry.input(description="Which changes.")
class ChangeRequestWhere:
    state: ChangeState | None = strawberry.field(default=None, description="In this state only.")
    kind: str | None = strawberry.field(default=None, description='Of this kind only, such as "credit.line".')


@strawberry.type
class StaffQuery:
    @query(any_staff, "The member of staff who asks.")
    async def staff_me(self, info: Info) -> StaffMember | None:
        return await StaffMember.load(info.context, info.context.actor_id)

    @listing(any_staff, "Members of staff, the newest first.")
    async def staff_members(
        self,
        info: Info,
        window: Window,
        where: Annotated[StaffMemberWhere | None, strawberry.argument(description="Which ones.")] = None,
    ) -> Connection[StaffMember]:
        listed = queries.members(status=where.status if where else None)
        return await paged(info.context, window, listed, queries.BY_CREATION, StaffMember.of)

    @listing(staff(*DECIDERS), "Changes that take two people, the newest first.")
    async def change_requests(
        self,
        info: Info,
        window: Window,
        where: Annotated[ChangeRequestWhere | None, strawberry.argument(description="Which ones.")] = None,
    ) -> Connection[ChangeRequest]:
        wanted = where or ChangeRequestWhere()
        listed = queries.changes(state=wanted.state, kind=wanted.kind)
        return await paged(info.context, window, listed, queries.BY_ASKING, ChangeRequest.of)
