"""Proving who one is, and that a bank card is one's own."""

from typing import Annotated
from uuid import UUID

import strawberry

from domain.borrowers import flows, queries
from domain.borrowers.services import cards, identity, uploads
from graph.access import borrower, mutation
from graph.borrowers.enums import ImageKind
from graph.borrowers.proofs import BankCard, IdentityCheck, UploadTicket
from graph.context import Context, Info
from graph.ids import read_id
from graph.patience import patiently
from graph.problems import Problem


@strawberry.input(description="A picture to upload.")
class RequestUploadInput:
    kind: ImageKind = strawberry.field(description="What it shows.")


@strawberry.input(description="Both sides of an identity card.")
class SubmitIdentityInput:
    front_image_id: strawberry.ID = strawberry.field(description="The uploaded picture of kind ID_FRONT.")
    back_image_id: strawberry.ID = strawberry.field(description="The uploaded picture of kind ID_BACK.")


@strawberry.input(description="A face.")
class VerifyFaceInput:
    image_id: strawberry.ID = strawberry.field(description="The uploaded picture of kind FACE.")


@strawberry.input(description="A bank card of one's own.")
class BindBankCardInput:
    card_number: str = strawberry.field(description="The 12 to 19 digits on the card; kept sealed while it is bound.")
    phone: str = strawberry.field(description="The phone the bank has on file; it gets the bank's code.")


@strawberry.input(description="The bank's code for a card.")
class ConfirmBankCardInput:
    bank_card_id: strawberry.ID = strawberry.field(description="The card.")
    code: str = strawberry.field(description="The six digits the bank sent.")


@strawberry.input(description="Which card to unbind.")
class UnbindBankCardInput:
    bank_card_id: strawberry.ID = strawberry.field(description="The card.")


RequestUploadResult = Annotated[
    UploadTicket | Problem, strawberry.union("RequestUploadResult", description="Where to put it, or why not.")
]
SubmitIdentityResult = Annotated[
    IdentityCheck | Problem, strawberry.union("SubmitIdentityResult", description="The check, or why not.")
]
VerifyFaceResult = Annotated[
    IdentityCheck | Problem, strawberry.union("VerifyFaceResult", description="The check, or why not.")
]
BindBankCardResult = Annotated[
    BankCard | Problem, strawberry.union("BindBankCardResult", description="The card, or why not.")
]
ConfirmBankCardResult = Annotated[
    BankCard | Problem, strawberry.union("ConfirmBankCardResult", description="The card, or why not.")
]
UnbindBankCardResult = Annotated[
    BankCard | Problem, strawberry.union("UnbindBankCardResult", description="The card, or why not.")
]


@strawberry.type
class ProvingMutations:
    @mutation(borrower, "Ask for an address to which one picture can be PUT once, within ten minutes.")
    async def request_upload(self, info: Info, input: RequestUploadInput) -> RequestUploadResult:
        async with info.context.transaction() as (session, at):
            ticket = await uploads.request(session, borrower_id=info.context.actor_id, kind=input.kind, at=at)
        return UploadTicket.of(info.context, ticket)

    @mutation(borrower, "Have both sides of the identity card read. The outcome follows in `me { identityChecks }`.")
    async def submit_identity(self, info: Info, input: SubmitIdentityInput) -> SubmitIdentityResult:
        async with info.context.transaction() as (session, at):
            check = await identity.submit(
                session,
                borrower_id=info.context.actor_id,
                front_image_id=read_id("Image", input.front_image_id, "frontImageId"),
                back_image_id=read_id("Image", input.back_image_id, "backImageId"),
                provider=info.context.house.registry.provider("identity").code,
                at=at,
            )
            return IdentityCheck.of(check)

    @mutation(
        borrower,
        "Have the face compared with the register's picture; takes a consent to FACE and an identity card that matched.",
    )
    async def verify_face(self, info: Info, input: VerifyFaceInput) -> VerifyFaceResult:
        async with info.context.transaction() as (session, at):
            check = await identity.verify_face(
                session,
                borrower_id=info.context.actor_id,
                image_id=read_id("Image", input.image_id, "imageId"),
                provider=info.context.house.registry.provider("identity").code,
                at=at,
            )
            return IdentityCheck.of(check)

    @mutation(
        borrower,
        "Begin to bind a bank card in one's proven name. The bank sends a code: go on with `confirmBankCard`. "
        "A card in status SUBMITTING or UNKNOWN is being asked about: look at it again.",
    )
    async def bind_bank_card(self, info: Info, input: BindBankCardInput) -> BindBankCardResult:
        house = info.context.house
        bank = house.registry.provider("bankcard")
        async with info.context.transaction() as (session, at):
            card = await cards.bind(
                session,
                borrower_id=info.context.actor_id,
                card_number=input.card_number,
                phone=input.phone,
                provider=bank.code,
                at=at,
            )
        await patiently(flows.begin_card(house.sessions, house.clock, bank, card_id=card.id))
        return await _as_it_is(info.context, card.id)

    @mutation(borrower, "Bind a bank card by the code the bank sent.")
    async def confirm_bank_card(self, info: Info, input: ConfirmBankCardInput) -> ConfirmBankCardResult:
        house = info.context.house
        card_id = read_id("BankCard", input.bank_card_id, "bankCardId")
        await patiently(
            flows.confirm_card(
                house.sessions,
                house.clock,
                house.registry.provider("bankcard"),
                borrower_id=info.context.actor_id,
                card_id=card_id,
                code=input.code,
            )
        )
        return await _as_it_is(info.context, card_id)

    @mutation(borrower, "Unbind a bank card; it can no longer be used, even if the bank answers late.")
    async def unbind_bank_card(self, info: Info, input: UnbindBankCardInput) -> UnbindBankCardResult:
        house = info.context.house
        card_id = read_id("BankCard", input.bank_card_id, "bankCardId")
        await patiently(
            flows.unbind_card(
                house.sessions,
                house.clock,
                house.registry.provider("bankcard"),
                borrower_id=info.context.actor_id,
                card_id=card_id,
            )
        )
        return await _as_it_is(info.context, card_id)


async def _as_it_is(context: Context, card_id: UUID) -> BankCard:
    async with context.reading() as (session, _):
        return BankCard.of(await queries.bank_card(session, card_id=card_id, borrower_id=context.actor_id))
