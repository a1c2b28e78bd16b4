"""What is owed on a loan: its installments, its balance, its payoff."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated

import strawberry

from domain.lending import models
from domain.lending.rules.position import Position, RowPosition
from domain.lending.services.payoff import PayoffQuote
from graph.context import Info
from graph.lending.enums import (
    InstallmentStatus,
)
from graph.scalars import Fen

KnownAt = Annotated[
    datetime | None,
    strawberry.argument(
        description="As it was known at this moment: without what was recorded after it, such as a payment heard of late."
    ),
]
AsOf = Annotated[date | None, strawberry.argument(description="On this business day; today if not said.")]


@strawberry.type(description="One row of a plan, and what became of it.")
class Installment:
    n: int = strawberry.field(description="Its number, from 1.")
    due_on: date = strawberry.field(description="When it falls due. Paying on that day is on time.")
    principal: Fen = strawberry.field(description="Its principal.")
    interest: Fen = strawberry.field(description="Its interest.")
    penalty: Fen = strawberry.field(description="Penalty charged on it so far.")
    paid: Fen = strawberry.field(description="What was paid of it.")
    waived: Fen = strawberry.field(description="What was let go of it.")
    outstanding: Fen = strawberry.field(description="What is left to pay of it.")
    status: InstallmentStatus = strawberry.field(description="Where it stands.")
    settled_on: date | None = strawberry.field(description="When nothing was left of it.")
    on: strawberry.Private[date | None] = None

    @strawberry.field(description="Days since its due date, while something of it is unpaid.")
    async def days_past_due(self, info: Info) -> int:
        if self.status is models.InstallmentStatus.PAID:
            return 0
        return max(((self.on or await info.context.today()) - self.due_on).days, 0)

    @classmethod
    def of(cls, row: models.Installment) -> "Installment":
        return cls._of(row, due_on=row.due_on, status=row.status, settled_on=row.settled_on)

    @classmethod
    def on_a_day(cls, row: RowPosition, on: date) -> "Installment":
        status = models.InstallmentStatus(row.status)
        return cls._of(row, due_on=row.due, status=status, settled_on=row.paid_on, on=on)

    @classmethod
    def _of(
        cls,
        row: models.Installment | RowPosition,
        *,
        due_on: date,
        status: InstallmentStatus,
        settled_on: date | None,
        on: date | None = None,
    ) -> "Installment":
        paid = row.paid_principal_fen + row.paid_interest_fen + row.paid_penalty_fen
        waived = row.waived_interest_fen + row.waived_penalty_fen
        total = row.principal_fen + row.interest_fen + row.penalty_fen
        return cls(
            n=row.n,
            due_on=due_on,
            principal=Fen(row.principal_fen),
            interest=Fen(row.interest_fen),
            penalty=Fen(row.penalty_fen),
            paid=Fen(paid),
            waived=Fen(waived),
            outstanding=Fen(total - paid - waived),
            status=status,
            settled_on=settled_on,
            on=on,
        )


@strawberry.type(description="The installments of a loan.")
class Plan:
    installments: list[Installment] = strawberry.field(description="By number.")

    @classmethod
    def of(cls, rows: Iterable[models.Installment]) -> "Plan":
        return cls(installments=[Installment.of(row) for row in rows])

    @classmethod
    def on_a_day(cls, position: Position) -> "Plan":
        return cls(installments=[Installment.on_a_day(row, position.on) for row in position.rows])


@strawberry.type(description="What is owed on a loan on a day.")
class Balance:
    on: date = strawberry.field(description="The day.")
    penalty: Fen = strawberry.field(description="Penalty due.")
    interest: Fen = strawberry.field(description="Interest due.")
    principal: Fen = strawberry.field(description="Principal due.")
    due: Fen = strawberry.field(description="All that is due.")
    accrued: Fen = strawberry.field(description="Interest earned and not yet billed.")
    undue: Fen = strawberry.field(description="Principal not due yet.")
    payoff: Fen = strawberry.field(description="What would close the loan on that day, fee included.")
    excess: Fen = strawberry.field(description="Held for the borrower: he paid more than he owed.")
    days_past_due: int = strawberry.field(description="Days since the oldest unpaid due date.")

    @classmethod
    def of(cls, position: Position) -> "Balance":
        due = position.penalty_fen + position.interest_fen + position.principal_fen
        return cls(
            on=position.on,
            penalty=Fen(position.penalty_fen),
            interest=Fen(position.interest_fen),
            principal=Fen(position.principal_fen),
            due=Fen(due),
            accrued=Fen(position.accrued_fen),
            undue=Fen(position.undue_fen),
            payoff=Fen(position.payoff_fen),
            excess=Fen(position.excess_fen),
            days_past_due=position.dpd,
        )


@strawberry.type(description="What a payoff is made of.")
class PayoffParts:
    due: Fen = strawberry.field(description="What is due: penalty, interest, principal.")
    accrued: Fen = strawberry.field(description="Interest earned and not yet billed.")
    undue: Fen = strawberry.field(description="Principal not due yet.")
    fee: Fen = strawberry.field(description="Fee for paying early.")


@strawberry.type(description="What closes a loan, and until when that holds.")
class Payoff:
    amount: Fen = strawberry.field(description="Paid by then with intent PAYOFF, it closes the loan at 0.00.")
    parts: PayoffParts = strawberry.field(description="What it is made of.")
    valid_until: datetime = strawberry.field(description="The end of its Shanghai day.")

    @classmethod
    def of(cls, quote: PayoffQuote) -> "Payoff":
        parts = quote.parts
        return cls(
            amount=Fen(quote.amount_fen),
            parts=PayoffParts(
                due=Fen(parts.penalty_fen + parts.interest_fen + parts.principal_fen),
                accrued=Fen(parts.accrued_fen),
                undue=Fen(parts.undue_fen),
                fee=Fen(parts.fee_fen),
            ),
            valid_until=quote.valid_until,
        )
