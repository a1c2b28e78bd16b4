"""What finance decides about what differs."""

from datetime import date
from typing import Annotated

import strawberry

from domain.reconciliation.services import worklist
from domain.shared.actors import Role
from graph.access import mutation, staff
from graph.context import Info
from graph.ids import read_id
from graph.problems import Problem
from graph.reconciliation.types import ChannelBill, Discrepancy, DiscrepancyResolution, discrepancy_of


@strawberry.input(description="A decision about a discrepancy.")
class ResolveDiscrepancyInput:
    discrepancy_id: strawberry.ID = strawberry.field(description="The discrepancy.")
    resolution: DiscrepancyResolution = strawberry.field(description="What is decided.")
    reason: str = strawberry.field(description="Why.")
    idempotency_key: str = strawberry.field(description="Chosen by the client, one per act.")


@strawberry.input(description="The bill of a day.")
class RerunReconciliationInput:
    channel: str = strawberry.field(description="The channel's code.")
    day: date = strawberry.field(description="The day of the bill.")


ResolveDiscrepancyResult = Annotated[
    Discrepancy | Problem,
    strawberry.union("ResolveDiscrepancyResult", description="The discrepancy, or why not."),
]
RerunReconciliationResult = Annotated[
    ChannelBill | Problem,
    strawberry.union(
        "RerunReconciliationResult", description="The bill that will be fetched and compared, or why not."
    ),
]


@strawberry.type
class ReconciliationMutation:
    @mutation(staff(Role.FINANCE), "Decide about something on which a bill and our books do not agree.")
    async def resolve_discrepancy(self, info: Info, input: ResolveDiscrepancyInput) -> ResolveDiscrepancyResult:
        discrepancy_id = read_id("Discrepancy", input.discrepancy_id, "discrepancyId")
        async with info.context.once("resolveDiscrepancy", input) as (session, at, claim):
            if claim.outcome_id is None:
                await worklist.resolve(
                    session,
                    actor=info.context.actor,
                    discrepancy_id=discrepancy_id,
                    resolution=input.resolution,
                    reason=input.reason,
                    at=at,
                )
                claim.settle("Discrepancy", discrepancy_id)
        return await discrepancy_of(info.context, discrepancy_id)

    @mutation(staff(Role.FINANCE), "Have the bill of a day fetched and compared once more.")
    async def rerun_reconciliation(self, info: Info, input: RerunReconciliationInput) -> RerunReconciliationResult:
        async with info.context.transaction() as (session, at):
            bill = await worklist.rerun(session, actor=info.context.actor, channel=input.channel, day=input.day, at=at)
            return ChannelBill.of(bill)
