"""A loan as its borrower and the staff see it."""

from datetime import date, datetime
from uuid import UUID

import strawberry

from domain.collections.rules.severity import days_past_due
from domain.lending import models
from domain.lending.queries import contracts, journal, loans
from domain.lending.queries.papers import papers_of
from domain.lending.services import explaining, figures, wishes
from domain.payments import queries as payments
from domain.shared.actors import Role
from graph.access import asked
from graph.context import Info
from graph.credit.types import Review, loan_reviews
from graph.ids import global_id
from graph.lending.enums import (
    LoanStatus,
)
from graph.lending.explaining import Explanation, RowNumber
from graph.lending.figures import AsOf, Balance, KnownAt, Payoff, Plan
from graph.lending.happened import LoanEvent
from graph.lending.outlook import Amount, Intent, PaymentPreview
from graph.lending.papers import IssuedPaper
from graph.lending.products import LoanProduct, product_of
from graph.lending.steps import AccountShare, Contract, Funding, Repayment
from graph.loaders import loader
from graph.node import Node
from graph.payments.refunds import Refund
from graph.payments.types import RepaymentOrder
from graph.scalars import Fen, Rate
from graph.severity import Severity, severity_of


@strawberry.type(description="A loan, from its application to its end.")
class Loan(Node):
    row: strawberry.Private[models.Loan]
    key: strawberry.Private[UUID]
    id: strawberry.ID = strawberry.field(description="Its id.")
    number: str = strawberry.field(description="Its number.")
    status: LoanStatus = strawberry.field(description="Where it stands.")
    principal: Fen = strawberry.field(description="What is lent.")
    terms: int = strawberry.field(description="How many monthly installments.")
    purpose: str = strawberry.field(description="What it is for.")
    applied_at: datetime = strawberry.field(description="When it was applied for.")
    value_date: date | None = strawberry.field(description="The day the money came; null until then.")
    settled_on: date | None = strawberry.field(description="When nothing was owed any more.")
    settled_early: bool = strawberry.field(description="Whether that was before the last due date.")
    next_due_on: date | None = strawberry.field(description="When something falls due next.")
    closed_reason: str | None = strawberry.field(description="Why it came to nothing.")

    @classmethod
    def of(cls, row: models.Loan) -> "Loan":
        return cls(
            row=row,
            key=row.id,
            id=global_id("Loan", row.id),
            number=row.number,
            status=row.status,
            principal=Fen(row.principal_fen),
            terms=row.terms,
            purpose=row.purpose,
            applied_at=row.applied_at,
            value_date=row.value_date,
            settled_on=row.settled_on,
            settled_early=row.settled_early,
            next_due_on=row.next_due_on,
            closed_reason=row.closed_reason,
        )

    @strawberry.field(description="The product, with the terms this loan pinned.")
    async def product(self, info: Info) -> LoanProduct:
        return await product_of(info.context, self.row.product_version_id)

    @strawberry.field(description="The yearly interest rate.")
    async def rate(self, info: Info) -> Rate:
        return (await product_of(info.context, self.row.product_version_id)).rate

    @strawberry.field(description="The repayment method's code.")
    async def method(self, info: Info) -> str:
        return (await product_of(info.context, self.row.product_version_id)).method

    @asked("The plan, and what was paid of it by then; null until the money has come.")
    async def plan(self, info: Info, as_of: AsOf = None, known_at: KnownAt = None) -> Plan | None:
        if as_of is None and known_at is None:
            rows = await loader(info.context, loans.installments_of).load(self.key)
            return Plan.of(rows) if rows else None
        async with info.context.reading() as (session, at):
            position = await figures.position_of(session, self.row, on=as_of, at=at, known_at=known_at)
        return Plan.on_a_day(position) if position else None

    @asked("What is owed; null until the money has come.")
    async def balance(self, info: Info, as_of: AsOf = None, known_at: KnownAt = None) -> Balance | None:
        async with info.context.reading() as (session, at):
            position = await figures.position_of(session, self.row, on=as_of, at=at, known_at=known_at)
        return Balance.of(position) if position else None

    @asked(
        "Why amounts of it are what they are: those of an installment, or the loan's. Null until the money has come."
    )
    async def explain(
        self, info: Info, n: RowNumber = None, as_of: AsOf = None, known_at: KnownAt = None
    ) -> list[Explanation] | None:
        async with info.context.reading() as (session, at):
            told = await explaining.explain(session, self.row, n=n, on=as_of, at=at, known_at=known_at)
        return Explanation.all_of(told, await loader(info.context, journal.events_of).load(self.key)) if told else None

    @asked("What closes the loan; null unless it runs.")
    async def payoff(self, info: Info, as_of: AsOf = None) -> Payoff | None:
        async with info.context.reading() as (session, at):
            quote = await figures.payoff_of(session, self.row, on=as_of, at=at)
        return Payoff.of(quote) if quote else None

    @asked("What a payment of today would do; null unless the loan runs.")
    async def preview(self, info: Info, intent: Intent, amount: Amount = None) -> PaymentPreview | None:
        async with info.context.reading() as (session, at):
            would = await wishes.preview_of(session, self.row, intent=intent, amount_fen=amount, at=at)
        return PaymentPreview.of(*would) if would else None

    @strawberry.field(description="Days since the oldest unpaid due date; 0 when nothing is past due.")
    async def days_past_due(self, info: Info) -> int:
        return days_past_due(self.row.overdue_since, await info.context.today())

    @strawberry.field(description="How pressing it is.")
    async def severity(self, info: Info) -> Severity:
        days = days_past_due(self.row.overdue_since, await info.context.today())
        return await severity_of(info.context, days)

    @strawberry.field(description="Its contract; null until it is drawn up.")
    async def contract(self, info: Info) -> Contract | None:
        row = await loader(info.context, contracts.contracts_of).load(self.key)
        return Contract.of(row) if row else None

    @strawberry.field(description="Statements and certificates that were issued of it, oldest first.")
    async def papers(self, info: Info) -> list[IssuedPaper]:
        rows = await loader(info.context, papers_of).load(self.key)
        return [IssuedPaper.of(row, last_sequence=self.row.last_sequence) for row in rows]

    @strawberry.field(description="What reviewers decided.")
    async def reviews(self, info: Info) -> list[Review]:
        row = await loader(info.context, loan_reviews).load(self.key)
        return [Review.of(row)] if row else []

    @strawberry.field(description="The latest request to a funding party; null until there is one.")
    async def funding(self, info: Info) -> Funding | None:
        rows = await loader(info.context, contracts.fundings_of).load(self.key)
        return Funding.of(rows[-1]) if rows else None

    @strawberry.field(description="Payments applied to it, oldest first.")
    async def repayments(self, info: Info) -> list[Repayment]:
        rows = await loader(info.context, loans.repayments_of).load(self.key)
        return [Repayment.of(row) for row in rows]

    @strawberry.field(description="Its journal, in the order in which it was recorded.")
    async def events(self, info: Info) -> list[LoanEvent]:
        rows = await loader(info.context, journal.events_of).load(self.key)
        return LoanEvent.all_of(rows)

    @strawberry.field(description="What the borrower asked to pay for it, oldest first.")
    async def repayment_orders(self, info: Info) -> list[RepaymentOrder]:
        rows = await loader(info.context, payments.orders_by_loan).load(self.key)
        return [RepaymentOrder.of(row) for row in rows]

    @strawberry.field(description="What of his payments for it goes back or went back, oldest first.")
    async def refunds(self, info: Info) -> list[Refund]:
        rows = await loader(info.context, payments.refunds_by_loan).load(self.key)
        return [Refund.of(row) for row in rows]

    @strawberry.field(description="What it contributes to each account of the books; empty but for finance.")
    async def account_shares(self, info: Info) -> list[AccountShare]:
        if not info.context.actor.has(Role.FINANCE) or self.row.value_date is None:
            return []
        async with info.context.reading() as (session, _):
            shares = await figures.shares_of(session, self.key)
        return [AccountShare(code=code, net=Fen(net_fen)) for code, net_fen in sorted(shares.items())]
