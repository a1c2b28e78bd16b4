"""What a borrower tells of himself, and consents to: refused where it cannot be true."""

import pytest

from tests.domain.borrowers.builders import id_number
from tests.graph.api import Json
from tests.graph.refusals.refusal import Refusal, refusing
from tests.graph.town import Town

PERSON = {"name": "王小明", "idNumber": id_number(order=3)}
JOB = {"employer": "某某公司", "monthlyPay": "18000.00"}
FATHER = {"relation": "PARENT", "name": "王大明", "phone": "13700001111"}
FRIEND = {"relation": "FRIEND", "name": "李四", "phone": "13700002222"}


profile = refusing("saveProfile", "newcomer", PERSON, once=False)
job = refusing("saveEmployment", "newcomer", JOB, once=False)
consenting = refusing("grantConsent", "newcomer", {"purpose": "FACE"}, once=False)
revoking = refusing("revokeConsent", "newcomer", {"purpose": "MARKETING"}, once=False)


def contacts(what: str, code: str, field: str, *named: Json, says: str = "") -> Refusal:
    return refusing("saveContacts", "newcomer", {"contacts": named}, once=False)(what, code, field, says)


REFUSALS = [
    profile(
        "an identity number with a slip", "BAD_ID_NUMBER", "idNumber", "18 characters", idNumber="110101199001010010"
    ),
    profile("too young", "UNDER_AGE", "idNumber", "18 years", idNumber=id_number("20150101")),
    profile("no name", "BAD_NAME", "name", "2 to", name="王2"),
    profile("no address", "BAD_TEXT", "currentAddress", "characters in one line", currentAddress="x" * 1000),
    profile("two lines", "BAD_TEXT", "idAddress", "one line", idAddress="one\ntwo"),
    profile("no e-mail", "BAD_EMAIL", "email", "name@example.com", email="not an address"),
    profile("no text", "UNREADABLE_INPUT", "name", "NUL", name="王\x00"),
    refusing("saveProfile", "newcomer", {}, once=False)(
        "nothing", "IDENTITY_MISSING", "name idNumber", "identity card first"
    ),
    profile("another name than the card's", "NOT_AS_ON_CARD", "idNumber", who="proven"),
    job(
        "a pay without its second decimal",
        "UNREADABLE_INPUT",
        "monthlyPay",
        '"18000.5" is not a string',
        monthlyPay="18000.5",
    ),
    job("a number for a pay", "UNREADABLE_INPUT", "monthlyPay", "18000 is not a string", monthlyPay=18000),
    job("a number with decimals", "UNREADABLE_INPUT", "monthlyPay", "18000.5 is not", monthlyPay=18000.5),
    job("an exponent", "UNREADABLE_INPUT", "monthlyPay", '"1e4"', monthlyPay="1e4"),
    job("a pay below nothing", "BAD_MONTHLY_PAY", "monthlyPay", "between 0 and", monthlyPay="-1.00"),
    job("a pay nobody has", "BAD_MONTHLY_PAY", "monthlyPay", "10000000.00", monthlyPay="999999999999999.99"),
    job("no employer", "BAD_TEXT", "employer", "characters", employer=" "),
    job("no phone", "NOT_A_PHONE", "phone", "area code", phone="12"),
    job("a start to come", "BAD_START_DATE", "startedOn", "2026-02-20", startedOn="2026-02-21"),
    job("no day", "UNREADABLE_INPUT", "startedOn", '"2026-02-30" is not a business day', startedOn="2026-02-30"),
    contacts("one", "TWO_CONTACTS", "contacts", FATHER, says="exactly two"),
    contacts("three", "TWO_CONTACTS", "contacts", FATHER, FRIEND, FRIEND),
    contacts(
        "the same twice",
        "SAME_CONTACT",
        "contacts.0.phone contacts.1.phone",
        FATHER,
        FATHER | {"name": "李四"},
        says="two people",
    ),
    contacts(
        "himself", "OWN_PHONE", "contacts.1.phone", FATHER, FRIEND | {"phone": "13800000004"}, says="another phone"
    ),
    contacts("no phone", "NOT_A_MOBILE", "contacts.0.phone", FATHER | {"phone": "5"}, FRIEND),
    contacts("no name", "BAD_NAME", "contacts.1.name", FATHER, FRIEND | {"name": "?"}),
    contacts("no text", "UNREADABLE_INPUT", "contacts.1.name", FATHER, FRIEND | {"name": "李\x00"}),
    consenting(
        "a text that is not in force",
        "CONSENT_TEXT_CHANGED",
        "textVersion",
        "in force is 2026-01",
        textVersion="1999-01",
    ),
    revoking("none given", "CONSENT_NOT_FOUND", "purpose"),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=str)
async def test_what_cannot_be_is_refused_and_changes_nothing(town: Town, refusal: Refusal) -> None:
    await refusal.holds(town)
