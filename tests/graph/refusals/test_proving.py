"""Pictures, identity checks and bank cards: what proves nothing is refused."""

from datetime import timedelta

import pytest

from domain.borrowers.models import ImageKind
from domain.borrowers.ports import CardBinding, CardState
from domain.shared.ids import new_id
from graph.ids import global_id
from tests.domain.borrowers.builders import CARD_NUMBER, picture, uploaded
from tests.graph.api import Json
from tests.graph.refusals.refusal import Given, Refusal
from tests.graph.town import NOW, Town

TICKET = "... on UploadTicket { url image { id } }"
OTHER_CARD = "6222020000000000018"


async def image(town: Town, who: str, kind: str) -> str:
    async with town.api.house.sessions.begin() as session:
        return global_id("Image", await uploaded(session, town.who[who], ImageKind(kind), at=NOW))


async def sides(town: Town, who: str = "newcomer", **kinds: str) -> Json:
    given = {"frontImageId": "ID_FRONT", "backImageId": "ID_BACK"} | kinds
    return {name: await image(town, who, kind) for name, kind in given.items()}


async def not_put_yet(town: Town) -> Json:
    token = await town.token("newcomer")
    ticket = await town.api.do("requestUpload", {"kind": "ID_FRONT"}, TICKET, token=token)
    return {"frontImageId": ticket["image"]["id"], "backImageId": await image(town, "newcomer", "ID_BACK")}


async def with_a_code_the_bank_knows_not(town: Town) -> Json:
    town.api.parties.bank.confirmed = CardBinding(CardState.WRONG_CODE)
    return {"bankCardId": town.ids["proven's card"], "code": "654321"}


def newcomer(act: str, what: str, given: Given, code: str, field: str | None = None, says: str = "") -> Refusal:
    return Refusal(act, what, given, code, field, says, who="newcomer")


def proven(act: str, what: str, given: Given, code: str, field: str | None = None, says: str = "") -> Refusal:
    return Refusal(act, what, given, code, field, says, who="proven")


REFUSALS = [
    newcomer(
        "submitIdentity",
        "no id",
        lambda _: {"frontImageId": "x", "backImageId": "y"},
        "WRONG_ID",
        "frontImageId",
        "'x'",
    ),
    newcomer(
        "submitIdentity",
        "id of another kind",
        lambda t: {"frontImageId": t.ids["debtor's card"], "backImageId": "y"},
        "WRONG_ID",
        "frontImageId",
        "take the `id` the API gave you",
    ),
    newcomer(
        "submitIdentity", "somebody else's pictures", lambda t: sides(t, "proven"), "IMAGE_NOT_USABLE", "frontImageId"
    ),
    newcomer(
        "submitIdentity",
        "a face for a back",
        lambda t: sides(t, backImageId="FACE"),
        "IMAGE_NOT_USABLE",
        "backImageId",
        "upload it first",
    ),
    newcomer("submitIdentity", "not uploaded yet", not_put_yet, "IMAGE_NOT_USABLE", "frontImageId", "ID_FRONT"),
    newcomer(
        "verifyFace", "no consent", lambda _: {"imageId": global_id("Image", new_id())}, "CONSENT_MISSING", None, "FACE"
    ),
    proven("verifyFace", "no id", lambda _: {"imageId": ""}, "WRONG_ID", "imageId"),
    proven("verifyFace", "a card for a face", lambda t: one(t, "ID_FRONT"), "IMAGE_NOT_USABLE", "imageId", "FACE"),
    newcomer(
        "bindBankCard", "not proven", lambda _: card(), "IDENTITY_NOT_PROVEN", None, "identity card and face checks"
    ),
    proven(
        "bindBankCard",
        "a card number with a slip",
        lambda _: card("6222020000000000001"),
        "BAD_CARD_NUMBER",
        "cardNumber",
        "12 to 19",
    ),
    proven("bindBankCard", "too few digits", lambda _: card("1234"), "BAD_CARD_NUMBER", "cardNumber"),
    proven("bindBankCard", "no phone", lambda _: {"cardNumber": OTHER_CARD, "phone": "1"}, "NOT_A_MOBILE", "phone"),
    proven("confirmBankCard", "no id", lambda _: {"bankCardId": "card", "code": "123456"}, "WRONG_ID", "bankCardId"),
    proven(
        "confirmBankCard",
        "somebody else's card",
        lambda t: {"bankCardId": t.ids["debtor's card"], "code": "123456"},
        "CARD_NOT_FOUND",
        "bankCardId",
        "no such bank card",
    ),
    proven(
        "confirmBankCard",
        "no code",
        lambda t: {"bankCardId": t.ids["proven's card"], "code": "12"},
        "BAD_CODE",
        "code",
        "6 digits",
    ),
    Refusal(
        "confirmBankCard",
        "a code the bank knows not",
        with_a_code_the_bank_knows_not,
        "CARD_CODE_WRONG",
        "code",
        "check it and try again",
        who="proven",
        leaves=frozenset({"bank_cards"}),  # that the bank was asked, and when
    ),
    Refusal(
        "confirmBankCard",
        "a card that waits for none",
        lambda t: {"bankCardId": t.ids["debtor's card"], "code": "123456"},
        "CARD_NOT_AWAITING_CODE",
        "bankCardId",
        "BOUND",
    ),
    proven(
        "unbindBankCard",
        "not bound",
        lambda t: {"bankCardId": t.ids["proven's card"]},
        "CARD_NOT_BOUND",
        "bankCardId",
        "CODE_SENT",
    ),
    proven(
        "unbindBankCard",
        "somebody else's",
        lambda t: {"bankCardId": t.ids["debtor's card"]},
        "CARD_NOT_FOUND",
        "bankCardId",
    ),
]


def card(number: str = CARD_NUMBER) -> Json:
    return {"cardNumber": number, "phone": "13800000006"}


async def one(town: Town, kind: str) -> Json:
    return {"imageId": await image(town, "proven", kind)}


@pytest.mark.parametrize("refusal", REFUSALS, ids=str)
async def test_what_cannot_be_is_refused_and_changes_nothing(town: Town, refusal: Refusal) -> None:
    await refusal.holds(town)


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        (b"", "BAD_IMAGE", "JPEG"),
        (b"<svg/>", "BAD_IMAGE", "JPEG"),
        (picture("GIF"), "BAD_IMAGE", "take it again"),
        (picture()[:-40], "BAD_IMAGE", "whole"),
        (b"%PDF-1.7\n" + b"x" * 2000, "BAD_IMAGE", "JPEG"),
        (picture("PNG", (8000, 8000)), "IMAGE_TOO_LARGE", "million pixels"),
    ],
    ids=["nothing", "text", "GIF", "half a JPEG", "PDF", "64 million pixels"],
)
async def test_what_is_no_picture_is_not_kept(town: Town, content: bytes, code: str, says: str) -> None:
    url = await ticket(town)
    before = await town.state()

    english = await town.api.http.put(url, content=content)
    chinese = await town.api.http.put(url, content=content, headers={"accept-language": "zh-CN"})

    assert (english.status_code, english.json()["code"]) == (422, code)
    assert says in english.json()["message"]
    assert "图片" in chinese.json()["message"]
    assert await town.state() == before


async def test_an_address_works_once_and_not_for_long(town: Town) -> None:
    used, late = await ticket(town), await ticket(town)
    assert (await town.api.http.put(used, content=picture())).status_code == 201
    before = await town.state()

    again = await town.api.http.put(used, content=picture())
    unknown = await town.api.http.put("/uploads/not-one-of-ours", content=picture())
    town.api.hands.now = NOW + timedelta(minutes=10)
    too_late = await town.api.http.put(late, content=picture())

    for answer in (again, unknown, too_late):
        assert (answer.status_code, answer.json()["code"]) == (422, "UPLOAD_NOT_FOUND")
        assert "ask for a new one" in answer.json()["message"]
    assert await town.state() == before


async def ticket(town: Town) -> str:
    told = await town.api.do("requestUpload", {"kind": "FACE"}, TICKET, token=await town.token("newcomer"))
    return told["url"]
