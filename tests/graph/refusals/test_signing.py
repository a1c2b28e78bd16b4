"""Mandates that are not signed: cards, channels, codes that will not do, and other people's mandates."""

import pytest

from domain.shared.ids import new_id
from graph.ids import global_id
from tests.graph.conftest import Json
from tests.graph.town import Refusal, Town, key


def signing(what: str, code: str, field: str | None, says: str = "", **changes: str) -> Refusal:
    def given(town: Town) -> Json:
        asked = {"bankCardId": "proven's bound card", "channel": "giro"} | changes
        return asked | {"bankCardId": town.ids.get(asked["bankCardId"], asked["bankCardId"]), "idempotencyKey": key()}

    return Refusal("signMandate", what, given, code, field, says, who="proven")


def about_one(
    act: str, what: str, code: str, field: str, *, who: str = "proven", mandate: str = "proven's mandate", **more: str
) -> Refusal:
    def given(town: Town) -> Json:
        entered = {"code": more.get("entered", "123456")} if act == "confirmMandate" else {}
        return {"mandateId": town.ids.get(mandate, mandate), **entered}

    return Refusal(act, what, given, code, field, who=who)


NOBODYS = global_id("Mandate", new_id())

REFUSALS = [
    signing("no id", "WRONG_ID", "bankCardId", bankCardId="x"),
    signing("somebody else's card", "CARD_NOT_FOUND", "bankCardId", bankCardId="debtor's card"),
    signing("a card that is not bound", "CARD_NOT_BOUND", "bankCardId", bankCardId="proven's card"),
    signing("unknown channel", "CHANNEL_NOT_AVAILABLE", "channel", "'carrier_pigeon'", channel="carrier_pigeon"),
    signing("a channel without it", "AUTODEBIT_NOT_OFFERED", "channel", "Channel fake", channel="fake"),
    signing("one just begun", "MANDATE_TOO_SOON", "bankCardId", "60 seconds", channel="bank"),
    *(
        refusal
        for act in ("confirmMandate", "revokeMandate")
        for refusal in (
            about_one(act, "no id", "WRONG_ID", "mandateId", mandate="x"),
            about_one(act, "another kind of id", "WRONG_ID", "mandateId", mandate="proven's card"),
            about_one(act, "none such", "MANDATE_NOT_FOUND", "mandateId", mandate="nobody's"),
            about_one(act, "somebody else's", "MANDATE_NOT_FOUND", "mandateId", who="debtor"),
        )
    ),
    about_one("confirmMandate", "no code", "BAD_MANDATE_CODE", "code", entered=""),
    about_one("confirmMandate", "letters", "BAD_MANDATE_CODE", "code", entered="12ab56"),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=str)
async def test_a_refused_signing_says_why_and_changes_nothing(town: Town, refusal: Refusal) -> None:
    town.ids["nobody's"] = NOBODYS
    await refusal.holds(town)
