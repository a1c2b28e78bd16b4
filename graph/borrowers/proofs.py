"""What a borrower proved: pictures, identity checks, bank cards."""

from datetime import datetime
from uuid import UUID

import strawberry

from domain.borrowers import models, views
from domain.borrowers.queries import shown
from domain.borrowers.services.uploads import UploadTicket as Ticket
from graph.borrowers.enums import (
    CardRefusal,
    CardStatus,
    CheckKind,
    CheckReason,
    CheckStatus,
    ImageKind,
    ImageStatus,
)
from graph.context import Context, Info
from graph.ids import global_id
from graph.loaders import loader
from graph.node import Node


@strawberry.type(description="A picture that is to be uploaded or was. It is never shown again.")
class Image(Node):
    id: strawberry.ID = strawberry.field(description="Its id.")
    kind: ImageKind = strawberry.field(description="What it shows.")
    status: ImageStatus = strawberry.field(description="What became of it.")

    @classmethod
    def of(cls, row: models.Image) -> "Image":
        return cls(id=global_id("Image", row.id), kind=row.kind, status=row.status)


@strawberry.type(description="Where to put one picture, once.")
class UploadTicket:
    url: str = strawberry.field(
        description="PUT the bytes of one JPEG or PNG here, at most 5 MB; 201 when it is kept. The address is a secret."
    )
    expires_at: datetime = strawberry.field(description="Until when, in business time.")
    image: Image = strawberry.field(description="The picture it will be.")

    @classmethod
    def of(cls, context: Context, ticket: Ticket) -> "UploadTicket":
        return cls(
            url=f"{context.house.settings.base_url}/uploads/{ticket.token.reveal()}",
            expires_at=ticket.until,
            image=Image(id=global_id("Image", ticket.image_id), kind=ticket.kind, status=models.ImageStatus.REQUESTED),
        )


@strawberry.type(description="A check of an identity card or a face.")
class IdentityCheck(Node):
    id: strawberry.ID = strawberry.field(description="Its id.")
    kind: CheckKind = strawberry.field(description="What is looked at.")
    status: CheckStatus = strawberry.field(description="How far it has come.")
    reason: CheckReason | None = strawberry.field(description="Why it did not match.")
    created_at: datetime = strawberry.field(description="When it was asked for.")
    finished_at: datetime | None = strawberry.field(description="When the outcome was known.")

    @classmethod
    def of(cls, row: models.IdentityCheck) -> "IdentityCheck":
        return cls(
            id=global_id("IdentityCheck", row.id),
            kind=row.kind,
            status=row.status,
            reason=row.reason,
            created_at=row.created_at,
            finished_at=row.finished_at,
        )


@strawberry.type(
    description="A bank card of a borrower, verified with the bank by name, identity number, card and phone."
)
class BankCard(Node):
    key: strawberry.Private[UUID]
    id: strawberry.ID = strawberry.field(description="Its id.")
    status: CardStatus = strawberry.field(description="How far its binding has come.")
    number: str = strawberry.field(description="The card number, masked: **** 1234.")
    last4: str = strawberry.field(description="The last four digits.")
    bank_name: str | None = strawberry.field(description="The bank, once it has answered.")
    refusal: CardRefusal | None = strawberry.field(description="Why the binding came to nothing.")
    created_at: datetime = strawberry.field(description="When the binding was begun.")
    bound_at: datetime | None = strawberry.field(description="Since when it can be used.")
    unbound_at: datetime | None = strawberry.field(description="When it was unbound.")

    @classmethod
    def of(cls, row: models.BankCard) -> "BankCard":
        return cls(
            key=row.id,
            id=global_id("BankCard", row.id),
            status=row.status,
            number=views.card(row),
            last4=row.last4,
            bank_name=row.bank_name,
            refusal=row.refusal,
            created_at=row.created_at,
            bound_at=row.bound_at,
            unbound_at=row.unbound_at,
        )

    @strawberry.field(description="The phone the bank has on file, masked; null once it is forgotten.")
    async def phone(self, info: Info) -> str | None:
        return await loader(info.context, shown.card_phones).load(self.key)
