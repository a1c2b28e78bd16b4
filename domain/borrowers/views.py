"""What may be shown of a borrower without a reason: masked, by one rule for the app and the console alike."""

from dataclasses import dataclass
from datetime import datetime

from domain.borrowers.models import (
    BankCard,
    Borrower,
    Contact,
    Education,
    Employment,
    Profile,
    Relation,
)
from domain.borrowers.rules import masks
from domain.shared.crypto import Box, Keyring


@dataclass(frozen=True, slots=True)
class ProfileView:
    version: int
    name: str
    id_type: str
    id_number: str
    id_address: str | None
    education: Education | None
    current_address: str | None
    email: str | None
    real_name_at: datetime | None
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class ContactView:
    relation: Relation
    name: str
    phone: str
    opted_out: bool


def phone(borrower: Borrower, keyring: Keyring) -> str:
    """138****1234"""
    return masks.phone(borrower.box(keyring).open("phone", borrower.phone_sealed))


def profile(row: Profile, box: Box) -> ProfileView:
    """`box` is the borrower's: `borrower.box(keyring)`."""

    def masked(field: str, sealed: bytes | None, mask: masks.Mask) -> str | None:
        return mask(box.open(field, sealed)) if sealed else None

    return ProfileView(
        version=row.version,
        name=masks.name(box.open("name", row.name_sealed)),
        id_type=row.id_type,
        id_number=masks.id_number(box.open("id_number", row.id_number_sealed)),
        id_address=masked("id_address", row.id_address_sealed, masks.address),
        education=row.education,
        current_address=masked("current_address", row.current_address_sealed, masks.address),
        email=masked("email", row.email_sealed, masks.email),
        real_name_at=row.real_name_at,
        saved_at=row.created_at,
    )


def employer_phone(row: Employment, box: Box) -> str | None:
    return masks.phone(box.open("phone", row.phone_sealed)) if row.phone_sealed else None


def contact(row: Contact, box: Box) -> ContactView:
    return ContactView(
        relation=row.relation,
        name=masks.name(box.open("name", row.name_sealed)),
        phone=masks.phone(box.open("phone", row.phone_sealed)),
        opted_out=row.opted_out_at is not None,
    )


def card(row: BankCard) -> str:
    """**** 1234"""
    return masks.card(row.last4)


def card_phone(row: BankCard, box: Box) -> str:
    """The phone the bank has on file, masked."""
    return masks.phone(box.open("phone", row.phone_sealed))
