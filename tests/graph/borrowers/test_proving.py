"""Pictures, identity checks and bank cards over GraphQL."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from domain.borrowers import flows
from domain.borrowers.models import BankCard, IdentityCheck
from domain.borrowers.ports import BindCard, CardBinding, CardState, ConfirmCard
from graph import patience
from graph.ids import global_id, read_id
from tests.domain.borrowers.builders import (
    BOUND,
    CARD_NUMBER,
    MATCH,
    OTHER_PHONE,
    PHONE,
    SMS_SENT,
    bound_in,
    picture,
    proven_in,
    reading,
    registered_in,
)
from tests.graph.api import Api

TICKET = "... on UploadTicket { url expiresAt image { id kind status } }"
CHECK = "... on IdentityCheck { id kind status reason }"
CARD = "... on BankCard { id status number last4 phone bankName refusal boundAt }"


@pytest.fixture
async def person(api: Api) -> UUID:
    """A registered borrower, who speaks."""
    person = await registered_in(api.house.sessions)
    api.token = api.speaks(person)
    return person


@pytest.fixture
async def proven(api: Api) -> UUID:
    """A borrower whose name is proven, who speaks."""
    person = await proven_in(api.house.sessions, api.hands)
    api.token = api.speaks(person)
    return person


async def uploaded(api: Api, kind: str, content: bytes | None = None) -> str:
    ticket = await api.do("requestUpload", {"kind": kind}, TICKET)
    answer = await api.http.put(ticket["url"], content=content or picture())
    assert answer.status_code == 201, answer.text
    return ticket["image"]["id"]


async def run(api: Api, check: str) -> None:
    """What the worker does once the outbox says that a check is wanted."""
    house = api.house
    check_id = read_id("IdentityCheck", check, "id")
    await flows.run_check(house.sessions, house.clock, api.parties.register, check_id=check_id)


async def test_a_picture_goes_once_to_an_address_of_its_own(api: Api, person: UUID) -> None:
    ticket = await api.do("requestUpload", {"kind": "ID_FRONT"}, TICKET)

    assert ticket["url"].startswith("http://api.test/uploads/")
    assert ticket["image"] == {"id": ticket["image"]["id"], "kind": "ID_FRONT", "status": "REQUESTED"}
    refused = await api.http.put(ticket["url"], content=b"<svg/>")
    assert (refused.status_code, refused.json()["code"]) == (422, "BAD_IMAGE")
    assert (await api.http.put(ticket["url"], content=picture())).status_code == 201
    again = await api.http.put(ticket["url"], content=picture())
    assert (again.status_code, again.json()["code"]) == (422, "UPLOAD_NOT_FOUND")
    assert (
        await api.ask("query($id: ID!) { node(id: $id) { ... on Image { status } } }", {"id": ticket["image"]["id"]})
    )["node"] == {"status": "STORED"}


async def test_card_and_face_prove_who_somebody_is(api: Api, person: UUID) -> None:
    api.parties.register.reading, api.parties.register.match = reading(), MATCH
    given = {"frontImageId": await uploaded(api, "ID_FRONT"), "backImageId": await uploaded(api, "ID_BACK")}

    card = await api.do("submitIdentity", given, CHECK)
    assert (card["kind"], card["status"]) == ("ID_CARD", "QUEUED")
    assert await api.problem("submitIdentity", given) == "CHECK_IN_PROGRESS"
    await run(api, card["id"])
    await api.do("grantConsent", {"purpose": "FACE"})
    face = await api.do("verifyFace", {"imageId": await uploaded(api, "FACE")}, CHECK)
    await run(api, face["id"])

    checks = (await api.mine("identityChecks { id status finishedAt }"))["identityChecks"]
    assert [(check["id"], check["status"]) for check in checks] == [(face["id"], "MATCHED"), (card["id"], "MATCHED")]
    assert all(check["finishedAt"] for check in checks)
    profile = await api.do("saveProfile", {}, "... on Profile { name realNameAt }")
    assert profile["realNameAt"] is not None


async def test_a_face_takes_a_consent_and_a_card(api: Api, person: UUID) -> None:
    image = await uploaded(api, "FACE")

    assert await api.problem("verifyFace", {"imageId": image}) == "CONSENT_MISSING"
    await api.do("grantConsent", {"purpose": "FACE"})
    assert await api.problem("verifyFace", {"imageId": image}) == "ID_CARD_FIRST"


async def test_pictures_of_another_kind_or_another_person_are_not_there(api: Api, person: UUID) -> None:
    front, face = await uploaded(api, "ID_FRONT"), await uploaded(api, "FACE")
    assert await api.problem("submitIdentity", {"frontImageId": front, "backImageId": face}) == "IMAGE_NOT_USABLE"
    me = (await api.mine("id"))["id"]
    assert await api.problem("submitIdentity", {"frontImageId": front, "backImageId": me}) == "WRONG_ID"
    assert await api.problem("submitIdentity", {"frontImageId": "rubbish", "backImageId": front}) == "WRONG_ID"
    back = await uploaded(api, "ID_BACK")

    api.token = api.speaks(await registered_in(api.house.sessions, phone=OTHER_PHONE))
    assert await api.problem("submitIdentity", {"frontImageId": front, "backImageId": back}) == "IMAGE_NOT_USABLE"


async def bind(api: Api) -> dict[str, Any]:
    return await api.do("bindBankCard", {"cardNumber": CARD_NUMBER, "phone": PHONE}, CARD)


async def test_a_card_is_bound_by_the_banks_code(api: Api, proven: UUID) -> None:
    api.parties.bank.begun, api.parties.bank.confirmed = SMS_SENT, BOUND

    begun = await bind(api)
    assert (begun["status"], begun["number"], begun["last4"]) == (
        "CODE_SENT",
        f"**** {CARD_NUMBER[-4:]}",
        CARD_NUMBER[-4:],
    )
    assert begun["phone"] == "138****1234"
    bound = await api.do("confirmBankCard", {"bankCardId": begun["id"], "code": "123456"}, CARD)

    assert (bound["id"], bound["status"], bound["bankName"]) == (begun["id"], "BOUND", "ICBC")
    assert (await api.mine("bankCards { id status }"))["bankCards"] == [{"id": begun["id"], "status": "BOUND"}]
    assert isinstance(api.parties.bank.asked[0], BindCard)
    assert isinstance(api.parties.bank.asked[1], ConfirmCard)


async def test_a_wrong_code_of_the_bank_can_be_given_again(api: Api, proven: UUID) -> None:
    api.parties.bank.begun, api.parties.bank.confirmed = SMS_SENT, CardBinding(CardState.WRONG_CODE)
    card = (await bind(api))["id"]

    assert await api.problem("confirmBankCard", {"bankCardId": card, "code": "12345"}) == "BAD_CODE"
    assert await api.problem("confirmBankCard", {"bankCardId": card, "code": "654321"}) == "CARD_CODE_WRONG"
    api.parties.bank.confirmed = BOUND
    assert (await api.do("confirmBankCard", {"bankCardId": card, "code": "123456"}, CARD))["status"] == "BOUND"


async def test_a_card_the_bank_does_not_know_is_refused(api: Api, proven: UUID) -> None:
    api.parties.bank.begun = CardBinding(CardState.MISMATCHED)

    assert (await bind(api))["code"] == "CARD_MISMATCHED"
    mine = (await api.mine("bankCards { status refusal }"))["bankCards"]
    assert mine == [{"status": "REFUSED", "refusal": "MISMATCHED"}]


async def test_when_the_bank_breaks_nobody_knows_and_the_card_says_so(api: Api, proven: UUID) -> None:
    api.parties.bank.begun = None

    assert (await bind(api))["status"] == "UNKNOWN"


async def test_a_slow_bank_is_not_waited_for_and_its_answer_still_counts(
    api: Api, proven: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = asyncio.Event()

    async def answer_late(request: BindCard) -> CardBinding:
        await released.wait()
        return SMS_SENT

    monkeypatch.setattr(api.parties.bank, "begin", answer_late)
    monkeypatch.setattr(patience, "SECONDS", 0.05)

    begun = await bind(api)
    assert begun["status"] == "SUBMITTING"
    released.set()
    await asyncio.gather(*patience._going_on)

    assert (await api.mine("bankCards { id status }"))["bankCards"] == [{"id": begun["id"], "status": "CODE_SENT"}]


async def test_a_card_takes_a_proven_name(api: Api, person: UUID) -> None:
    given = {"cardNumber": CARD_NUMBER, "phone": PHONE}

    assert await api.problem("bindBankCard", given) == "IDENTITY_NOT_PROVEN"
    assert await api.problem("bindBankCard", {**given, "cardNumber": "6222020000000000008"}) == "BAD_CARD_NUMBER"
    assert await api.problem("bindBankCard", {**given, "phone": "1"}) == "NOT_A_MOBILE"
    assert api.parties.bank.asked == []


async def test_a_card_is_unbound_once(api: Api, proven: UUID) -> None:
    card = await bound_in(api.house.sessions, api.hands, proven)
    api.parties.bank.unbound = CardBinding(CardState.UNBOUND)
    given = {"bankCardId": global_id("BankCard", card.id)}

    assert (await api.do("unbindBankCard", given, CARD))["status"] == "UNBOUND"
    assert (await api.do("unbindBankCard", given, CARD))["status"] == "UNBOUND"
    assert api.parties.bank.asked == [("unbind", card.reference)]


async def test_another_persons_card_is_not_there(api: Api, proven: UUID) -> None:
    card = await bound_in(api.house.sessions, api.hands, proven)
    given = {"bankCardId": global_id("BankCard", card.id)}
    missing = {"bankCardId": global_id("BankCard", UUID(int=1))}
    api.token = api.speaks(await registered_in(api.house.sessions, phone=OTHER_PHONE))

    assert await api.problem("unbindBankCard", given) == "CARD_NOT_FOUND"
    assert await api.problem("unbindBankCard", missing) == "CARD_NOT_FOUND"
    assert await api.problem("confirmBankCard", {**given, "code": "123456"}) == "CARD_NOT_FOUND"
    wrong = {"bankCardId": global_id("Borrower", card.id)}
    assert await api.problem("unbindBankCard", wrong) == "WRONG_ID"
    assert api.parties.bank.asked == []
    async with api.house.sessions() as session:
        assert (await session.get_one(BankCard, card.id)).status == "BOUND"


async def test_only_the_owner_and_staff_find_a_check_by_its_id(api: Api, proven: UUID) -> None:
    check = (await api.mine("identityChecks { id }"))["identityChecks"][0]["id"]
    document = "query($id: ID!) { node(id: $id) { __typename id } }"
    other = api.speaks(await registered_in(api.house.sessions, phone=OTHER_PHONE))

    found = {"__typename": IdentityCheck.__name__, "id": check}
    assert (await api.ask(document, {"id": check}))["node"] == found
    assert (await api.ask(document, {"id": check}, token=await api.staff("reviewer")))["node"] == found
    assert (await api.ask(document, {"id": check}, token=other))["node"] is None
