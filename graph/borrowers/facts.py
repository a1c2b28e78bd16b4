"""What a borrower told of himself, masked: profile, employment, contacts, consents."""

from datetime import date, datetime

import strawberry

from domain.borrowers import consent_texts, models, views
from graph.borrowers.enums import ConsentPurpose, Education, Relation
from graph.ids import global_id
from graph.node import Node
from graph.scalars import Fen


@strawberry.type(description="Who a borrower is, as he last said, masked.")
class Profile:
    version: int = strawberry.field(description="Which version it is, from 1.")
    name: str = strawberry.field(description="The name, masked.")
    id_type: str = strawberry.field(description='The kind of identity document: "RESIDENT_ID".')
    id_number: str = strawberry.field(description="The identity number, masked: 110***********1234.")
    id_address: str | None = strawberry.field(description="The address on the identity card, masked.")
    education: Education | None = strawberry.field(description="The highest education completed.")
    current_address: str | None = strawberry.field(description="Where he lives, masked.")
    email: str | None = strawberry.field(description="The e-mail address, masked.")
    real_name_at: datetime | None = strawberry.field(description="When card and face proved name and number.")
    saved_at: datetime = strawberry.field(description="When it was saved.")

    @classmethod
    def of(cls, view: views.ProfileView) -> "Profile":
        return cls(
            version=view.version,
            name=view.name,
            id_type=view.id_type,
            id_number=view.id_number,
            id_address=view.id_address,
            education=view.education,
            current_address=view.current_address,
            email=view.email,
            real_name_at=view.real_name_at,
            saved_at=view.saved_at,
        )


@strawberry.type(description="Where a borrower works, as he last said.")
class Employment:
    version: int = strawberry.field(description="Which version it is, from 1.")
    employer: str = strawberry.field(description="The employer.")
    phone: str | None = strawberry.field(description="The employer's phone, masked.")
    address: str | None = strawberry.field(description="Where he works.")
    position: str | None = strawberry.field(description="As what he works.")
    monthly_pay: Fen = strawberry.field(description="What he is paid a month.")
    started_on: date | None = strawberry.field(description="Since when he works there.")
    saved_at: datetime = strawberry.field(description="When it was saved.")

    @classmethod
    def of(cls, row: models.Employment, phone: str | None) -> "Employment":
        return cls(
            version=row.version,
            employer=row.employer,
            phone=phone,
            address=row.address,
            position=row.position,
            monthly_pay=Fen(row.monthly_pay_fen),
            started_on=row.started_on,
            saved_at=row.created_at,
        )


@strawberry.type(description="Somebody by whom a borrower can be located; never contacted by a program.")
class Contact:
    relation: Relation = strawberry.field(description="What the contact is to the borrower.")
    name: str = strawberry.field(description="The name, masked.")
    phone: str = strawberry.field(description="The phone, masked.")
    opted_out: bool = strawberry.field(description="Whether the contact has asked not to be approached.")

    @classmethod
    def of(cls, view: views.ContactView) -> "Contact":
        return cls(relation=view.relation, name=view.name, phone=view.phone, opted_out=view.opted_out)


@strawberry.type(description="The contacts as they are now.")
class ContactList:
    contacts: list[Contact] = strawberry.field(description="In the order in which they were named.")


@strawberry.type(description="A consent, standing or revoked.")
class Consent(Node):
    id: strawberry.ID = strawberry.field(description="Its id.")
    purpose: ConsentPurpose = strawberry.field(description="What it is for.")
    scope: str = strawberry.field(description="What it covers.")
    text_version: str = strawberry.field(description="Which text was agreed to.")
    text_hash: str = strawberry.field(description="SHA-256 of that text, in hexadecimal.")
    granted_at: datetime = strawberry.field(description="When it was given.")
    revoked_at: datetime | None = strawberry.field(description="When it ended; null while it stands.")

    @classmethod
    def of(cls, row: models.Consent) -> "Consent":
        return cls(
            id=global_id("Consent", row.id),
            purpose=row.purpose,
            scope=row.scope,
            text_version=row.text_version,
            text_hash=row.text_hash.hex(),
            granted_at=row.granted_at,
            revoked_at=row.revoked_at,
        )


@strawberry.type(description="A text to show before a consent to it is asked for.")
class ConsentText:
    purpose: ConsentPurpose = strawberry.field(description="What the consent is for.")
    version: str = strawberry.field(description="Which version is in force; give it to `grantConsent`.")
    scope: str = strawberry.field(description="What the consent covers.")
    text: str = strawberry.field(description="The text, by Accept-Language.")
    hash: str = strawberry.field(description="SHA-256 by which a consent names this text, in hexadecimal.")

    @classmethod
    def of(cls, text: consent_texts.ConsentText, language: str) -> "ConsentText":
        return cls(
            purpose=text.purpose,
            version=text.version,
            scope=text.scope,
            text=text.body(language),
            hash=text.hash.hex(),
        )
