"""The collectors' queue."""

from typing import Annotated

import strawberry

from domain.collections import queries, rules
from domain.shared.actors import Role
from graph.access import query, staff
from graph.collections.types import CaseStatus, CollectionCase
from graph.connections import Connection, page_of, paged
from graph.context import Info
from graph.paging import After, Before, First, Last


@strawberry.input(description="Which cases.")
class CollectionCaseWhere:
    status: CaseStatus = strawberry.field(
        default=rules.CaseStatus.OPEN, description="Open ones, unless said otherwise."
    )


@strawberry.type
class CollectionsQuery:
    @query(staff(Role.COLLECTOR), "Collection cases, the longest overdue first.")
    async def collection_cases(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        where: Annotated[CollectionCaseWhere | None, strawberry.argument(description="Which cases.")] = None,
    ) -> Connection[CollectionCase]:
        window = page_of(first, after, last, before)
        listed = queries.listed(status=(where or CollectionCaseWhere()).status)
        return await paged(info.context, window, listed, queries.LONGEST_OVERDUE, CollectionCase.of)
