"""What was compared, and what differs."""

from datetime import date
from typing import Annotated

import strawberry

from domain.reconciliation.queries import bills, worklist
from domain.shared.actors import Role
from domain.shared.paging import Window
from graph.access import staff
from graph.connections import Connection, paged
from graph.context import Info
from graph.paging import listing
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
    @listing(staff(Role.FINANCE), "Comparisons of bills with our records, newest first.")
    async def reconciliation_runs(
        self,
        info: Info,
        window: Window,
        where: Annotated[ReconciliationRunWhere | None, strawberry.argument(description="Which ones.")] = None,
    ) -> Connection[ReconciliationRun]:
        wanted = where or ReconciliationRunWhere()
        listed = bills.runs_listed(channel=wanted.channel, day=wanted.day)
        return await paged(info.context, window, listed, bills.NEWEST_RUN, ReconciliationRun.of)

    @listing(staff(Role.FINANCE), "The work list of reconciliation: who has waited longest first.")
    async def discrepancies(
        self,
        info: Info,
        window: Window,
        where: Annotated[DiscrepancyWhere | None, strawberry.argument(description="Which ones.")] = None,
    ) -> Connection[Discrepancy]:
        wanted = where or DiscrepancyWhere()
        listed = worklist.listed(states=wanted.state, channel=wanted.channel)
        return await paged(info.context, window, listed, worklist.BY_FINDING, Discrepancy.of)
