"""What is passed on to funding parties, as finance sees it."""

from datetime import date, datetime
from uuid import UUID

import strawberry

from domain.lending import models
from domain.lending.queries import remittances as queries
from domain.lending.rules import machine
from domain.shared.actors import Role
from domain.shared.paging import Window
from graph.access import staff
from graph.connections import Connection, paged
from graph.context import Info
from graph.enums import described
from graph.ids import global_id
from graph.lending.loading import loan_of
from graph.lending.types import Loan
from graph.paging import list_of, listing
from graph.scalars import Fen

RemittanceState = machine.RemittanceState
described(
    RemittanceState,
    "Where a remittance stands.",
    {
        "REQUESTED": "It was made and not sent yet.",
        "SUBMITTING": "It is being sent.",
        "ACCEPTED": "The funding party has it and will take it.",
        "SUCCEEDED": "The funding party has received it.",
        "FAILED": "The funding party did not take it; its loans are in the next one.",
        "UNKNOWN": "Nobody knows; the funding party is asked.",
    },
)


@strawberry.type(description="What of a remittance was repaid on one loan.")
class RemittanceLine:
    loan_key: strawberry.Private[UUID]
    principal: Fen = strawberry.field(description="Principal; below zero where a payment was taken off the loan again.")

    @classmethod
    def of(cls, row: models.RemittanceLine) -> "RemittanceLine":
        return cls(loan_key=row.loan_id, principal=Fen(row.principal_fen))

    @strawberry.field(description="The loan.")
    async def loan(self, info: Info) -> Loan:
        return await loan_of(info.context, self.loan_key)


@strawberry.type(description="A day's repaid principal passed on to a funding party.")
class Remittance:
    key: strawberry.Private[UUID]
    id: strawberry.ID = strawberry.field(description="Its id.")
    number: str = strawberry.field(description="Its number; the funding party knows it by this.")
    funder: str = strawberry.field(description="The funding party's code.")
    day: date = strawberry.field(description="The day it was made.")
    amount: Fen = strawberry.field(description="How much.")
    state: RemittanceState = strawberry.field(description="Where it stands.")
    value_date: date | None = strawberry.field(description="From when it counts for the funding party.")
    reason: str | None = strawberry.field(description="Why it failed, or is not believed.")
    requested_at: datetime = strawberry.field(description="When it was made.")
    finished_at: datetime | None = strawberry.field(description="When it ended.")

    @classmethod
    def of(cls, row: models.Remittance) -> "Remittance":
        return cls(
            key=row.id,
            id=global_id("Remittance", row.id),
            number=row.reference,
            funder=row.funder,
            day=row.day,
            amount=Fen(row.amount_fen),
            state=row.state,
            value_date=row.value_date,
            reason=row.reason,
            requested_at=row.requested_at,
            finished_at=row.finished_at,
        )

    @list_of("What of it was repaid on which loan, the oldest loan first.")
    async def lines(self, info: Info, window: Window) -> Connection[RemittanceLine]:
        return await paged(info.context, window, queries.lines_listed(self.key), queries.BY_LOAN, RemittanceLine.of)


@strawberry.type
class RemittanceQuery:
    @listing(staff(Role.FINANCE), "What was passed on to funding parties, newest first.")
    async def remittances(self, info: Info, window: Window) -> Connection[Remittance]:
        return await paged(info.context, window, queries.listed(), queries.BY_REQUEST, Remittance.of)
