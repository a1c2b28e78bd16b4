"""Mandates that are not signed: cards, channels, codes that will not do, and other people's mandates."""

import pytest

from tests.graph.refusals.refusal import Refusal, nowhere, refusing
from tests.graph.town import Town

signing = refusing("signMandate", "proven", {"bankCardId": "proven's bound card", "channel": "giro"})
confirming = refusing("confirmMandate", "proven", {"mandateId": "proven's mandate", "code": "123456"}, once=False)
revoking = refusing("revokeMandate", "proven", {"mandateId": "proven's mandate"}, once=False)

REFUSALS = [
    signing("no id", "WRONG_ID", "bankCardId", bankCardId="x"),
    signing("another kind of id", "WRONG_ID", "bankCardId", bankCardId="debtor's running"),
    signing("none such", "CARD_NOT_FOUND", "bankCardId", bankCardId=nowhere("BankCard")),
    signing("somebody else's card", "CARD_NOT_FOUND", "bankCardId", bankCardId="debtor's card"),
    signing("a card that is not bound", "CARD_NOT_BOUND", "bankCardId", bankCardId="proven's card"),
    signing("unknown channel", "CHANNEL_NOT_AVAILABLE", "channel", "'carrier_pigeon'", channel="carrier_pigeon"),
    signing("a channel without it", "AUTODEBIT_NOT_OFFERED", "channel", "Channel fake", channel="fake"),
    signing("one just begun", "MANDATE_TOO_SOON", "bankCardId", "60 seconds", channel="bank"),
    signing("no card where one is debited", "MANDATE_NEEDS_CARD", "bankCardId", "Channel giro", bankCardId=None),
    signing("a card where none is debited", "MANDATE_TAKES_NO_CARD", "bankCardId", "Channel wallet", channel="wallet"),
    signing("no proven name", "IDENTITY_NOT_PROVEN", channel="wallet", bankCardId=None, who="newcomer"),
    signing("nowhere to return to", "BAD_RETURN_URL", "returnUrl", returnUrl="javascript:alert(1)"),
    signing("no text", "UNREADABLE_INPUT", "channel", "NUL", channel="gi\x00ro"),
    *[
        refusal
        for about in (confirming, revoking)
        for refusal in (
            about("no id", "WRONG_ID", "mandateId", mandateId="x"),
            about("another kind of id", "WRONG_ID", "mandateId", mandateId="proven's card"),
            about("none such", "MANDATE_NOT_FOUND", "mandateId", mandateId=nowhere("Mandate")),
            about("somebody else's", "MANDATE_NOT_FOUND", "mandateId", who="debtor"),
        )
    ],
    *[
        confirming(f"no code: {n}", "BAD_MANDATE_CODE", "code", "4 to 8 digits", **{"code": code})
        for n, code in enumerate(("", "12ab56", "123", "1" * 500, "１２３４５６"))
    ],
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=str)
async def test_a_refused_signing_says_why_and_changes_nothing(town: Town, refusal: Refusal) -> None:
    await refusal.holds(town)
