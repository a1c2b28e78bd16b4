"""What a borrower tells of himself over GraphQL comes back masked, or is refused field by field."""

from typing import Any
from uuid import UUID

import pytest

from domain.borrowers.consent_texts import CURRENT
from domain.borrowers.models import BorrowerStatus, ConsentPurpose
from domain.borrowers.queries import people
from tests.domain.borrowers.builders import ID_NUMBER, NAME, OTHER_PHONE, PHONE, id_number, proven_in, registered_in
from tests.graph.api import Api

PROFILE = "... on Profile { version name idNumber education currentAddress email realNameAt }"
EMPLOYMENT = "... on Employment { version employer phone monthlyPay startedOn position }"
CONTACTS = "... on ContactList { contacts { relation name phone optedOut } }"
CONSENT = "... on Consent { id purpose textVersion textHash grantedAt revokedAt }"
FATHER = {"name": "王大明", "relation": "PARENT", "phone": "13700001111"}
FRIEND = {"name": "李四", "relation": "FRIEND", "phone": "+8613700002222"}


@pytest.fixture
async def person(api: Api) -> UUID:
    """A registered borrower, who speaks."""
    person = await registered_in(api.house.sessions)
    api.token = api.speaks(person)
    return person


async def test_a_profile_comes_back_masked(api: Api, person: UUID) -> None:
    told: dict[str, Any] = {
        "name": NAME,
        "idNumber": ID_NUMBER,
        "education": "BACHELOR",
        "currentAddress": "北京市东城区某街一号",
        "email": "wang@example.com",
    }
    saved = await api.do("saveProfile", told, PROFILE)

    shown = {
        "version": 1,
        "name": "王**",
        "idNumber": f"{ID_NUMBER[:3]}***********{ID_NUMBER[-4:]}",
        "education": "BACHELOR",
        "currentAddress": "北京市东城区***",
        "email": "w***@example.com",
        "realNameAt": None,
    }
    assert saved == {"__typename": "Profile", **shown}
    mine = await api.mine("profile { version name idNumber education currentAddress email realNameAt }")
    assert mine["profile"] == shown


async def test_a_wrong_profile_is_refused_and_the_one_before_holds(api: Api, person: UUID) -> None:
    await api.do("saveProfile", {"name": NAME, "idNumber": ID_NUMBER}, PROFILE)

    assert await api.problem("saveProfile", {"name": NAME}) == "IDENTITY_MISSING"
    assert await api.problem("saveProfile", {"name": NAME, "idNumber": "110101199001010000"}) == "BAD_ID_NUMBER"
    assert await api.problem("saveProfile", {"name": NAME, "idNumber": id_number("20150101")}) == "UNDER_AGE"
    assert await api.problem("saveProfile", {"name": "a<b>", "idNumber": ID_NUMBER}) == "BAD_NAME"
    bad = {"name": NAME, "idNumber": ID_NUMBER, "email": "nobody"}
    assert await api.problem("saveProfile", bad) == "BAD_EMAIL"
    assert (await api.mine("profile { version }"))["profile"] == {"version": 1}


async def test_a_proven_person_cannot_become_another(api: Api) -> None:
    api.token = api.speaks(await proven_in(api.house.sessions, api.hands))

    told = await api.do("saveProfile", {"name": "李四", "idNumber": id_number("19910101")})

    assert (told["code"], told["field"]) == ("NOT_AS_ON_CARD", ["name", "idNumber"])
    mine = await api.mine("profile { name realNameAt } missing identityChecks { kind status }")
    assert mine["profile"]["name"] == "王**"
    assert mine["profile"]["realNameAt"] is not None
    assert mine["identityChecks"] == [{"kind": "FACE", "status": "MATCHED"}, {"kind": "ID_CARD", "status": "MATCHED"}]
    assert mine["missing"] == ["EMPLOYMENT", "CONTACTS", "CONSENT_PERSONAL_DATA", "CONSENT_CREDIT_REPORT", "BANK_CARD"]


async def test_an_employment_keeps_its_pay_to_the_fen(api: Api, person: UUID) -> None:
    told = {"employer": "某某公司", "phone": "010-85551234", "monthlyPay": "18000.05", "startedOn": "2019-03-01"}
    saved = await api.do("saveEmployment", told, EMPLOYMENT)

    assert saved["monthlyPay"] == "18000.05"
    assert saved["startedOn"] == "2019-03-01"
    assert "****" in saved["phone"]
    again = await api.do("saveEmployment", {**told, "monthlyPay": "19000.00"}, EMPLOYMENT)
    assert (again["version"], again["monthlyPay"]) == (2, "19000.00")
    assert (await api.mine("employment { version }"))["employment"] == {"version": 2}


async def test_a_wrong_employment_is_refused(api: Api, person: UUID) -> None:
    good = {"employer": "某某公司", "monthlyPay": "18000.00"}

    assert await api.problem("saveEmployment", {**good, "monthlyPay": "18000.5"}) == "UNREADABLE_INPUT"
    assert await api.problem("saveEmployment", {**good, "monthlyPay": "-1.00"}) == "BAD_MONTHLY_PAY"
    assert await api.problem("saveEmployment", {**good, "startedOn": "2030-01-01"}) == "BAD_START_DATE"
    assert await api.problem("saveEmployment", {**good, "startedOn": "yesterday"}) == "UNREADABLE_INPUT"
    assert await api.problem("saveEmployment", {**good, "phone": "12"}) == "NOT_A_PHONE"
    assert await api.problem("saveEmployment", {**good, "employer": "x" * 101}) == "BAD_TEXT"
    assert (await api.mine("employment { version }"))["employment"] is None


async def test_two_contacts_come_back_masked(api: Api, person: UUID) -> None:
    saved = await api.do("saveContacts", {"contacts": [FATHER, FRIEND]}, CONTACTS)

    assert saved["contacts"] == [
        {"relation": "PARENT", "name": "王**", "phone": "137****1111", "optedOut": False},
        {"relation": "FRIEND", "name": "李*", "phone": "137****2222", "optedOut": False},
    ]
    assert (await api.mine("contacts { phone }"))["contacts"] == [{"phone": "137****1111"}, {"phone": "137****2222"}]


async def test_wrong_contacts_are_refused_and_say_which(api: Api, person: UUID) -> None:
    assert await api.problem("saveContacts", {"contacts": [FATHER]}) == "TWO_CONTACTS"
    assert await api.problem("saveContacts", {"contacts": [FATHER, FATHER]}) == "SAME_CONTACT"
    own = await api.do("saveContacts", {"contacts": [FATHER, {**FRIEND, "phone": PHONE}]})
    assert (own["code"], own["field"]) == ("OWN_PHONE", ["contacts.1.phone"])
    assert (await api.mine("contacts { phone }"))["contacts"] == []


async def test_a_consent_names_the_text_in_force_and_is_given_once(api: Api, person: UUID) -> None:
    shown = (await api.ask("{ consentTexts { purpose version hash text } }", accept_language="zh-CN"))["consentTexts"]
    face = next(text for text in shown if text["purpose"] == "FACE")
    assert face["text"] == CURRENT[ConsentPurpose.FACE].chinese

    given = await api.do("grantConsent", {"purpose": "FACE", "textVersion": face["version"]}, CONSENT)
    again = await api.do("grantConsent", {"purpose": "FACE"}, CONSENT)

    assert given["textHash"] == face["hash"]
    assert again["id"] == given["id"]
    assert (await api.mine("consents { id revokedAt }"))["consents"] == [{"id": given["id"], "revokedAt": None}]


async def test_a_consent_to_an_older_text_is_none(api: Api, person: UUID) -> None:
    assert await api.problem("grantConsent", {"purpose": "FACE", "textVersion": "1999-01"}) == "CONSENT_TEXT_CHANGED"


async def test_a_consent_can_be_ended_once(api: Api, person: UUID) -> None:
    await api.do("grantConsent", {"purpose": "MARKETING"}, CONSENT)

    ended = await api.do("revokeConsent", {"purpose": "MARKETING"}, CONSENT)

    assert ended["revokedAt"] is not None
    assert await api.problem("revokeConsent", {"purpose": "MARKETING"}) == "CONSENT_NOT_FOUND"


async def test_a_frozen_account_changes_nothing(api: Api, person: UUID) -> None:
    async with api.house.sessions.begin() as session:
        (await people.borrower(session, person)).status = BorrowerStatus.FROZEN

    assert await api.problem("saveProfile", {"name": NAME, "idNumber": ID_NUMBER}) == "ACCOUNT_FROZEN"
    assert await api.problem("saveContacts", {"contacts": [FATHER, FRIEND]}) == "ACCOUNT_FROZEN"
    assert await api.problem("requestUpload", {"kind": "FACE"}) == "ACCOUNT_FROZEN"
    assert await api.problem("grantConsent", {"purpose": "FACE"}) == "ACCOUNT_FROZEN"


async def test_staff_does_not_act_as_a_borrower(api: Api) -> None:
    admin = await api.staff("admin")

    assert await api.problem("saveContacts", {"contacts": [FATHER, FRIEND]}, token=admin) == "FORBIDDEN"
    assert await api.refusal("{ me { id } }", token=admin) == "FORBIDDEN"


async def test_one_borrower_never_sees_what_another_told(api: Api, person: UUID) -> None:
    await api.do("saveProfile", {"name": NAME, "idNumber": ID_NUMBER}, PROFILE)
    other = api.speaks(await registered_in(api.house.sessions, phone=OTHER_PHONE))

    mine = await api.mine("profile { name } phone consents { id } bankCards { id }", token=other)

    assert mine == {"profile": None, "phone": "139****5678", "consents": [], "bankCards": []}
