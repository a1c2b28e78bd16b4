"""The collectors' queue."""

from typing import Annotated

import strawberry

from domain.collections.queries import cases as queries
from domain.collections.services import assigning
from domain.shared.actors import Role
from domain.shared.paging import Window
from graph.access import staff
from graph.collections.enums import CaseSortField, CaseStatus, SortDirection, TaskKind
from graph.collections.types import CollectionCase
from graph.connections import Connection, paged
from graph.context import Info
from graph.paging import listing


@strawberry.input(description="Which cases.")
class CollectionCaseWhere:
    status: CaseStatus = strawberry.field(default=CaseStatus.OPEN, description="Open ones, unless said otherwise.")
    mine: bool = strawberry.field(default=False, description="Only those of who asks.")
    unassigned: bool = strawberry.field(default=False, description="Only those that are nobody's yet.")
    open_task: TaskKind | None = strawberry.field(
        default=None, description="Only those in which this is still to be done: CALL is the queue of calls."
    )


@strawberry.input(description="How cases are sorted.")
class CollectionCaseSort:
    field: CaseSortField = strawberry.field(default=CaseSortField.OVERDUE_SINCE, description="By what.")
    direction: SortDirection = strawberry.field(
        default=SortDirection.ASCENDING, description="The longest overdue first, unless said otherwise."
    )


_ORDERS = {
    (CaseSortField.OVERDUE_SINCE, SortDirection.ASCENDING): queries.LONGEST_OVERDUE,
    (CaseSortField.OVERDUE_SINCE, SortDirection.DESCENDING): queries.LATEST_OVERDUE,
}


@strawberry.type
class CollectionsQuery:
    @listing(
        staff(Role.COLLECTOR, Role.ADMIN),
        "Collection cases, the longest overdue first. A collector sees his own and those that are nobody's.",
    )
    async def collection_cases(
        self,
        info: Info,
        window: Window,
        where: Annotated[CollectionCaseWhere | None, strawberry.argument(description="Which cases.")] = None,
        sort_by: Annotated[CollectionCaseSort | None, strawberry.argument(description="How they are sorted.")] = None,
    ) -> Connection[CollectionCase]:
        where, sort_by = where or CollectionCaseWhere(), sort_by or CollectionCaseSort()
        listed = queries.listed(
            status=where.status,
            seen_by=assigning.seen_by(info.context.actor),
            assigned_to=info.context.actor_id if where.mine else None,
            unassigned=where.unassigned,
            open_task=where.open_task,
        )
        return await paged(info.context, window, listed, _ORDERS[sort_by.field, sort_by.direction], CollectionCase.of)
