"""A comparison of a channel's bill with our records, and what differs, as finance sees them."""

from datetime import date, datetime
from uuid import UUID

import strawberry

from domain.reconciliation import models
from domain.reconciliation.queries import worklist
from domain.reconciliation.rules import states
from graph.context import Context, Info
from graph.enums import described
from graph.ids import global_id
from graph.loaders import loader
from graph.scalars import Fen
from graph.staff.types import StaffMember

BillState = states.BillState
described(
    BillState,
    "What is known of a channel's bill of a day.",
    {
        "WANTED": "It is to be fetched.",
        "NOT_READY": "It was not there; it is asked for again.",
        "NOT_OFFERED": "The channel has no bills.",
        "EMPTY": "The channel says that there was no trade.",
        "FETCHED": "The file is kept and not read yet.",
        "PARSED": "It was read.",
        "FAILED": "Its file cannot be read; a person looks.",
    },
)
Finding = states.Finding
described(
    Finding,
    "What comparing a bill with our records finds.",
    {
        "MATCHED": "Both sides say the same.",
        "FEE": "The channel's fee.",
        "AMOUNT_DIFF": "Another sum than ours.",
        "ONLY_CHANNEL": "The channel has it and we have not.",
        "ONLY_OURS": "We have it and the channel has not.",
        "DUPLICATE_LINE": "The number stands in a bill twice.",
        "PROBLEM": "A line that was not understood.",
        "TOTALS_DIFF": "The file says another total than its lines add up to.",
        "NO_BILL": "There is no bill, or it cannot be read.",
        "OTHER_FILE": "The same day was fetched again, and the file is another one.",
    },
)
DiscrepancyState = states.DiscrepancyState
described(
    DiscrepancyState,
    "Whether something still differs.",
    {
        "WAITING": "It may be in the bill of the next day, which is not here yet.",
        "OPEN": "A person has to look.",
        "RESOLVED": "A person decided.",
        "SELF_RESOLVED": "It came right by itself.",
    },
)
DiscrepancyResolution = states.Resolution
described(
    DiscrepancyResolution,
    "What is decided about a discrepancy.",
    {
        "ASK_CHANNEL": "Fetch the bill and ask about the payment again; it stays open until both agree.",
        "ACCEPT_CHANNEL": "The channel is right: what is missing in our books is booked.",
        "ACCEPT_OURS": "Our books are right: nothing is booked.",
    },
    name="DiscrepancyResolution",
)


@strawberry.type(
    description="One finding of a run: how many, and what both sides add up to. A refund counts below zero."
)
class FindingTotal:
    finding: Finding = strawberry.field(description="Which finding.")
    count: int = strawberry.field(description="How many lines or records.")
    theirs: Fen = strawberry.field(description="What the channel says.")
    ours: Fen = strawberry.field(description="What we say.")


@strawberry.type(description="One comparison of a channel's bill of a day with our records. It may be made again.")
class ReconciliationRun:
    id: strawberry.ID = strawberry.field(description="Its id.")
    channel: str = strawberry.field(description="The channel's code.")
    day: date = strawberry.field(description="The day of the bill.")
    finished_at: datetime = strawberry.field(description="When it was made.")
    lines: int = strawberry.field(description="How many lines the bill has.")
    findings: list[FindingTotal] = strawberry.field(description="What was found, each line and record once.")
    theirs: Fen = strawberry.field(description="Payments less refunds by the bill.")
    ours: Fen = strawberry.field(description="Payments less refunds by our records.")
    difference: Fen = strawberry.field(description="What the channel says more than we do; 0 where all agrees.")
    fees: Fen = strawberry.field(description="What the channel charges.")
    settled: Fen = strawberry.field(description="Payments less refunds that this run settled, before fees.")

    @classmethod
    def of(cls, row: models.Run) -> "ReconciliationRun":
        return cls(
            id=global_id("ReconciliationRun", row.id),
            channel=row.channel,
            day=row.day,
            finished_at=row.finished_at,
            lines=row.lines,
            findings=[
                FindingTotal(
                    finding=states.Finding(name),
                    count=figures["count"],
                    theirs=Fen(figures["theirs_fen"]),
                    ours=Fen(figures["ours_fen"]),
                )
                for name, figures in sorted(row.findings.items())
            ],
            theirs=Fen(row.theirs_fen),
            ours=Fen(row.ours_fen),
            difference=Fen(row.difference_fen),
            fees=Fen(row.fees_fen),
            settled=Fen(row.settled_fen),
        )


@strawberry.type(description="A channel's bill of one day.")
class ChannelBill:
    channel: str = strawberry.field(description="The channel's code.")
    day: date = strawberry.field(description="The day.")
    state: BillState = strawberry.field(description="What is known of it.")
    problem: str | None = strawberry.field(description="Why it is not here, or cannot be read.")

    @classmethod
    def of(cls, row: models.Bill) -> "ChannelBill":
        return cls(channel=row.channel, day=row.day, state=row.state, problem=row.problem)


@strawberry.type(description="Something on which a channel's bill and our books do not agree.")
class Discrepancy:
    decider_key: strawberry.Private[UUID | None]
    id: strawberry.ID = strawberry.field(description="Its id.")
    number: str = strawberry.field(description="Its number.")
    channel: str = strawberry.field(description="The channel's code.")
    day: date = strawberry.field(description="The day of the bill.")
    finding: Finding = strawberry.field(description="How they do not agree.")
    subject: str = strawberry.field(description='What it is about, such as "payment:PO20260115000001".')
    theirs: Fen = strawberry.field(description="What the channel says; a refund is below zero.")
    ours: Fen = strawberry.field(description="What we say; a refund is below zero.")
    state: DiscrepancyState = strawberry.field(description="Whether it still differs.")
    found_at: datetime = strawberry.field(description="When it was found first.")
    resolution: DiscrepancyResolution | None = strawberry.field(description="What was decided last.")
    reason: str | None = strawberry.field(description="Why it was decided so.")
    written_off: Fen = strawberry.field(description="What the decision cost us.")
    resolved_at: datetime | None = strawberry.field(description="When it ended.")

    @classmethod
    def of(cls, row: models.Discrepancy) -> "Discrepancy":
        return cls(
            decider_key=row.resolved_by,
            id=global_id("Discrepancy", row.id),
            number=row.number,
            channel=row.channel,
            day=row.day,
            finding=row.finding,
            subject=row.subject,
            theirs=Fen(row.theirs_fen),
            ours=Fen(row.ours_fen),
            state=row.state,
            found_at=row.found_at,
            resolution=row.resolution,
            reason=row.reason,
            written_off=Fen(row.written_off_fen),
            resolved_at=row.resolved_at,
        )

    @strawberry.field(description="Who decided.")
    async def resolved_by(self, info: Info) -> StaffMember | None:
        return await StaffMember.load(info.context, self.decider_key) if self.decider_key else None


async def discrepancy_of(context: Context, key: UUID) -> Discrepancy:
    return Discrepancy.of(await loader(context, worklist.discrepancies_by_id).load(key))
