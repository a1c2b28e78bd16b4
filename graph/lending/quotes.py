"""What a loan would cost, as it is quoted."""

from collections.abc import Iterable
from datetime import date, datetime

import strawberry
from strawberry.scalars import JSON

from domain.lending import models
from domain.lending.rules.cost import Cost
from domain.lending.rules.quoting import Ceiling, QuotedRow
from domain.lending.rules.worst_case import Path, WorstCase
from domain.lending.services.quotes import Offer
from graph.enums import described
from graph.ids import global_id
from graph.scalars import Fen, Rate


@strawberry.type(description="An installment as quoted.")
class QuotedInstallment:
    n: int = strawberry.field(description="Its number, from 1.")
    due_on: date = strawberry.field(description="When it would fall due.")
    principal: Fen = strawberry.field(description="Its principal.")
    interest: Fen = strawberry.field(description="Its interest.")
    fee: Fen = strawberry.field(description="Its fees.")
    total: Fen = strawberry.field(description="All of it.")
    balance: Fen = strawberry.field(description="Principal left after it.")

    @classmethod
    def of(cls, row: QuotedRow) -> "QuotedInstallment":
        return cls(
            n=row.n,
            due_on=row.due_on,
            principal=Fen(row.principal_fen),
            interest=Fen(row.interest_fen),
            fee=Fen(row.fee_fen),
            total=Fen(row.total_fen),
            balance=Fen(row.balance_fen),
        )


@strawberry.type(description="What all installments come to.")
class QuoteTotals:
    principal: Fen = strawberry.field(description="All principal.")
    interest: Fen = strawberry.field(description="All interest.")
    fee: Fen = strawberry.field(description="All fees.")
    total: Fen = strawberry.field(description="All that is to be paid.")

    @classmethod
    def of(cls, rows: Iterable[QuotedRow]) -> "QuoteTotals":
        listed = list(rows)
        return cls(
            principal=Fen(sum(row.principal_fen for row in listed)),
            interest=Fen(sum(row.interest_fen for row in listed)),
            fee=Fen(sum(row.fee_fen for row in listed)),
            total=Fen(sum(row.total_fen for row in listed)),
        )


PaymentPath = Path
described(
    PaymentPath,
    "A way in which a loan may be paid.",
    {
        "ON_TIME": "Every installment on its due date.",
        "LATE": "Every installment some months late, with its penalty.",
        "PREPAID": "Paid off at the end of some month, with the fee for that.",
    },
    name="PaymentPath",
)


@strawberry.type(description="The dearest way to pay a loan.")
class QuoteWorstCase:
    path: PaymentPath = strawberry.field(description="Which way that is.")
    months: int = strawberry.field(
        description="LATE: how many months each installment is late. PREPAID: after how many months it is paid off."
    )
    rate: Rate = strawberry.field(description="What it costs a year then, in the measure of the ceiling.")

    @classmethod
    def of(cls, worst: WorstCase) -> "QuoteWorstCase":
        return cls(path=worst.path, months=worst.months, rate=Rate(worst.rate))


@strawberry.type(description="What it costs a year, in three measures, and what it may cost at most.")
class QuoteCost:
    nominal: Rate = strawberry.field(description="12 times the monthly internal rate of return.")
    effective: Rate = strawberry.field(description="XIRR on the actual dates, over 365 days.")
    simple: Rate = strawberry.field(description="Total cost over the sum of balance times years: simple interest.")
    ceiling: Rate = strawberry.field(description="What may not be exceeded on that day.")
    ceiling_measure: str = strawberry.field(description="Which measure it is tested against.")
    ceiling_source: str = strawberry.field(description="Where the ceiling comes from.")
    worst_case: QuoteWorstCase | None = strawberry.field(
        description="The dearest way to pay it, fees and penalty included; null for a quote of an earlier release."
    )
    holds: bool = strawberry.field(
        description="Whether the worst case is below the ceiling. A quote that does not hold is refused, with the figures."
    )

    @classmethod
    def of(cls, cost: Cost, ceiling: Ceiling, worst: WorstCase | None) -> "QuoteCost":
        return cls(
            nominal=Rate(cost.nominal),
            effective=Rate(cost.effective),
            simple=Rate(cost.simple),
            ceiling=Rate(ceiling.limit),
            ceiling_measure=ceiling.measure.value,
            ceiling_source=ceiling.source,
            worst_case=QuoteWorstCase.of(worst) if worst else None,
            holds=(worst.rate if worst else cost.by(ceiling.measure)) <= ceiling.limit,
        )


@strawberry.type(description="The sheet of everything the loan costs, to be read before one applies.")
class Disclosure:
    hash: str = strawberry.field(description="SHA-256 of the sheet, in hex; the contract carries it.")
    sheet: JSON = strawberry.field(description="The sheet: amounts and rates as texts, sentences in zh and en.")
    min_read_seconds: int = strawberry.field(description="How long it must be open before it can be confirmed.")


@strawberry.type(description="What a loan would cost. One that is kept has an id and can be applied by.")
class LoanQuote:
    id: strawberry.ID | None = strawberry.field(description="Its id; null for one that is not kept.")
    product_code: str | None = strawberry.field(description="The product.")
    principal: Fen = strawberry.field(description="What would be lent.")
    terms: int = strawberry.field(description="How many monthly installments.")
    value_date: date = strawberry.field(description="The day the money is assumed to come.")
    plan: list[QuotedInstallment] = strawberry.field(description="The installments.")
    totals: QuoteTotals = strawberry.field(description="What they come to.")
    cost: QuoteCost = strawberry.field(description="What it costs a year.")
    disclosure: Disclosure = strawberry.field(description="The sheet to be read.")
    valid_until: datetime = strawberry.field(description="Until when one can apply by it.")
    opened_at: datetime | None = strawberry.field(description="When the sheet was first opened.")
    confirmed_at: datetime | None = strawberry.field(description="When it was confirmed.")

    @classmethod
    def of_offer(cls, offer: Offer) -> "LoanQuote":
        """A quote for anyone who asks; nothing is kept."""
        figures = offer.figures
        return cls(
            id=None,
            product_code=offer.product.code,
            principal=Fen(figures.terms.principal_fen),
            terms=figures.terms.terms,
            value_date=figures.terms.value_date,
            plan=[QuotedInstallment.of(row) for row in figures.rows],
            totals=QuoteTotals.of(figures.rows),
            cost=QuoteCost.of(figures.cost, offer.tested.ceiling, offer.tested.worst),
            disclosure=Disclosure(
                hash=offer.disclosure_hash.hex(),
                sheet=JSON(offer.disclosure),
                min_read_seconds=offer.version.min_read_seconds,
            ),
            valid_until=offer.valid_until,
            opened_at=None,
            confirmed_at=None,
        )

    @classmethod
    def of(cls, row: models.Quote) -> "LoanQuote":
        """A kept quote."""
        rows = [QuotedRow.read(kept) for kept in row.plan]
        worst = WorstCase.read(row.worst_case) if row.worst_case else None
        cost = Cost(nominal=row.cost_nominal, effective=row.cost_effective, simple=row.cost_simple)
        return cls(
            id=global_id("LoanQuote", row.id),
            product_code=row.disclosure["product"]["code"],
            principal=Fen(row.principal_fen),
            terms=row.terms,
            value_date=row.value_date,
            plan=[QuotedInstallment.of(each) for each in rows],
            totals=QuoteTotals.of(rows),
            cost=QuoteCost.of(cost, Ceiling.read(row.ceiling, row.ceiling["source"]), worst),
            disclosure=Disclosure(
                hash=row.disclosure_hash.hex(), sheet=JSON(row.disclosure), min_read_seconds=row.min_read_seconds
            ),
            valid_until=row.valid_until,
            opened_at=row.opened_at,
            confirmed_at=row.confirmed_at,
        )
