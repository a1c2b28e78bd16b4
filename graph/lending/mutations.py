"""From a quote to a signed contract, and what the staff does with a loan."""

from datetime import date
from typing import Annotated

import strawberry

from domain.credit.models import ReviewVerdict as Verdict
from domain.lending.services import application, contract, funding, quotes, repayment, review
from domain.shared.actors import Role
from graph.access import borrower, mutation, staff
from graph.context import Info
from graph.credit.types import ReviewVerdict
from graph.ids import read_id
from graph.lending.enums import RepaymentIntent
from graph.lending.loading import loan_of
from graph.lending.quotes import LoanQuote
from graph.lending.steps import Contract, Repayment
from graph.lending.types import Loan
from graph.problems import Problem
from graph.scalars import Fen


@strawberry.input(description="What one would like to borrow.")
class RequestQuoteInput:
    product_code: str = strawberry.field(description="The product's code.")
    principal: Fen = strawberry.field(description="How much.")
    terms: int = strawberry.field(description="In how many monthly installments, 3 to 36.")
    value_date: date | None = strawberry.field(default=None, description="If the money came on this day; today.")


@strawberry.input(description="A kept quote of one's own.")
class OpenDisclosureInput:
    quote_id: strawberry.ID = strawberry.field(description="The quote.")


@strawberry.input(description="A kept quote of one's own, its sheet read.")
class ConfirmDisclosureInput:
    quote_id: strawberry.ID = strawberry.field(description="The quote.")


@strawberry.input(description="Apply for the loan of a confirmed quote.")
class ApplyForLoanInput:
    quote_id: strawberry.ID = strawberry.field(description="The confirmed quote.")
    purpose: str = strawberry.field(description="What it is for, as a code such as DAILY_CONSUMPTION.")
    bank_card_id: strawberry.ID = strawberry.field(description="The bound card the money goes to.")
    idempotency_key: str = strawberry.field(description="Chosen by the client, one per act.")


@strawberry.input(description="A decision on a loan one has claimed.")
class ReviewLoanInput:
    loan_id: strawberry.ID = strawberry.field(description="The loan.")
    verdict: ReviewVerdict = strawberry.field(description="APPROVED or REJECTED.")
    reason: str = strawberry.field(description="Why.")


@strawberry.input(description="A loan of one's own whose contract waits.")
class SignContractInput:
    loan_id: strawberry.ID = strawberry.field(description="The loan.")


@strawberry.input(description="A loan of one's own that is not paid out yet.")
class CancelLoanInput:
    loan_id: strawberry.ID = strawberry.field(description="The loan.")


@strawberry.input(description="A loan whose disbursement failed.")
class RetryFundingInput:
    loan_id: strawberry.ID = strawberry.field(description="The loan.")


@strawberry.input(description="Money that reached our bank account outside every channel.")
class RecordOfflineRepaymentInput:
    loan_id: strawberry.ID = strawberry.field(description="The loan.")
    amount: Fen = strawberry.field(description="How much.")
    intent: RepaymentIntent = strawberry.field(description="What it is for.")
    value_date: date = strawberry.field(description="The day it came.")
    idempotency_key: str = strawberry.field(description="Chosen by the client, one per act.")


@strawberry.input(description="A repayment that turned out never to have been.")
class ReverseRepaymentInput:
    repayment_id: strawberry.ID = strawberry.field(description="The repayment.")
    reason: str = strawberry.field(description="Why.")
    idempotency_key: str = strawberry.field(description="Chosen by the client, one per act.")


def _or_problem(name: str) -> object:
    return strawberry.union(name, description="What was changed, or why not.")


RequestQuoteResult = Annotated[LoanQuote | Problem, _or_problem("RequestQuoteResult")]
OpenDisclosureResult = Annotated[LoanQuote | Problem, _or_problem("OpenDisclosureResult")]
ConfirmDisclosureResult = Annotated[LoanQuote | Problem, _or_problem("ConfirmDisclosureResult")]
ApplyForLoanResult = Annotated[Loan | Problem, _or_problem("ApplyForLoanResult")]
ReviewLoanResult = Annotated[Loan | Problem, _or_problem("ReviewLoanResult")]
SignContractResult = Annotated[Contract | Problem, _or_problem("SignContractResult")]
CancelLoanResult = Annotated[Loan | Problem, _or_problem("CancelLoanResult")]
RetryFundingResult = Annotated[Loan | Problem, _or_problem("RetryFundingResult")]
RecordOfflineRepaymentResult = Annotated[Repayment | Problem, _or_problem("RecordOfflineRepaymentResult")]
ReverseRepaymentResult = Annotated[Repayment | Problem, _or_problem("ReverseRepaymentResult")]


@strawberry.type
class LendingMutation:
    @mutation(borrower, "Ask for a quote that is kept, to read, confirm and apply by.")
    async def request_quote(self, info: Info, input: RequestQuoteInput) -> RequestQuoteResult:
        async with info.context.transaction() as (session, at):
            row = await quotes.request(
                session,
                borrower_id=info.context.actor_id,
                product_code=input.product_code,
                principal_fen=input.principal,
                terms=input.terms,
                value_date=input.value_date,
                at=at,
            )
            return LoanQuote.of(row)

    @mutation(borrower, "Open the disclosure of a quote: its reading time begins.")
    async def open_disclosure(self, info: Info, input: OpenDisclosureInput) -> OpenDisclosureResult:
        async with info.context.transaction() as (session, at):
            quote_id = read_id("LoanQuote", input.quote_id, "quoteId")
            row = await quotes.open_disclosure(session, borrower_id=info.context.actor_id, quote_id=quote_id, at=at)
            return LoanQuote.of(row)

    @mutation(borrower, "Confirm that the disclosure was read; refused before its reading time is over.")
    async def confirm_disclosure(self, info: Info, input: ConfirmDisclosureInput) -> ConfirmDisclosureResult:
        async with info.context.transaction() as (session, at):
            quote_id = read_id("LoanQuote", input.quote_id, "quoteId")
            row = await quotes.confirm_disclosure(session, borrower_id=info.context.actor_id, quote_id=quote_id, at=at)
            return LoanQuote.of(row)

    @mutation(borrower, "Apply for the loan of a confirmed quote; the credit line holds its sum back.")
    async def apply_for_loan(self, info: Info, input: ApplyForLoanInput) -> ApplyForLoanResult:
        async with info.context.once("applyForLoan", input) as (session, at, claim):
            if claim.outcome_id is None:
                made = await application.apply(
                    session,
                    borrower_id=info.context.actor_id,
                    quote_id=read_id("LoanQuote", input.quote_id, "quoteId"),
                    purpose=input.purpose,
                    bank_card_id=read_id("BankCard", input.bank_card_id, "bankCardId"),
                    at=at,
                )
                claim.settle("Loan", made.id)
        return await loan_of(info.context, claim.done)

    @mutation(staff(Role.REVIEWER), "Decide on a loan one has claimed.")
    async def review_loan(self, info: Info, input: ReviewLoanInput) -> ReviewLoanResult:
        async with info.context.transaction() as (session, at):
            row = await review.decide(
                session,
                actor=info.context.actor,
                loan_id=read_id("Loan", input.loan_id, "loanId"),
                verdict=Verdict(input.verdict),
                reason=input.reason,
                at=at,
            )
            return Loan.of(row)

    @mutation(borrower, "The contract with the address of its signing page.")
    async def sign_contract(self, info: Info, input: SignContractInput) -> SignContractResult:
        async with info.context.transaction() as (session, at):
            loan_id = read_id("Loan", input.loan_id, "loanId")
            row = await contract.open_signing(session, borrower_id=info.context.actor_id, loan_id=loan_id, at=at)
            return Contract.of(row)

    @mutation(borrower, "Take an application back, before money is on the way.")
    async def cancel_loan(self, info: Info, input: CancelLoanInput) -> CancelLoanResult:
        async with info.context.transaction() as (session, at):
            loan_id = read_id("Loan", input.loan_id, "loanId")
            row = await application.cancel(session, borrower_id=info.context.actor_id, loan_id=loan_id, at=at)
            return Loan.of(row)

    @mutation(staff(Role.FINANCE), "Have a failed disbursement tried again, as a new request.")
    async def retry_funding(self, info: Info, input: RetryFundingInput) -> RetryFundingResult:
        async with info.context.transaction() as (session, at):
            loan_id = read_id("Loan", input.loan_id, "loanId")
            return Loan.of(await funding.retry(session, actor=info.context.actor, loan_id=loan_id, at=at))

    @mutation(staff(Role.CASHIER, Role.FINANCE), "Take down money that reached us outside every channel, and apply it.")
    async def record_offline_repayment(
        self, info: Info, input: RecordOfflineRepaymentInput
    ) -> RecordOfflineRepaymentResult:
        async with info.context.once("recordOfflineRepayment", input) as (session, at, claim):
            made = await repayment.record_offline(
                session,
                loan_id=read_id("Loan", input.loan_id, "loanId"),
                payment_id=claim.row.id,
                amount_fen=input.amount,
                intent=input.intent,
                value_date=input.value_date,
                at=at,
                actor=info.context.actor,
            )
            claim.settle("Repayment", made.id)
            return Repayment.of(made)

    @mutation(staff(Role.FINANCE), "Take a repayment off its loan, which then stands as if it had never been.")
    async def reverse_repayment(self, info: Info, input: ReverseRepaymentInput) -> ReverseRepaymentResult:
        async with info.context.once("reverseRepayment", input) as (session, at, claim):
            made = await repayment.reverse(
                session,
                repayment_id=read_id("Repayment", input.repayment_id, "repaymentId"),
                reason=input.reason,
                at=at,
                actor=info.context.actor,
            )
            claim.settle("Repayment", made.id)
            return Repayment.of(made)
