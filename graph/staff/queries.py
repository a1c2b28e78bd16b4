"""Who works here, who asks, and what waits to be decided."""

from typing import Annotated

import strawberry

from domain.shared import paging
from domain.staff import queries
from graph.access import any_staff, query, staff
from graph.connections import Connection, connect, page_of
from graph.context import Info
from graph.paging import After, Before, First, Last
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

    @query(any_staff, "Members of staff, the newest first.")
    async def staff_members(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        where: Annotated[StaffMemberWhere | None, strawberry.argument(description="Which ones.")] = None,
    ) -> Connection[StaffMember]:
        window = page_of(first, after, last, before)
        listed = queries.members(status=where.status if where else None)
        async with info.context.reading() as (session, _):
            rows = await paging.rows_in(session, listed, queries.BY_CREATION, window)

        async def count() -> int:
            async with info.context.reading() as (session, _):
                return await paging.total(session, listed)

        return connect(window, rows, key=queries.BY_CREATION.key, node=StaffMember.of, count=count)

    @query(staff(*DECIDERS), "Changes that take two people, the newest first.")
    async def change_requests(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        where: Annotated[ChangeRequestWhere | None, strawberry.argument(description="Which ones.")] = None,
    ) -> Connection[ChangeRequest]:
        window = page_of(first, after, last, before)
        wanted = where or ChangeRequestWhere()
        listed = queries.changes(state=wanted.state, kind=wanted.kind)
        async with info.context.reading() as (session, _):
            rows = await paging.rows_in(session, listed, queries.BY_ASKING, window)

        async def count() -> int:
            async with info.context.reading() as (session, _):
                return await paging.total(session, listed)

        return connect(window, rows, key=queries.BY_ASKING.key, node=ChangeRequest.of, count=count)
