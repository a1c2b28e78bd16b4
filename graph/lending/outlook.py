"""What is to come of a loan: its next bill, what is still to be paid, what the whole of it costs, what a payment would do."""

from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Annotated

import strawberry

from domain.lending.rules import lifetime, simulating
from domain.lending.rules.payoff import Preview
from domain.lending.rules.position import OpenRow
from graph.lending.enums import RepaymentIntent
from graph.lending.figures import Balance, Plan
from graph.lending.happened import EventAllocation
from graph.scalars import Fen, Rate

Intent = Annotated[RepaymentIntent, strawberry.argument(description="What it is for.")]
Amount = Annotated[
    Fen | None,
    strawberry.argument(description="How much. Without it: what is due or falls due next, or the payoff."),
]


@strawberry.type(description="The next installment that asks for money, as it will fall due if nothing is paid before.")
class NextBill:
    n: int = strawberry.field(description="Its number.")
    due_on: date = strawberry.field(description="When it falls due.")
    principal: Fen = strawberry.field(description="Its principal.")
    interest: Fen = strawberry.field(description="Its interest: after an early settlement that of a longer period.")
    total: Fen = strawberry.field(description="All of it.")

    @classmethod
    def of(cls, row: OpenRow | None) -> "NextBill | None":
        if row is None:
            return None
        return cls(
            n=row.n,
            due_on=row.due,
            principal=Fen(row.principal_fen),
            interest=Fen(row.interest_fen),
            total=Fen(row.principal_fen + row.interest_fen),
        )


@strawberry.type(
    description="What is still to be paid if all is paid as planned: what is due at once, the rest on its days."
)
class ToCome:
    penalty: Fen = strawberry.field(description="Penalty.")
    interest: Fen = strawberry.field(description="Interest.")
    principal: Fen = strawberry.field(description="Principal.")
    total: Fen = strawberry.field(description="All of it.")

    @classmethod
    def of(cls, rest: lifetime.ToCome) -> "ToCome":
        return cls(
            penalty=Fen(rest.penalty_fen),
            interest=Fen(rest.interest_fen),
            principal=Fen(rest.principal_fen),
            total=Fen(rest.total_fen),
        )


@strawberry.type(description="What is paid beside principal over a loan's whole life: so far, and to come as planned.")
class LifeCharges:
    penalty: Fen = strawberry.field(description="Penalty.")
    interest: Fen = strawberry.field(description="Interest.")
    fee: Fen = strawberry.field(description="Fees for paying early.")
    total: Fen = strawberry.field(description="All of it.")

    @classmethod
    def of(cls, life: lifetime.Charges | None) -> "LifeCharges | None":
        if life is None:
            return None
        return cls(
            penalty=Fen(life.penalty_fen),
            interest=Fen(life.interest_fen),
            fee=Fen(life.fee_fen),
            total=Fen(life.total_fen),
        )


@strawberry.type(
    description="What a loan costs a year by the money that moved and is to move; null what is not defined."
)
class YearlyCost:
    nominal: Rate | None = strawberry.field(
        description="12 times the monthly internal rate of return; null once money moves between due days."
    )
    effective: Rate | None = strawberry.field(description="XIRR on the actual dates, over 365 days.")
    simple: Rate | None = strawberry.field(description="Total cost over the sum of balance times years.")

    @classmethod
    def of(cls, cost: lifetime.YearlyCost | None) -> "YearlyCost | None":
        if cost is None:
            return None
        return cls(**{part.name: _rate(getattr(cost, part.name)) for part in fields(cost)})


@strawberry.type(description="A loan on a day, and what it comes to if from then on all is paid as planned.")
class Outlook:
    on: date = strawberry.field(description="The day.")
    plan: Plan = strawberry.field(description="The plan, and what is paid of it by then.")
    balance: Balance = strawberry.field(description="What is owed then.")
    next_bill: NextBill | None = strawberry.field(
        description="What falls due next; null if nothing does. What is due already is not in it."
    )
    last_due_on: date | None = strawberry.field(description="When the last installment falls due; null if none does.")
    payoff: Fen = strawberry.field(description="What would close the loan on that day.")
    to_come: ToCome = strawberry.field(description="What is still to be paid.")
    charges: LifeCharges | None = strawberry.field(description="What the loan costs in all; null if it is written off.")
    yearly_cost: YearlyCost | None = strawberry.field(description="The same a year; null if it is written off.")

    @classmethod
    def of(cls, outlook: simulating.Outlook) -> "Outlook":
        position = outlook.position
        return cls(
            on=position.on,
            plan=Plan.on_a_day(position),
            balance=Balance.of(position),
            next_bill=NextBill.of(outlook.next_bill),
            last_due_on=outlook.last_due,
            payoff=Fen(position.payoff_fen),
            to_come=ToCome.of(outlook.to_come),
            charges=LifeCharges.of(outlook.charges),
            yearly_cost=YearlyCost.of(outlook.yearly_cost),
        )


@strawberry.type(description="What a payment would do if it were made today. Nothing is written by asking.")
class PaymentPreview:
    amount: Fen = strawberry.field(description="How much would be paid.")
    allocation: EventAllocation = strawberry.field(description="Where it would go.")
    next_bill: NextBill | None = strawberry.field(description="What falls due next after it; null if nothing does.")
    due: Fen = strawberry.field(description="What would be due still.")
    payoff: Fen = strawberry.field(description="What would then close the loan on the same day.")
    closes: bool = strawberry.field(description="Whether it would close the loan.")

    @classmethod
    def of(cls, amount_fen: int, would: Preview) -> "PaymentPreview":
        return cls(
            amount=Fen(amount_fen),
            allocation=EventAllocation.of(would.allocation),
            next_bill=NextBill.of(would.next_bill),
            due=Fen(would.due_fen),
            payoff=Fen(would.payoff_fen),
            closes=would.closes,
        )


def _rate(rate: Decimal | None) -> Rate | None:
    return None if rate is None else Rate(rate)
