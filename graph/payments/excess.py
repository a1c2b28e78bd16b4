"""What a borrower paid too much goes back to him."""

from datetime import date
from typing import Annotated

import strawberry

from domain.lending.services import excess
from domain.shared.actors import Role
from graph.access import mutation, staff
from graph.context import Info
from graph.ids import read_id
from graph.lending.loading import loan_of
from graph.lending.types import Loan
from graph.payments.channels import ready
from graph.problems import Problem
from graph.scalars import Fen


@strawberry.input(description="Excess to send back through the channels it came by.")
class RefundExcessInput:
    loan_id: strawberry.ID = strawberry.field(description="The loan.")
    amount: Fen | None = strawberry.field(default=None, description="How much; all there is otherwise.")
    reason: str = strawberry.field(description="Why.")
    idempotency_key: str = strawberry.field(description="Chosen by the client, one per act.")


@strawberry.input(description="Excess that was sent back from our bank account.")
class RecordOfflineRefundInput:
    loan_id: strawberry.ID = strawberry.field(description="The loan.")
    amount: Fen = strawberry.field(description="How much.")
    value_date: date = strawberry.field(description="The day it was sent.")
    reason: str = strawberry.field(description="Why.")
    idempotency_key: str = strawberry.field(description="Chosen by the client, one per act.")


RefundExcessResult = Annotated[
    Loan | Problem, strawberry.union("RefundExcessResult", description="The loan with its refunds, or why not.")
]
RecordOfflineRefundResult = Annotated[
    Loan | Problem, strawberry.union("RecordOfflineRefundResult", description="The loan, or why not.")
]


@strawberry.type
class ExcessMutation:
    @mutation(staff(Role.CASHIER), "Send excess back by the loan's latest payments, through their channels.")
    async def refund_excess(self, info: Info, input: RefundExcessInput) -> RefundExcessResult:
        loan_id = read_id("Loan", input.loan_id, "loanId")
        async with info.context.once("refundExcess", input) as (session, at, claim):
            if claim.outcome_id is None:
                await excess.refund(
                    session,
                    loan_id=loan_id,
                    amount_fen=input.amount,
                    reason=input.reason,
                    channels=ready(info.context.house),
                    by=info.context.actor,
                    at=at,
                )
                claim.settle("Loan", loan_id)
        return await loan_of(info.context, loan_id)

    @mutation(staff(Role.CASHIER), "Take down that excess was sent back from our bank account.")
    async def record_offline_refund(self, info: Info, input: RecordOfflineRefundInput) -> RecordOfflineRefundResult:
        loan_id = read_id("Loan", input.loan_id, "loanId")
        async with info.context.once("recordOfflineRefund", input) as (session, at, claim):
            if claim.outcome_id is None:
                await excess.record_offline(
                    session,
                    loan_id=loan_id,
                    refund_id=claim.row.id,
                    amount_fen=input.amount,
                    value_date=input.value_date,
                    reason=input.reason,
                    by=info.context.actor,
                    at=at,
                )
                claim.settle("Loan", loan_id)
        return await loan_of(info.context, loan_id)
