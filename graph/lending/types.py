"""A loan as its borrower and the staff see it."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import strawberry

from domain.collections.rules.severity import days_past_due
from domain.lending import models
from domain.lending.queries import contracts, journal, loans
from domain.lending.rules.position import Position
from domain.lending.services import figures
from domain.lending.services.payoff import PayoffQuote
from domain.payments import queries as payments
from domain.shared.actors import Role
from graph.context import Info
from graph.credit.types import Review, loan_reviews
from graph.ids import global_id
from graph.lending.enums import (
    ContractStatus,
    EventKind,
    FundingState,
    InstallmentStatus,
    LoanStatus,
    RepaymentIntent,
    RepaymentMethod,
    RepaymentStatus,
)
from graph.lending.products import LoanProduct, product_of
from graph.loaders import loader
from graph.node import Node
from graph.payments.refunds import Refund
from graph.payments.types import RepaymentOrder
from graph.scalars import Fen, Rate
from graph.severity import Severity, severity_of

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

    @strawberry.field(description="Days since its due date, while something of it is unpaid.")
    async def days_past_due(self, info: Info) -> int:
        if self.status is models.InstallmentStatus.PAID:
            return 0
        return max((await info.context.today() - self.due_on).days, 0)

    @classmethod
    def of(cls, row: models.Installment) -> "Installment":
        paid = row.paid_principal_fen + row.paid_interest_fen + row.paid_penalty_fen
        waived = row.waived_interest_fen + row.waived_penalty_fen
        total = row.principal_fen + row.interest_fen + row.penalty_fen
        return cls(
            n=row.n,
            due_on=row.due_on,
            principal=Fen(row.principal_fen),
            interest=Fen(row.interest_fen),
            penalty=Fen(row.penalty_fen),
            paid=Fen(paid),
            waived=Fen(waived),
            outstanding=Fen(total - paid - waived),
            status=row.status,
            settled_on=row.settled_on,
        )


@strawberry.type(description="The installments of a loan.")
class Plan:
    installments: list[Installment] = strawberry.field(description="By number.")

    @classmethod
    def of(cls, rows: Iterable[models.Installment]) -> "Plan":
        return cls(installments=[Installment.of(row) for row in rows])


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


@strawberry.type(description="The contract of a loan.")
class Contract:
    id: strawberry.ID = strawberry.field(description="Its id.")
    number: str = strawberry.field(description="Its number.")
    status: ContractStatus = strawberry.field(description="Where it stands.")
    signing_url: str | None = strawberry.field(description="The page on which it is signed.")
    document_hash: str = strawberry.field(description="SHA-256 of the document, in hex.")
    disclosure_hash: str = strawberry.field(description="SHA-256 of the disclosure that was confirmed, in hex.")
    signed_document_hash: str | None = strawberry.field(description="SHA-256 of the signed document, in hex.")
    sent_at: datetime | None = strawberry.field(description="When it was sent to be signed.")
    signed_at: datetime | None = strawberry.field(description="When it was signed.")
    expires_at: datetime = strawberry.field(description="Until when it can be signed.")

    @classmethod
    def of(cls, row: models.Contract) -> "Contract":
        return cls(
            id=global_id("Contract", row.id),
            number=row.number,
            status=row.status,
            signing_url=row.signing_url,
            document_hash=row.document_hash.hex(),
            disclosure_hash=row.disclosure_hash.hex(),
            signed_document_hash=row.signed_document_hash.hex() if row.signed_document_hash else None,
            sent_at=row.sent_at,
            signed_at=row.signed_at,
            expires_at=row.expires_at,
        )


@strawberry.type(description="A request to a funding party to pay a loan out.")
class Funding:
    funder: str = strawberry.field(description="Who pays.")
    reference: str = strawberry.field(description="Our reference with them.")
    amount: Fen = strawberry.field(description="How much.")
    state: FundingState = strawberry.field(description="What they have said.")
    value_date: date | None = strawberry.field(description="The day the money counts from.")
    reason: str | None = strawberry.field(description="Why they will not pay.")
    submitted_at: datetime = strawberry.field(description="When they were asked.")

    @classmethod
    def of(cls, row: models.Funding) -> "Funding":
        return cls(
            funder=row.funder,
            reference=row.reference,
            amount=Fen(row.amount_fen),
            state=row.state,
            value_date=row.value_date,
            reason=row.reason,
            submitted_at=row.submitted_at,
        )


@strawberry.type(description="Where the money of a repayment went.")
class RepaymentParts:
    penalty: Fen = strawberry.field(description="To penalty.")
    interest: Fen = strawberry.field(description="To interest.")
    principal: Fen = strawberry.field(description="To principal.")
    fee: Fen = strawberry.field(description="To the fee for paying early.")
    recovery: Fen = strawberry.field(description="To what had been written off.")
    excess: Fen = strawberry.field(description="More than was owed: held for the borrower.")


@strawberry.type(description="A payment applied to a loan.")
class Repayment:
    id: strawberry.ID = strawberry.field(description="Its id.")
    number: str = strawberry.field(description="Its number.")
    amount: Fen = strawberry.field(description="The whole of it.")
    parts: RepaymentParts = strawberry.field(description="Where it went.")
    intent: RepaymentIntent = strawberry.field(description="What it was for.")
    method: RepaymentMethod = strawberry.field(description="How it came.")
    value_date: date = strawberry.field(description="The day it counts on.")
    status: RepaymentStatus = strawberry.field(description="Whether it counts.")
    applied_at: datetime = strawberry.field(description="When it was applied.")

    @classmethod
    def of(cls, row: models.Repayment) -> "Repayment":
        return cls(
            id=global_id("Repayment", row.id),
            number=row.number,
            amount=Fen(row.amount_fen),
            parts=RepaymentParts(
                penalty=Fen(row.penalty_fen),
                interest=Fen(row.interest_fen),
                principal=Fen(row.principal_fen),
                fee=Fen(row.fee_fen),
                recovery=Fen(row.recovery_fen),
                excess=Fen(row.excess_fen),
            ),
            intent=RepaymentIntent(row.intent),
            method=row.method,
            value_date=row.value_date,
            status=row.status,
            applied_at=row.applied_at,
        )


@strawberry.type(description="What one loan contributes to an account of the books.")
class AccountShare:
    code: str = strawberry.field(description="The account's code.")
    net: Fen = strawberry.field(description="Debits less credits.")


@strawberry.type(description="Something that happened to a loan: one line of its journal.")
class LoanEvent:
    sequence: int = strawberry.field(description="Its place among what was recorded.")
    kind: EventKind = strawberry.field(description="What happened.")
    value_date: date = strawberry.field(description="The day it counts on.")
    recorded_at: datetime = strawberry.field(description="When we knew.")

    @classmethod
    def of(cls, row: models.LoanEvent) -> "LoanEvent":
        return cls(sequence=row.sequence, kind=row.kind, value_date=row.value_date, recorded_at=row.recorded_at)


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

    @strawberry.field(description="The plan; null until the money has come.")
    async def plan(self, info: Info) -> Plan | None:
        rows = await loader(info.context, loans.installments_of).load(self.key)
        return Plan.of(rows) if rows else None

    @strawberry.field(description="What is owed; null until the money has come.")
    async def balance(self, info: Info, as_of: AsOf = None) -> Balance | None:
        async with info.context.reading() as (session, at):
            position = await figures.position_of(session, self.row, on=as_of, at=at)
        return Balance.of(position) if position else None

    @strawberry.field(description="What closes the loan; null unless it runs.")
    async def payoff(self, info: Info, as_of: AsOf = None) -> Payoff | None:
        async with info.context.reading() as (session, at):
            quote = await figures.payoff_of(session, self.row, on=as_of, at=at)
        return Payoff.of(quote) if quote else None

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
        return [LoanEvent.of(row) for row in rows]

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
