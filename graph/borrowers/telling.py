"""What a borrower tells of himself and consents to."""

from datetime import date
from typing import Annotated

import strawberry

from domain.borrowers import views
from domain.borrowers.consent_texts import CURRENT
from domain.borrowers.queries import people
from domain.borrowers.services import consents, contacts, employment, profile
from domain.borrowers.services.contacts import ContactFacts
from graph.access import borrower, mutation
from graph.borrowers.enums import ConsentPurpose, Education, Relation
from graph.borrowers.facts import Consent, Contact, ContactList, Employment, Profile
from graph.context import Info
from graph.problems import Problem
from graph.scalars import Fen


@strawberry.input(description="Who one is. What is left out is forgotten, save what the identity card says.")
class SaveProfileInput:
    name: str | None = strawberry.field(
        default=None, description="As on the identity card; may be left out once that was read."
    )
    id_number: str | None = strawberry.field(
        default=None, description="The 18 characters; may be left out once the identity card was read."
    )
    id_address: str | None = strawberry.field(default=None, description="The address on the identity card.")
    education: Education | None = strawberry.field(default=None, description="The highest education completed.")
    current_address: str | None = strawberry.field(default=None, description="Where one lives.")
    email: str | None = strawberry.field(default=None, description="An e-mail address.")


@strawberry.input(description="Where one works.")
class SaveEmploymentInput:
    employer: str = strawberry.field(description="The employer.")
    monthly_pay: Fen = strawberry.field(description="What one is paid a month.")
    phone: str | None = strawberry.field(default=None, description="The employer's phone, mobile or fixed line.")
    address: str | None = strawberry.field(default=None, description="Where one works.")
    position: str | None = strawberry.field(default=None, description="As what one works.")
    started_on: date | None = strawberry.field(default=None, description="Since when.")


@strawberry.input(description="Somebody by whom one can be located.")
class ContactInput:
    relation: Relation = strawberry.field(description="What the contact is to the borrower.")
    name: str = strawberry.field(description="The name.")
    phone: str = strawberry.field(description="A mobile number of mainland China, other than the borrower's own.")


@strawberry.input(description="Both contacts; they take the place of earlier ones.")
class SaveContactsInput:
    contacts: list[ContactInput] = strawberry.field(description="Exactly two, with different phones.")


@strawberry.input(description="A consent to give.")
class GrantConsentInput:
    purpose: ConsentPurpose = strawberry.field(description="What for.")
    text_version: str | None = strawberry.field(
        default=None,
        description="The version that was shown, from `consentTexts`; another is refused. Left out: the one in force.",
    )


@strawberry.input(description="A consent to end.")
class RevokeConsentInput:
    purpose: ConsentPurpose = strawberry.field(description="What it was given for.")


SaveProfileResult = Annotated[
    Profile | Problem, strawberry.union("SaveProfileResult", description="The profile as it is now, or why not.")
]
SaveEmploymentResult = Annotated[
    Employment | Problem,
    strawberry.union("SaveEmploymentResult", description="The employment as it is now, or why not."),
]
SaveContactsResult = Annotated[
    ContactList | Problem,
    strawberry.union("SaveContactsResult", description="The contacts as they are now, or why not."),
]
GrantConsentResult = Annotated[
    Consent | Problem, strawberry.union("GrantConsentResult", description="The standing consent, or why not.")
]
RevokeConsentResult = Annotated[
    Consent | Problem, strawberry.union("RevokeConsentResult", description="The ended consent, or why not.")
]


@strawberry.type
class TellingMutations:
    @mutation(borrower, "Say who one is: a new version of the profile.")
    async def save_profile(self, info: Info, input: SaveProfileInput) -> SaveProfileResult:
        async with info.context.transaction() as (session, at):
            row = await profile.save(
                session,
                borrower_id=info.context.actor_id,
                name=input.name,
                id_number=input.id_number,
                id_address=input.id_address,
                education=input.education,
                current_address=input.current_address,
                email=input.email,
                at=at,
            )
            return Profile.of(views.profile(row, await people.box_of(session, row.borrower_id)))

    @mutation(borrower, "Say where one works: a new version of the employment.")
    async def save_employment(self, info: Info, input: SaveEmploymentInput) -> SaveEmploymentResult:
        async with info.context.transaction() as (session, at):
            row = await employment.save(
                session,
                borrower_id=info.context.actor_id,
                employer=input.employer,
                monthly_pay_fen=input.monthly_pay,
                phone=input.phone,
                address=input.address,
                position=input.position,
                started_on=input.started_on,
                at=at,
            )
            return Employment.of(row, views.employer_phone(row, await people.box_of(session, row.borrower_id)))

    @mutation(
        borrower, "Name both contacts anew. They are kept to locate the borrower and never contacted by a program."
    )
    async def save_contacts(self, info: Info, input: SaveContactsInput) -> SaveContactsResult:
        named = [ContactFacts(contact.relation, contact.name, contact.phone) for contact in input.contacts]
        async with info.context.transaction() as (session, at):
            rows = await contacts.save(session, borrower_id=info.context.actor_id, contacts=named, at=at)
            box = await people.box_of(session, info.context.actor_id)
            return ContactList(contacts=[Contact.of(views.contact(row, box)) for row in rows])

    @mutation(borrower, "Consent to one purpose. A consent to the text in force that stands already is returned.")
    async def grant_consent(self, info: Info, input: GrantConsentInput) -> GrantConsentResult:
        async with info.context.transaction() as (session, at):
            row = await consents.grant(
                session,
                borrower_id=info.context.actor_id,
                purpose=input.purpose,
                text_version=input.text_version or CURRENT[input.purpose].version,
                at=at,
            )
            return Consent.of(row)

    @mutation(borrower, "End a consent. What was done by it stays done.")
    async def revoke_consent(self, info: Info, input: RevokeConsentInput) -> RevokeConsentResult:
        async with info.context.transaction() as (session, at):
            row = await consents.revoke(session, borrower_id=info.context.actor_id, purpose=input.purpose, at=at)
            return Consent.of(row)
