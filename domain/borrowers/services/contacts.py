"""The two people by whom a borrower can be located, never contacted by a program."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.errors import OwnPhone, SameContact, TwoContacts
from domain.borrowers.models import Contact, Relation
from domain.borrowers.queries import facts, people
from domain.borrowers.queries.progress import CONTACTS_NEEDED
from domain.borrowers.rules import names, phones
from domain.shared.crypto import keyring_of


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """A contact as he was told to us."""

    relation: Relation
    name: str = field(repr=False)
    phone: str = field(repr=False)


async def save(
    session: AsyncSession, *, borrower_id: UUID, contacts: Sequence[ContactFacts], at: datetime
) -> list[Contact]:
    """Name both contacts anew; the earlier ones stay on record. Who once opted out stays opted out.

    Raises TwoContacts, BadName, NotAMobile, OwnPhone, SameContact, AccountFrozen, AccountClosed.
    """
    borrower = await people.lock_active(session, borrower_id)
    if len(contacts) != CONTACTS_NEEDED:
        raise TwoContacts(fields=("contacts",))
    keyring = keyring_of(session)
    box = borrower.box(keyring)
    read = [_read(contact, ordinal) for ordinal, contact in enumerate(contacts)]
    _check_phones([contact.phone for contact in read], own=box.open("phone", borrower.phone_sealed))
    for earlier in await facts.current_contacts(session, borrower_id):
        earlier.superseded_at = at
    await session.flush()
    rows: list[Contact] = []
    for ordinal, contact in enumerate(read, start=1):
        index = keyring.index("phone", contact.phone)
        rows.append(
            Contact(
                borrower_id=borrower_id,
                ordinal=ordinal,
                relation=contact.relation,
                name_sealed=box.seal("name", contact.name),
                phone_sealed=box.seal("phone", contact.phone),
                phone_index=index,
                opted_out_at=await facts.opted_out(session, borrower_id=borrower_id, phone_index=index),
                created_at=at,
            )
        )
    session.add_all(rows)
    await session.flush()
    return rows


async def opt_out(session: AsyncSession, *, contact: Contact, at: datetime) -> None:
    """He is not to be approached any more, whatever name the borrower gives him later. Saying it again changes nothing."""
    said = contact.opted_out_at or at
    rows = select(Contact).where(
        Contact.borrower_id == contact.borrower_id,
        Contact.phone_index == contact.phone_index,
        Contact.opted_out_at.is_(None),
    )
    for row in await session.scalars(rows):
        row.opted_out_at = said
    await session.flush()


def _read(contact: ContactFacts, ordinal: int) -> ContactFacts:
    where = f"contacts.{ordinal}"
    return ContactFacts(
        relation=contact.relation,
        name=names.read(contact.name, field=f"{where}.name"),
        phone=phones.mobile(contact.phone, field=f"{where}.phone"),
    )


def _check_phones(given: list[str], *, own: str) -> None:
    for ordinal, phone in enumerate(given):
        if phone == own:
            raise OwnPhone(fields=(f"contacts.{ordinal}.phone",))
    if len(set(given)) < len(given):
        raise SameContact(fields=tuple(f"contacts.{ordinal}.phone" for ordinal in range(len(given))))
