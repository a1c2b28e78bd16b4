"""The profile says what the card says; a name is proven by card and face."""

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers import queries
from domain.borrowers.errors import BadEmail, BadIdNumber, BadName, IdentityMissing, NotAsOnCard, UnderAge
from domain.borrowers.models import Borrower, Education, Profile
from domain.borrowers.ports import CardReading, FaceMatch
from domain.borrowers.services import identity, profile, verdicts
from domain.shared.crypto import keyring_of
from domain.shared.errors import DomainError
from tests.domain.borrowers.builders import (
    DAY,
    ID_NUMBER,
    MATCH,
    NAME,
    NOW,
    borrower,
    face_submitted,
    id_number,
    reading,
    set_up,
    submitted,
)


@pytest.fixture
async def person(session: AsyncSession) -> Borrower:
    await set_up(session)
    return await borrower(session)


async def answered(session: AsyncSession, check_id: Any, answer: CardReading | FaceMatch) -> None:
    task = await identity.claim(session, check_id=check_id, at=NOW)
    assert task
    await verdicts.record(session, task=task, answer=answer, at=NOW)


async def read_card(session: AsyncSession, person: Borrower, card: CardReading | None = None) -> None:
    await answered(session, (await submitted(session, person.id)).id, card or reading())


async def matched_face(session: AsyncSession, person: Borrower) -> None:
    await answered(session, (await face_submitted(session, person.id)).id, MATCH)


async def save(session: AsyncSession, person: Borrower, at=NOW, **told: Any) -> Profile:
    return await profile.save(session, borrower_id=person.id, at=at, **told)


async def test_once_the_card_is_read_name_and_number_need_not_be_told(session: AsyncSession, person: Borrower) -> None:
    await read_card(session, person)
    await save(session, person, education=Education.BACHELOR)
    who = await queries.identity_of(session, person.id)

    assert who
    assert (who.name.reveal(), who.id_number.reveal()) == (NAME, ID_NUMBER)
    assert who.proven_at is None


@pytest.mark.parametrize(
    ("told", "fields"),
    [
        ({"name": "王晓明", "id_number": ID_NUMBER}, ("name",)),
        ({"id_number": id_number(order=2)}, ("idNumber",)),
        ({"name": "王晓明", "id_number": id_number(order=2)}, ("name", "idNumber")),
    ],
)
async def test_what_differs_from_the_card_is_refused_by_field(
    session: AsyncSession, person: Borrower, told: dict[str, str], fields: tuple[str, ...]
) -> None:
    await read_card(session, person)
    with pytest.raises(NotAsOnCard) as refused:
        await save(session, person, **told)

    assert refused.value.fields == fields
    assert NAME not in str(refused.value)
    assert await session.scalar(select(func.count()).select_from(Profile)) == 0


@pytest.mark.parametrize(
    ("told", "refusal", "field"),
    [
        ({}, IdentityMissing, "name"),
        ({"name": NAME}, IdentityMissing, "idNumber"),
        ({"name": "x", "id_number": ID_NUMBER}, BadName, "name"),
        ({"name": NAME, "id_number": "110101199001010010"}, BadIdNumber, "idNumber"),
        ({"name": NAME, "id_number": id_number("20080116")}, UnderAge, "idNumber"),
        ({"name": NAME, "id_number": ID_NUMBER, "email": "no"}, BadEmail, "email"),
    ],
)
async def test_a_profile_that_cannot_be_is_refused(
    session: AsyncSession, person: Borrower, told: dict[str, str], refusal: type[DomainError], field: str
) -> None:
    with pytest.raises(refusal) as refused:
        await save(session, person, **told)

    assert refused.value.fields[0] == field
    assert await session.scalar(select(func.count()).select_from(Profile)) == 0


async def test_a_profile_saved_after_card_and_face_is_proven(session: AsyncSession, person: Borrower) -> None:
    await read_card(session, person)
    await matched_face(session, person)

    assert (await save(session, person)).real_name_at == NOW


async def test_a_profile_saved_before_them_is_proven_when_they_match(session: AsyncSession, person: Borrower) -> None:
    row = await save(session, person, name=NAME, id_number=ID_NUMBER)
    await read_card(session, person)
    assert row.real_name_at is None
    await matched_face(session, person)

    assert row.real_name_at == NOW


async def test_a_profile_that_says_what_the_card_does_not_stays_unproven_until_it_is_mended(
    session: AsyncSession, person: Borrower
) -> None:
    row = await save(session, person, name="王晓明", id_number=ID_NUMBER)
    await read_card(session, person)
    await matched_face(session, person)
    assert row.real_name_at is None
    assert queries.Missing.REAL_NAME in await queries.readiness(session, person.id)

    assert (await save(session, person, name=NAME)).real_name_at == NOW
    assert queries.Missing.REAL_NAME not in await queries.readiness(session, person.id)


async def test_a_later_version_stays_proven_from_the_first_moment(session: AsyncSession, person: Borrower) -> None:
    await read_card(session, person)
    await matched_face(session, person)
    await save(session, person)
    later = await save(session, person, at=NOW + DAY, current_address="上海市浦东新区某路二号", email="w@example.com")

    assert (later.version, later.real_name_at) == (2, NOW)
    assert await queries.current_profile(session, person.id) is later


async def test_what_he_told_is_sealed_with_his_own_key(session: AsyncSession, person: Borrower) -> None:
    row = await save(session, person, name=NAME, id_number=ID_NUMBER, current_address="上海市浦东新区某路二号")
    box = person.box(keyring_of(session))

    assert box.open("current_address", row.current_address_sealed or b"") == "上海市浦东新区某路二号"
    assert row.id_address_sealed is None
    assert NAME.encode() not in row.name_sealed
