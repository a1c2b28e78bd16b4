"""Paying."""

from typing import Annotated

import strawberry

from domain.lending.services import repayment
from domain.payments import flows, queries
from graph.access import borrower, mutation
from graph.context import Info
from graph.ids import read_id
from graph.lending.enums import RepaymentIntent
from graph.payments.channels import offered
from graph.payments.sending import sent
from graph.payments.types import PaymentProduct, RepaymentOrder
from graph.problems import Problem
from graph.scalars import Fen


@strawberry.input(description="What one wants to pay, for which loan, by which channel.")
class CreateRepaymentInput:
    loan_id: strawberry.ID = strawberry.field(description="The loan.")
    intent: RepaymentIntent = strawberry.field(description="What it is for.")
    amount: Fen | None = strawberry.field(
        default=None, description="How much. Without it: what is due or falls due next, or the payoff."
    )
    channel: str | None = strawberry.field(
        default=None,
        description="The channel's code, as paymentChannels lists it. Without it we choose, and go on to another if it "
        "fails before there is anything to pay with.",
    )
    product: PaymentProduct = strawberry.field(description="The way to pay.")
    return_url: str | None = strawberry.field(default=None, description="Where the channel sends the browser after.")
    payer_id: str | None = strawberry.field(
        default=None, description="Who pays, as the channel knows him inside its own app (openid); JSAPI needs it."
    )
    idempotency_key: str = strawberry.field(description="Chosen by the client, one per act.")


@strawberry.input(description="An order of one's own that one will not pay.")
class CloseRepaymentInput:
    order_id: strawberry.ID = strawberry.field(description="The order.")


CreateRepaymentResult = Annotated[
    RepaymentOrder | Problem, strawberry.union("CreateRepaymentResult", description="The order, or why not.")
]
CloseRepaymentResult = Annotated[
    RepaymentOrder | Problem, strawberry.union("CloseRepaymentResult", description="The order, or why not.")
]


@strawberry.type
class PaymentsMutation:
    @mutation(
        borrower,
        "Ask to pay. Answers within 5 seconds, with what to do next if the channel has said so by then; else ask for "
        "the order again.",
    )
    async def create_repayment(self, info: Info, input: CreateRepaymentInput) -> CreateRepaymentResult:
        house = info.context.house
        async with info.context.once("createRepayment", input) as (session, at, claim):
            if claim.outcome_id is None:
                made = await repayment.request(
                    session,
                    borrower_id=info.context.actor_id,
                    loan_id=read_id("Loan", input.loan_id, "loanId"),
                    intent=input.intent,
                    amount_fen=input.amount,
                    channel=None if input.channel is None else offered(house, input.channel),
                    product=input.product.value,
                    return_url=input.return_url,
                    at=at,
                    candidates=house.registry.candidates(),
                )
                claim.settle("RepaymentOrder", made.id)
        return await sent(info.context, claim.done, payer_id=input.payer_id)

    @mutation(borrower, "Close an order at its channel, so that it can no longer be paid.")
    async def close_repayment(self, info: Info, input: CloseRepaymentInput) -> CloseRepaymentResult:
        house = info.context.house
        async with info.context.reading() as (session, _):
            row = await queries.order_of(
                session, read_id("RepaymentOrder", input.order_id, "orderId"), info.context.actor_id
            )
        channel = house.registry.channel(offered(house, row.channel).code)
        order = await flows.close(house.sessions, house.clock, channel, order_id=row.id)
        return RepaymentOrder.of(order)
