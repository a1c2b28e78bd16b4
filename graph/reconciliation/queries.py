"""What was compared, and what differs."""

from datetime import date
from typing import Annotated

import strawberry

from domain.reconciliation.queries import bills, worklist
from domain.shared.actors import Role
from graph.access import query, staff
from graph.connections import Connection, page_of, paged
from graph.context import Info
from graph.paging import After, Before, First, Last
from graph.reconciliation.types import Discrepancy, DiscrepancyState, ReconciliationRun


@strawberry.input(description="Which comparisons.")
class ReconciliationRunWhere:
    channel: str | None = strawberry.field(default=None, description="Of this channel only.")
    day: date | None = strawberry.field(default=None, description="Of the bill of this day only.")


@strawberry.input(description="Which discrepancies.")
class DiscrepancyWhere:
    state: list[DiscrepancyState] | None = strawberry.field(default=None, description="In these states only.")
    channel: str | None = strawberry.field(default=None, description="Of this channel only.")


@strawberry.type
class ReconciliationQuery:
    @query(staff(Role.FINANCE), "Comparisons of bills with our records, newest first.")
    async def reconciliation_runs(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        where: Annotated[ReconciliationRunWhere | None, strawberry.argument(description="Which ones.")] = None,
    ) -> Connection[ReconciliationRun]:
        window = page_of(first, after, last, before)
        wanted = where or ReconciliationRunWhere()
        listed = bills.runs_listed(channel=wanted.channel, day=wanted.day)
        return await paged(info.context, window, listed, bills.NEWEST_RUN, ReconciliationRun.of)

    @query(staff(Role.FINANCE), "The work list of reconciliation: who has waited longest first.")
    async def discrepancies(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        where: Annotated[DiscrepancyWhere | None, strawberry.argument(description="Which ones.")] = None,
    ) -> Connection[Discrepancy]:
        window = page_of(first, after, last, before)
        wanted = where or DiscrepancyWhere()
        listed = worklist.listed(states=wanted.state, channel=wanted.channel)
        return await paged(info.context, window, listed, worklist.BY_FINDING, Discrepancy.of)
