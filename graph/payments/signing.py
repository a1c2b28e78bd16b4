"""Signing a mandate, and taking it back."""

from typing import Annotated
from uuid import UUID

import strawberry

from domain.lending.queries.withholding import next_due
from domain.payments import queries
from domain.payments.flows import mandates as flows
from domain.payments.services import mandates
from domain.shared.days import business_day
from graph.access import borrower, mutation
from graph.context import Context, Info
from graph.ids import read_id, read_optional_id
from graph.patience import patiently
from graph.payments.channels import offered
from graph.payments.mandates import Mandate
from graph.problems import Problem


@strawberry.input(description="What may be debited, by which channel.")
class SignMandateInput:
    channel: str = strawberry.field(description="The code of a channel that says autodebit.")
    idempotency_key: str = strawberry.field(description="Chosen by the client, one per act.")
    bank_card_id: strawberry.ID | None = strawberry.field(
        default=None, description="A bound card of one's own; left out where the channel does not say mandateCard."
    )
    return_url: str | None = strawberry.field(
        default=None, description="Where a page to sign on sends the browser after."
    )


@strawberry.input(description="The code one received to sign a mandate.")
class ConfirmMandateInput:
    mandate_id: strawberry.ID = strawberry.field(description="The mandate.")
    code: str = strawberry.field(description="The code.")


@strawberry.input(description="A mandate one takes back.")
class RevokeMandateInput:
    mandate_id: strawberry.ID = strawberry.field(description="The mandate.")


SignMandateResult = Annotated[
    Mandate | Problem, strawberry.union("SignMandateResult", description="The mandate, or why not.")
]
ConfirmMandateResult = Annotated[
    Mandate | Problem, strawberry.union("ConfirmMandateResult", description="The mandate, or why not.")
]
RevokeMandateResult = Annotated[
    Mandate | Problem, strawberry.union("RevokeMandateResult", description="The mandate, or why not.")
]


@strawberry.type
class MandatesMutation:
    @mutation(
        borrower,
        "Let what falls due on one's loans be debited from a card, or from an account at the channel. Answers within 5 "
        "seconds with the terms and with what to do next to sign them; a mandate in status UNKNOWN is being asked about: "
        "look at it again.",
    )
    async def sign_mandate(self, info: Info, input: SignMandateInput) -> SignMandateResult:
        house = info.context.house
        offer = offered(house, input.channel)
        async with info.context.once("signMandate", input) as (session, at, claim):
            if claim.outcome_id is None:
                made = await mandates.request(
                    session,
                    borrower_id=info.context.actor_id,
                    bank_card_id=read_optional_id("BankCard", input.bank_card_id, "bankCardId"),
                    channel=offer,
                    at=at,
                    return_url=input.return_url,
                    first_due_on=await next_due(session, info.context.actor_id, business_day(at)),
                )
                claim.settle("Mandate", made.id)
        channel = house.registry.channel(offer.code)
        await patiently(flows.begin(house.sessions, house.clock, channel, mandate_id=claim.done))
        return await _as_it_is(info.context, claim.done)

    @mutation(borrower, "Sign a mandate by the code one received.")
    async def confirm_mandate(self, info: Info, input: ConfirmMandateInput) -> ConfirmMandateResult:
        house = info.context.house
        mandate_id = read_id("Mandate", input.mandate_id, "mandateId")
        await patiently(
            flows.confirm(
                house.sessions,
                house.clock,
                house.registry.ready_channels(),
                mandate_id=mandate_id,
                borrower_id=info.context.actor_id,
                code=input.code,
            )
        )
        return await _as_it_is(info.context, mandate_id)

    @mutation(
        borrower, "Take a mandate back: from now on nothing is debited under it, even if the channel answers late."
    )
    async def revoke_mandate(self, info: Info, input: RevokeMandateInput) -> RevokeMandateResult:
        house = info.context.house
        mandate_id = read_id("Mandate", input.mandate_id, "mandateId")
        await patiently(
            flows.revoke(
                house.sessions,
                house.clock,
                house.registry.ready_channels(),
                mandate_id=mandate_id,
                borrower_id=info.context.actor_id,
            )
        )
        return await _as_it_is(info.context, mandate_id)


async def _as_it_is(context: Context, mandate_id: UUID) -> Mandate:
    async with context.reading() as (session, _):
        return Mandate.of(await queries.mandate_of(session, mandate_id, context.actor_id))
