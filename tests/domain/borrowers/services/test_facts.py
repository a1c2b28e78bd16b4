"""Employment, contacts and consents: versioned, checked, refused with a reason."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers import queries
from domain.borrowers.consent_texts import CURRENT
from domain.borrowers.errors import (
    BadName,
    BadPay,
    BadStartDate,
    BadText,
    ConsentNotFound,
    ConsentTextChanged,
    NotAMobile,
    NotAPhone,
    OwnPhone,
    SameContact,
    TwoContacts,
)
from domain.borrowers.models import Borrower, BorrowerStatus, Consent, ConsentPurpose, Contact, Employment
from domain.borrowers.services import consents, contacts, employment
from domain.borrowers.services.contacts import ContactFacts
from domain.shared.errors import DomainError
from tests.domain.borrowers.builders import DAY, NOW, PHONE, borrower, consented, employed, friend, set_up


@pytest.fixture
async def person(session: AsyncSession) -> Borrower:
    await set_up(session)
    return await borrower(session)


async def count(session: AsyncSession, table: type[Any]) -> int | None:
    return await session.scalar(select(func.count()).select_from(table))


async def test_employment_is_versioned_and_the_newest_holds(session: AsyncSession, person: Borrower) -> None:
    await employed(session, person.id)
    second = await employment.save(
        session,
        borrower_id=person.id,
        employer="第二家公司",
        monthly_pay_fen=2_000_000,
        phone="010-62501234",
        started_on=date(2026, 1, 15),
        at=NOW + DAY,
    )

    assert await queries.current_employment(session, person.id) is second
    versions = await session.scalars(select(Employment).order_by(Employment.version))
    assert [(row.version, row.superseded_at) for row in versions] == [(1, NOW + DAY), (2, None)]


@pytest.mark.parametrize(
    ("told", "refusal", "field"),
    [
        ({"employer": "x"}, BadText, "employer"),
        ({"employer": "a\nb"}, BadText, "employer"),
        ({"monthly_pay_fen": -1}, BadPay, "monthlyPay"),
        ({"monthly_pay_fen": 10**9 + 1}, BadPay, "monthlyPay"),
        ({"phone": "12"}, NotAPhone, "phone"),
        ({"started_on": date(2026, 1, 16)}, BadStartDate, "startedOn"),
        ({"started_on": date(1966, 1, 14)}, BadStartDate, "startedOn"),
        ({"position": "x" * 61}, BadText, "position"),
    ],
)
async def test_an_employment_that_cannot_be_is_refused(
    session: AsyncSession, person: Borrower, told: dict[str, Any], refusal: type[DomainError], field: str
) -> None:
    facts = {"employer": "某公司", "monthly_pay_fen": 1, **told}
    with pytest.raises(refusal) as refused:
        await employment.save(session, borrower_id=person.id, at=NOW, **facts)

    assert refused.value.fields == (field,)
    assert await count(session, Employment) == 0


async def save_contacts(session: AsyncSession, person: Borrower, *named: ContactFacts, at=NOW) -> list[Contact]:
    return await contacts.save(session, borrower_id=person.id, contacts=named, at=at)


async def test_two_contacts_replace_the_two_before(session: AsyncSession, person: Borrower) -> None:
    await save_contacts(session, person, friend(), friend("13700002222"))
    later = await save_contacts(session, person, friend("13700003333"), friend("13700002222"), at=NOW + DAY)

    assert list(await queries.current_contacts(session, person.id)) == later
    assert await count(session, Contact) == 4


async def test_who_once_opted_out_stays_opted_out(session: AsyncSession, person: Borrower) -> None:
    first, _ = await save_contacts(session, person, friend(), friend("13700002222"))
    first.opted_out_at = NOW
    later = await save_contacts(session, person, friend("13700002222"), friend(name="李·四"), at=NOW + DAY)

    assert [contact.opted_out_at for contact in later] == [None, NOW]


@pytest.mark.parametrize(
    ("named", "refusal", "fields"),
    [
        ([friend()], TwoContacts, ("contacts",)),
        ([friend()] * 3, TwoContacts, ("contacts",)),
        ([friend(), friend("137 0000 1111", "别人")], SameContact, ("contacts.0.phone", "contacts.1.phone")),
        ([friend(), friend("+86" + PHONE)], OwnPhone, ("contacts.1.phone",)),
        ([friend("12"), friend()], NotAMobile, ("contacts.0.phone",)),
        ([friend(), friend("13700002222", "")], BadName, ("contacts.1.name",)),
    ],
)
async def test_contacts_that_are_not_two_other_people_are_refused(
    session: AsyncSession,
    person: Borrower,
    named: list[ContactFacts],
    refusal: type[DomainError],
    fields: tuple[str, ...],
) -> None:
    before = await save_contacts(session, person, friend("13700008888"), friend("13700009999"))
    with pytest.raises(refusal) as refused:
        await save_contacts(session, person, *named, at=NOW + DAY)

    assert refused.value.fields == fields
    assert list(await queries.current_contacts(session, person.id)) == before


def test_a_contacts_name_and_phone_do_not_show() -> None:
    assert "李四" not in repr(friend())
    assert "1370000" not in repr(friend())


async def test_a_consent_names_its_text_and_its_hash(session: AsyncSession, person: Borrower) -> None:
    await consented(session, person.id, ConsentPurpose.CREDIT_REPORT)
    standing = await queries.standing_consent(session, person.id, ConsentPurpose.CREDIT_REPORT)

    assert standing
    assert standing.text_hash == CURRENT[ConsentPurpose.CREDIT_REPORT].hash
    assert await queries.standing_consent(session, person.id, ConsentPurpose.FACE) is None


async def test_consenting_again_to_the_same_text_is_one_consent(session: AsyncSession, person: Borrower) -> None:
    await consented(session, person.id, ConsentPurpose.FACE, ConsentPurpose.FACE)

    assert await count(session, Consent) == 1


async def test_consent_to_a_text_one_has_not_read_is_refused(session: AsyncSession, person: Borrower) -> None:
    with pytest.raises(ConsentTextChanged) as refused:
        await consents.grant(
            session, borrower_id=person.id, purpose=ConsentPurpose.FACE, text_version="2019-01", at=NOW
        )

    assert "2026-01" in str(refused.value)
    assert refused.value.fields == ("textVersion",)
    assert await count(session, Consent) == 0


async def test_a_new_text_ends_the_consent_to_the_old_one(session: AsyncSession, person: Borrower) -> None:
    await consented(session, person.id, ConsentPurpose.FACE)
    old = (await session.scalars(select(Consent))).one()
    old.text_hash = b"the hash of an earlier text"
    await consented(session, person.id, ConsentPurpose.FACE, at=NOW + DAY)

    assert old.revoked_at == NOW + DAY
    assert await count(session, Consent) == 2


async def test_each_consent_is_revoked_apart_from_the_others_and_can_be_given_again(
    session: AsyncSession, person: Borrower
) -> None:
    await consented(session, person.id, ConsentPurpose.FACE, ConsentPurpose.MARKETING)
    person.status = BorrowerStatus.FROZEN
    revoked = await consents.revoke(session, borrower_id=person.id, purpose=ConsentPurpose.MARKETING, at=NOW + DAY)
    person.status = BorrowerStatus.ACTIVE

    assert revoked.revoked_at == NOW + DAY
    assert await queries.standing_consent(session, person.id, ConsentPurpose.FACE)
    with pytest.raises(ConsentNotFound):
        await consents.revoke(session, borrower_id=person.id, purpose=ConsentPurpose.MARKETING, at=NOW + DAY)
    await consented(session, person.id, ConsentPurpose.MARKETING, at=NOW + 2 * DAY)
    assert await count(session, Consent) == 3


def test_every_purpose_has_a_text_in_both_languages_and_a_hash_of_its_own() -> None:
    assert set(CURRENT) == set(ConsentPurpose)
    assert len({text.hash for text in CURRENT.values()}) == len(ConsentPurpose)
    for text in CURRENT.values():
        assert text.body("zh-CN") != text.body("en")
