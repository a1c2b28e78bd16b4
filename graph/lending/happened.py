"""The journal of a loan: what happened to it, when that counts, when we knew, and what it did."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import strawberry

from domain.lending import models
from domain.lending.rules.allocation import Allocation
from domain.lending.rules.events import ExcessRefunded, Paid
from domain.lending.rules.position import Waiver
from domain.lending.services import figures
from domain.lending.services.history import events_from
from domain.lending.services.projection import allocation_facts, part_facts
from domain.shared.actors import ActorKind
from graph.context import Info
from graph.lending.enums import EventKind, RepaymentIntent
from graph.lending.steps import RepaymentParts
from graph.loaders import loader
from graph.scalars import Fen


@strawberry.type(description="What an event took off one row of the plan.")
class RowShare:
    n: int = strawberry.field(description="The row's number.")
    penalty: Fen = strawberry.field(description="Of its penalty.")
    interest: Fen = strawberry.field(description="Of its interest.")
    principal: Fen = strawberry.field(description="Of its principal.")
    days_past_due: int = strawberry.field(description="How many days past due the row was then.")

    @classmethod
    def of(cls, n: int, facts: tuple[int, ...]) -> "RowShare":
        penalty_fen, interest_fen, principal_fen, days = facts
        return cls(
            n=n,
            penalty=Fen(penalty_fen),
            interest=Fen(interest_fen),
            principal=Fen(principal_fen),
            days_past_due=days,
        )


@strawberry.type(description="Where the money of a payment goes, as everything known today has it.")
class EventAllocation:
    parts: RepaymentParts = strawberry.field(description="By what it paid.")
    rows: list[RowShare] = strawberry.field(description="By the rows of the plan, the oldest first.")

    @classmethod
    def of(cls, spread: Allocation) -> "EventAllocation":
        shares = sorted(allocation_facts(spread).items())
        return cls(parts=RepaymentParts.of(part_facts(spread)), rows=[RowShare.of(n, facts) for n, facts in shares])


@strawberry.type(description="What a waiver really let go of; what was not due lapsed.")
class EventWaiver:
    penalty: Fen = strawberry.field(description="Penalty.")
    interest: Fen = strawberry.field(description="Interest.")

    @classmethod
    def of(cls, waiver: Waiver) -> "EventWaiver":
        return cls(penalty=Fen(waiver.penalty_fen), interest=Fen(waiver.interest_fen))


@strawberry.type(description="Something that happened to a loan: one line of its journal. Lines are only added.")
class LoanEvent:
    row: strawberry.Private[models.LoanEvent]
    sequence: int = strawberry.field(description="Its place among what was recorded.")
    kind: EventKind = strawberry.field(description="What happened.")
    value_date: date = strawberry.field(description="The day it counts on.")
    recorded_at: datetime = strawberry.field(description="When we knew.")
    amount: Fen | None = strawberry.field(description="What was paid, or sent back; null of anything else.")
    intent: RepaymentIntent | None = strawberry.field(description="What the money was for; null but of a payment.")
    reverses: int | None = strawberry.field(description="The sequence of the payment that was reversed by this.")
    reversed_by: int | None = strawberry.field(description="The sequence of what reversed this payment.")

    @classmethod
    def all_of(cls, rows: Sequence[models.LoanEvent]) -> "list[LoanEvent]":
        """A whole journal, in the order of the rows."""
        sequences = {row.id: row.sequence for row in rows}
        reversals = {_reversed(row): row.sequence for row in rows if row.kind is models.EventKind.REVERSED}
        return [cls._of(row, sequences, reversals) for row in rows]

    @classmethod
    def _of(cls, row: models.LoanEvent, sequences: dict[UUID, int], reversals: dict[UUID, int]) -> "LoanEvent":
        (event,) = events_from([row])
        return cls(
            row=row,
            sequence=row.sequence,
            kind=row.kind,
            value_date=row.value_date,
            recorded_at=row.recorded_at,
            amount=Fen(event.amount_fen) if isinstance(event, Paid | ExcessRefunded) else None,
            intent=event.intent if isinstance(event, Paid) else None,
            reverses=sequences[_reversed(row)] if row.kind is models.EventKind.REVERSED else None,
            reversed_by=reversals.get(row.id),
        )

    @strawberry.field(description="Where the money went; null but of a payment that counts.")
    async def allocation(self, info: Info) -> EventAllocation | None:
        position = await loader(info.context, figures.effects_of).load(self.row.loan_id)
        spread = position.allocations.get(self.row.id) if position else None
        return EventAllocation.of(spread) if spread else None

    @strawberry.field(description="What was let go of; null but of a waiver.")
    async def waived(self, info: Info) -> EventWaiver | None:
        position = await loader(info.context, figures.effects_of).load(self.row.loan_id)
        waiver = position.waivers.get(self.row.id) if position else None
        return EventWaiver.of(waiver) if waiver else None

    @strawberry.field(description="Why, as it was written down. For staff only: null for anybody else.")
    async def note(self, info: Info) -> str | None:
        return self.row.payload.get("note") if info.context.actor.kind is ActorKind.STAFF else None

    @strawberry.field(description="What caused it, once. For staff only: null for anybody else.")
    async def source(self, info: Info) -> str | None:
        return self.row.source if info.context.actor.kind is ActorKind.STAFF else None


def _reversed(row: models.LoanEvent) -> UUID:
    return UUID(row.payload["payment_key"])
