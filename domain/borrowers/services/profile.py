"""A borrower's basic facts, versioned, and the moment at which his name is proven."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.errors import IdentityMissing, IdentityTaken, NotAsOnCard
from domain.borrowers.models import Borrower, Education, Profile
from domain.borrowers.queries import facts, identity, people
from domain.borrowers.rules import identity_numbers, names, texts
from domain.borrowers.rules.card_fields import CardFields
from domain.shared.crypto import keyring_of
from domain.shared.days import business_day


async def save(
    session: AsyncSession,
    *,
    borrower_id: UUID,
    at: datetime,
    name: str | None = None,
    id_number: str | None = None,
    id_address: str | None = None,
    education: Education | None = None,
    current_address: str | None = None,
    email: str | None = None,
) -> Profile:
    """A new version of his profile; the one before it stays as it was.

    Once his identity card was read, name and number have to be what it says, and may be left out.
    Raises IdentityMissing, NotAsOnCard, IdentityTaken, BadName, BadIdNumber, UnderAge, BadText, BadEmail,
    AccountFrozen, AccountClosed.
    """
    borrower = await people.lock_active(session, borrower_id)
    keyring = keyring_of(session)
    box = borrower.box(keyring)
    card = await card_fields(session, borrower)
    person = _as_on_card(name, id_number, card)
    full_name = names.read(person[0])
    number = identity_numbers.of_an_adult(person[1], today=business_day(at))
    earlier = await facts.current_profile(session, borrower_id)
    row = Profile(
        borrower_id=borrower_id,
        version=earlier.version + 1 if earlier else 1,
        name_sealed=box.seal("name", full_name),
        id_number_sealed=box.seal("id_number", number.text),
        id_number_index=keyring.index("id_number", number.text),
        education=education,
        created_at=at,
    )
    for field, text in (
        ("id_address", texts.optional(id_address or (card.address if card else None), field="idAddress", most=200)),
        ("current_address", texts.optional(current_address, field="currentAddress", least=5, most=200)),
        ("email", texts.email(email)),
    ):
        setattr(row, f"{field}_sealed", box.seal(field, text) if text else None)
    if earlier:
        earlier.superseded_at = at
        await session.flush()
    if await _is_proven(session, borrower_id):
        if await facts.proven_elsewhere(session, id_number_index=row.id_number_index, borrower_id=borrower_id):
            raise IdentityTaken(fields=("idNumber",))
        row.real_name_at = earlier.real_name_at if earlier and earlier.real_name_at else at
    session.add(row)
    await session.flush()
    return row


async def prove(session: AsyncSession, *, borrower: Borrower, at: datetime) -> None:
    """Card and face have just matched: if the profile says what the card says, its name is proven from now on."""
    profile = await facts.current_profile(session, borrower.id)
    card = await card_fields(session, borrower)
    if profile is None or card is None or profile.real_name_at is not None:
        return
    said = await facts.opened_identity(session, profile)
    if names.same(said.name.reveal(), card.name) and said.id_number.reveal() == card.id_number:
        profile.real_name_at = at
        await session.flush()


async def card_fields(session: AsyncSession, borrower: Borrower) -> CardFields | None:
    """What was read off his identity card, if it matched."""
    check = await identity.matched_card(session, borrower.id)
    if check is None or check.fields_sealed is None:
        return None
    return CardFields.read(borrower.box(keyring_of(session)).open("fields", check.fields_sealed))


async def _is_proven(session: AsyncSession, borrower_id: UUID) -> bool:
    profile = await facts.current_profile(session, borrower_id)
    if profile is not None and profile.real_name_at is not None:
        return True
    card = await identity.matched_card(session, borrower_id)
    return card is not None and bool(await identity.matched_face(session, borrower_id, card_check_id=card.id))


def _as_on_card(name: str | None, id_number: str | None, card: CardFields | None) -> tuple[str, str]:
    """The name and the number to keep. Raises IdentityMissing, NotAsOnCard with the fields that differ."""
    name, id_number = name or None, id_number or None
    if card is None:
        if name is None or id_number is None:
            raise IdentityMissing(fields=tuple(k for k, v in (("name", name), ("idNumber", id_number)) if v is None))
        return name, id_number
    differs: list[str] = []
    if name is not None and not names.same(name, card.name):
        differs.append("name")
    if id_number is not None and id_number.strip().upper() != card.id_number:
        differs.append("idNumber")
    if differs:
        raise NotAsOnCard(fields=tuple(differs))
    return card.name, card.id_number
