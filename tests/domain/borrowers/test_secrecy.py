"""Nothing personal lies in the clear, in no table, in no repr; what is shown is masked; what is revealed is written down."""

import logging
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers import queries, views
from domain.borrowers.errors import BadText, NothingToReveal
from domain.borrowers.models import Borrower, Profile
from domain.borrowers.services import profile
from domain.borrowers.services.reveal import PersonalField, reveal
from domain.models import Base
from domain.shared.actors import Actor, ActorKind, Role
from domain.shared.audit import AuditRecord
from domain.shared.crypto import keyring_of
from domain.shared.db import Sessions
from domain.shared.ids import new_id
from tests.domain.borrowers.builders import (
    CARD_NUMBER,
    ID_NUMBER,
    NAME,
    NOW,
    PHONE,
    Hands,
    awaiting_code_in,
    bound_in,
    employed,
    proven_in,
    with_contacts,
)

ADDRESS, EMAIL = "上海市浦东新区某路二号", "wang@example.com"
PERSONAL = {
    "phone": PHONE,
    "name": NAME,
    "identity number": ID_NUMBER,
    "address on the card": "北京市东城区某街一号",
    "address": ADDRESS,
    "e-mail": EMAIL,
    "card": CARD_NUMBER,
    "token": "token-of-the-card",
    "contact's phone": "13700001111",
    "contact's name": "李四",
    "device": "a-device",
    "address of the network": "203.0.113.77",
    "place": "wx4g0ec1",
}


@pytest.fixture
def sessions(alone: Sessions) -> Sessions:
    return alone


@pytest.fixture
async def person(sessions: Sessions, caplog: pytest.LogCaptureFixture) -> UUID:
    """One who has told and proved everything, and has a second card waiting for its code."""
    hands = Hands()
    with caplog.at_level(logging.DEBUG):
        borrower_id = await proven_in(sessions, hands)
        await bound_in(sessions, hands, borrower_id)
        await awaiting_code_in(sessions, hands, borrower_id, number="4111111111111111")
        async with sessions.begin() as session:
            await employed(session, borrower_id)
            await with_contacts(session, borrower_id)
            await profile.save(session, borrower_id=borrower_id, at=NOW, current_address=ADDRESS, email=EMAIL)
    return borrower_id


async def everything(session: AsyncSession) -> str:
    rows: list[str] = []
    for table in Base.metadata.sorted_tables:
        rows += await session.scalars(text(f'SELECT row_to_json(t)::text FROM "{table.name}" t'))
    return "\n".join(rows)


async def test_nothing_personal_lies_in_the_clear(sessions: Sessions, person: UUID) -> None:
    async with sessions() as session:
        kept = await everything(session)

    assert str(person) in kept
    for what, secret in PERSONAL.items():
        assert secret not in kept, what
        # Columns of bytes show as hex.
        assert secret.encode().hex() not in kept, what


async def test_nothing_personal_is_in_a_repr_or_a_log(
    sessions: Sessions, person: UUID, caplog: pytest.LogCaptureFixture
) -> None:
    async with sessions() as session:
        card = (await queries.bound_cards(session, person))[0]
        shown = [
            repr(thing)
            for thing in (
                await queries.borrower(session, person),
                await queries.current_profile(session, person),
                await queries.identity_of(session, person),
                await queries.current_employment(session, person),
                *(await queries.current_contacts(session, person)),
                card,
                await queries.four_elements(session, card.id),
                await queries.standing(session, person),
            )
        ]
    for secret in PERSONAL.values():
        assert secret not in "\n".join(shown)
        assert secret not in caplog.text


async def test_what_is_shown_is_masked(sessions: Sessions, person: UUID) -> None:
    async with sessions() as session:
        borrower = await queries.borrower(session, person)
        box = borrower.box(keyring_of(session))
        row = await queries.current_profile(session, person)
        assert row
        seen = views.profile(row, box)
        first, _ = await queries.current_contacts(session, person)
        (card,) = await queries.bound_cards(session, person)

    assert views.phone(borrower, keyring_of(session)) == "138****1234"
    assert (seen.name, seen.id_number, seen.email) == ("王**", f"110***********{ID_NUMBER[-4:]}", "w***@example.com")
    assert (seen.current_address, seen.id_address) == ("上海市浦东新***", "北京市东城区***")
    assert (views.contact(first, box).name, views.contact(first, box).phone) == ("李*", "137****1111")
    assert (views.card(card), views.card_phone(card, box)) == (f"**** {CARD_NUMBER[-4:]}", "138****1234")


async def test_everything_told_and_proved_is_ready_for_credit(sessions: Sessions, person: UUID) -> None:
    async with sessions() as session:
        missing = await queries.readiness(session, person)

    assert missing == [queries.Missing.CONSENT_PERSONAL_DATA, queries.Missing.CONSENT_CREDIT_REPORT]


async def test_what_is_revealed_is_written_down_with_its_purpose(sessions: Sessions, person: UUID) -> None:
    clerk = Actor(ActorKind.STAFF, new_id(), frozenset({Role.REVIEWER}))
    async with sessions.begin() as session:
        told = await reveal(
            session, borrower_id=person, field=PersonalField.ID_NUMBER, purpose="核对证件", actor=clerk, at=NOW
        )
    async with sessions() as session:
        (record,) = (await session.scalars(select(AuditRecord))).all()

    assert told.reveal() == ID_NUMBER
    assert (record.actor_id, record.action, record.subject_id) == (clerk.id, "personal_data.revealed", person)
    assert record.details == {"field": "ID_NUMBER", "purpose": "核对证件"}


async def test_nothing_is_revealed_without_a_purpose_or_where_nothing_is(sessions: Sessions, person: UUID) -> None:
    clerk = Actor(ActorKind.STAFF, new_id(), frozenset({Role.REVIEWER}))
    async with sessions.begin() as session:
        with pytest.raises(BadText):
            await reveal(session, borrower_id=person, field=PersonalField.PHONE, purpose=" ", actor=clerk, at=NOW)
        await session.execute(Profile.__table__.update().values(email_sealed=None))
        with pytest.raises(NothingToReveal):
            await reveal(
                session, borrower_id=person, field=PersonalField.EMAIL, purpose="核对邮箱", actor=clerk, at=NOW
            )
    async with sessions() as session:
        assert (await session.scalars(select(AuditRecord))).all() == []


async def test_once_his_key_is_forgotten_nothing_of_him_opens(sessions: Sessions, person: UUID) -> None:
    async with sessions.begin() as session:
        (await session.get_one(Borrower, person)).data_key = None
    async with sessions() as session:
        with pytest.raises(LookupError):
            await queries.phone_of(session, person)
        with pytest.raises(LookupError):
            await queries.identity_of(session, person)
