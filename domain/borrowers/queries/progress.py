"""How far a borrower has come on his way to a credit application, and what is still missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.models import BorrowerStatus, ConsentPurpose
from domain.borrowers.queries.cards import bound_cards
from domain.borrowers.queries.facts import (
    current_contacts,
    current_employment,
    current_profile,
    standing_consents,
)
from domain.borrowers.queries.identity import matched_card, matched_face
from domain.borrowers.queries.people import borrower

CONTACTS_NEEDED = 2


class Missing(StrEnum):
    """What a person has still to do, in the order he would do it. `REAL_NAME`: his profile says what his card does not."""

    ACCOUNT = "ACCOUNT"
    ID_CARD = "ID_CARD"
    FACE = "FACE"
    PROFILE = "PROFILE"
    REAL_NAME = "REAL_NAME"
    EMPLOYMENT = "EMPLOYMENT"
    CONTACTS = "CONTACTS"
    CONSENT_PERSONAL_DATA = "CONSENT_PERSONAL_DATA"
    CONSENT_CREDIT_REPORT = "CONSENT_CREDIT_REPORT"
    BANK_CARD = "BANK_CARD"


@dataclass(frozen=True, slots=True)
class Standing:
    """The ids of what stands of him now; None and empty are what is missing."""

    active: bool
    card_check_id: UUID | None
    face_check_id: UUID | None
    profile_id: UUID | None
    real_name: bool
    employment_id: UUID | None
    contact_ids: tuple[UUID, ...]
    consent_ids: Mapping[ConsentPurpose, UUID]
    bank_card_id: UUID | None

    def missing(self) -> list[Missing]:
        done = {
            Missing.ACCOUNT: self.active,
            Missing.ID_CARD: self.card_check_id,
            Missing.FACE: self.face_check_id,
            Missing.PROFILE: self.profile_id,
            Missing.REAL_NAME: self.real_name or not (self.card_check_id and self.face_check_id and self.profile_id),
            Missing.EMPLOYMENT: self.employment_id,
            Missing.CONTACTS: len(self.contact_ids) == CONTACTS_NEEDED,
            Missing.CONSENT_PERSONAL_DATA: ConsentPurpose.PERSONAL_DATA in self.consent_ids,
            Missing.CONSENT_CREDIT_REPORT: ConsentPurpose.CREDIT_REPORT in self.consent_ids,
            Missing.BANK_CARD: self.bank_card_id,
        }
        return [step for step in Missing if not done[step]]


async def standing(session: AsyncSession, borrower_id: UUID) -> Standing:
    """Raises BorrowerNotFound."""
    person = await borrower(session, borrower_id)
    card = await matched_card(session, borrower_id)
    profile = await current_profile(session, borrower_id)
    proven = profile is not None and profile.real_name_at is not None
    # Who was proven stays proven when he later submits a renewed card: it has to have the same number.
    face = await matched_face(session, borrower_id, card_check_id=None if proven or not card else card.id)
    employment = await current_employment(session, borrower_id)
    bound = await bound_cards(session, borrower_id)
    return Standing(
        active=person.status is BorrowerStatus.ACTIVE,
        card_check_id=card.id if card else None,
        face_check_id=face.id if face else None,
        profile_id=profile.id if profile else None,
        real_name=proven,
        employment_id=employment.id if employment else None,
        contact_ids=tuple(contact.id for contact in await current_contacts(session, borrower_id)),
        consent_ids={consent.purpose: consent.id for consent in await standing_consents(session, borrower_id)},
        bank_card_id=bound[0].id if bound else None,
    )


async def readiness(session: AsyncSession, borrower_id: UUID) -> list[Missing]:
    """What is missing before a credit application; empty: nothing. Raises BorrowerNotFound."""
    return (await standing(session, borrower_id)).missing()
