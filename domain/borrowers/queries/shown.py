"""What is shown of many borrowers at once: one SQL for all of them, masked by `views`, newest first."""

from collections import defaultdict
from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers import views
from domain.borrowers.models import (
    BankCard,
    Borrower,
    BorrowerStatus,
    Consent,
    Contact,
    Employment,
    IdentityCheck,
    Image,
    Profile,
)
from domain.borrowers.queries import cards, facts, identity, people
from domain.borrowers.rules import phones as phone_numbers
from domain.borrowers.views import ContactView, ProfileView
from domain.shared.crypto import keyring_of
from domain.shared.paging import Order

MOST = 50
"""How many cards, checks and consents of one borrower are shown at once."""

OwnedT = TypeVar("OwnedT", BankCard, Consent, IdentityCheck, Image)
ListedT = TypeVar("ListedT", BankCard, Consent, IdentityCheck)

# Whose data key is forgotten, of him nothing sealed is shown.
_READABLE = Borrower.data_key.is_not(None)


async def owned(session: AsyncSession, kind: type[OwnedT], key: UUID, *, owner: UUID | None) -> OwnedT | None:
    """A thing of this borrower's; with None, whoever's it is."""
    row = await session.get(kind, key)
    return row if row is not None and owner in (None, row.borrower_id) else None


def listed(
    session: AsyncSession,
    *,
    status: BorrowerStatus | None = None,
    phone: str | None = None,
    number: str | None = None,
) -> Select[Borrower]:
    """The staff's list, for `paging.rows_in` by `people.BY_REGISTRATION`. A phone is found whole only. Raises NotAMobile."""
    index = keyring_of(session).index("phone", phone_numbers.mobile(phone)) if phone else None
    rows = people.borrowers(status=status, phone_index=index)
    return rows if number is None else rows.where(Borrower.number == number)


async def borrowers(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, Borrower]:
    return {row.id: row for row in await session.scalars(select(Borrower).where(Borrower.id.in_(ids)))}


async def phones(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, str]:
    """138****1234 by borrower."""
    keyring = keyring_of(session)
    rows = await session.scalars(select(Borrower).where(Borrower.id.in_(ids), _READABLE))
    return {row.id: views.phone(row, keyring) for row in rows}


async def profiles(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, ProfileView]:
    """What holds now, by borrower."""
    keyring = keyring_of(session)
    found = await session.execute(
        select(Profile, Borrower)
        .join(Borrower, Borrower.id == Profile.borrower_id)
        .where(Profile.borrower_id.in_(ids), Profile.superseded_at.is_(None), _READABLE)
    )
    return {owner.id: views.profile(row, owner.box(keyring)) for row, owner in found}


async def employments(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, tuple[Employment, str | None]]:
    """What holds now, with the employer's phone masked, by borrower."""
    keyring = keyring_of(session)
    found = await session.execute(
        select(Employment, Borrower)
        .join(Borrower, Borrower.id == Employment.borrower_id)
        .where(Employment.borrower_id.in_(ids), Employment.superseded_at.is_(None), _READABLE)
    )
    return {owner.id: (row, views.employer_phone(row, owner.box(keyring))) for row, owner in found}


async def contacts(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, list[ContactView]]:
    """In the order he named them, by borrower."""
    keyring = keyring_of(session)
    found = await session.execute(
        select(Contact, Borrower)
        .join(Borrower, Borrower.id == Contact.borrower_id)
        .where(Contact.borrower_id.in_(ids), Contact.superseded_at.is_(None), _READABLE)
        .order_by(Contact.ordinal)
    )
    shown: defaultdict[UUID, list[ContactView]] = defaultdict(list)
    for row, owner in found:
        shown[owner.id].append(views.contact(row, owner.box(keyring)))
    return dict(shown)


async def bank_cards(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, list[BankCard]]:
    return await _newest(session, BankCard, cards.BY_CREATION, ids)


async def card_phones(session: AsyncSession, card_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The phone the bank has on file, masked, by card."""
    keyring = keyring_of(session)
    found = await session.execute(
        select(BankCard, Borrower)
        .join(Borrower, Borrower.id == BankCard.borrower_id)
        .where(BankCard.id.in_(card_ids), _READABLE)
    )
    return {card.id: views.card_phone(card, owner.box(keyring)) for card, owner in found}


async def identity_checks(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, list[IdentityCheck]]:
    return await _newest(session, IdentityCheck, identity.BY_CREATION, ids)


async def consents(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, list[Consent]]:
    """Standing and revoked."""
    return await _newest(session, Consent, facts.BY_GRANT, ids)


async def _newest(
    session: AsyncSession, kind: type[ListedT], order: Order, ids: Sequence[UUID]
) -> dict[UUID, list[ListedT]]:
    newest = tuple(key.desc() for key in order.keys)
    place = func.row_number().over(partition_by=kind.borrower_id, order_by=newest).label("place")
    ranked = select(kind.id, place).where(kind.borrower_id.in_(ids)).subquery()
    rows = await session.scalars(
        select(kind).join(ranked, ranked.c.id == kind.id).where(ranked.c.place <= MOST).order_by(*newest)
    )
    found: defaultdict[UUID, list[ListedT]] = defaultdict(list)
    for row in rows:
        found[row.borrower_id].append(row)
    return dict(found)
