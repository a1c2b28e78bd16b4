"""A borrower signs a mandate, looks at it, takes it back; staff see it masked."""

from hashlib import sha256
from typing import cast

import pytest

from domain.payments.ports import RedirectUrl
from domain.payments.ports.mandates import MandateResult
from domain.payments.ports.states import MandateState
from tests.domain.payments.mandates import CODE_SENT, NOBODY_KNOWS, WRONG_CODE, DebitChannel
from tests.graph.api import Json
from tests.graph.town import Town, key

MANDATE = """... on Mandate {
    id number status channel cap terms termsHash account bank validTo refusal signedAt revokedAt
    bankCard { id number }
    action { __typename ... on SmsSentAction { phone } ... on RedirectAction { url } ... on HtmlFormAction { html } }
}"""


@pytest.fixture
async def town(town: Town) -> Town:
    """Nobody waits for the minute between two signings here."""
    town.api.hands.wait(minutes=2)
    town.api.token = await town.token("proven")
    bank(town).begins, bank(town).confirms = [CODE_SENT], [signed("T-1")]
    return town


def signed(token: str) -> MandateResult:
    return MandateResult(MandateState.ACTIVE, token=token, account_masked="622202****0000", bank="ICBC")


def bank(town: Town) -> DebitChannel:
    return cast("DebitChannel", town.api.house.registry.channel("bank"))


async def sign(town: Town) -> Json:
    given = {"bankCardId": town.ids["proven's bound card"], "channel": "bank", "idempotencyKey": key()}
    return await town.api.do("signMandate", given, MANDATE)


async def test_a_mandate_is_signed_by_a_code_seen_and_taken_back(town: Town) -> None:
    made = await sign(town)
    assert (made["status"], made["channel"], made["cap"]) == ("AWAITING_CODE", "bank", "50000.00")
    assert made["action"] == {"__typename": "SmsSentAction", "phone": "138****8000"}
    assert made["termsHash"] == sha256(made["terms"].encode()).hexdigest()
    assert "50000.00" in made["terms"]
    assert made["bankCard"]["id"] == town.ids["proven's bound card"]

    active = await town.api.do("confirmMandate", {"mandateId": made["id"], "code": "123456"}, MANDATE)
    assert (active["status"], active["action"], active["account"]) == ("ACTIVE", None, "622202****0000")
    listed = (await town.api.mine("mandates(first: 1) { totalCount nodes { id status } }"))["mandates"]
    assert listed["nodes"] == [{"id": made["id"], "status": "ACTIVE"}]

    for _ in range(2):
        gone = await town.api.do("revokeMandate", {"mandateId": made["id"]}, MANDATE)
        assert (gone["status"], gone["revokedAt"] is None) == ("REVOKED", False)


async def test_a_wrong_code_may_be_entered_again(town: Town) -> None:
    made = await sign(town)
    bank(town).confirms = [WRONG_CODE, signed("T-2")]
    given = {"mandateId": made["id"], "code": "000000"}

    told = await town.api.do("confirmMandate", given, MANDATE)
    assert (told["code"], told["field"], told["message"]) == (
        "MANDATE_CODE_WRONG",
        ["code"],
        "The code is not the one that was sent; 4 more tries.",
    )
    assert (await town.api.do("confirmMandate", given, MANDATE))["status"] == "ACTIVE"
    await town.api.do("revokeMandate", {"mandateId": made["id"]})


async def test_a_page_to_sign_on_is_shown(town: Town) -> None:
    bank(town).begins = [MandateResult(MandateState.ACTION_REQUIRED, action=RedirectUrl("https://bank.example/1"))]

    made = await sign(town)

    assert made["action"] == {"__typename": "RedirectAction", "url": "https://bank.example/1"}
    await town.api.do("revokeMandate", {"mandateId": made["id"]})


async def test_an_account_at_the_channel_is_signed_for_without_a_card(town: Town) -> None:
    wallet = cast("DebitChannel", town.api.house.registry.channel("wallet"))
    wallet.begins = [MandateResult(MandateState.ACTION_REQUIRED, action=RedirectUrl("https://wallet.example/1"))]
    given = {"channel": "wallet", "returnUrl": "https://loan.example.com/me", "idempotencyKey": key()}

    made = await town.api.do("signMandate", given, MANDATE)

    assert (made["status"], made["bankCard"]) == ("AWAITING_PAGE", None)
    assert made["action"] == {"__typename": "RedirectAction", "url": "https://wallet.example/1"}
    (asked,) = wallet.begun
    assert (asked.return_url, asked.borrower.card_number.reveal()) == ("https://loan.example.com/me", "")
    assert asked.borrower.name.reveal()
    assert await town.api.do("signMandate", given, MANDATE) == made, "the same act is done once"
    assert len(wallet.begun) == 1
    await town.api.do("revokeMandate", {"mandateId": made["id"]})


async def test_what_nobody_knows_is_shown_as_that_and_can_be_revoked(town: Town) -> None:
    bank(town).begins = [NOBODY_KNOWS]

    made = await sign(town)

    assert (made["status"], made["action"]) == ("UNKNOWN", None)
    assert (await town.api.do("revokeMandate", {"mandateId": made["id"]}, MANDATE))["status"] == "REVOKED"


async def test_staff_see_it_masked_on_the_borrower(town: Town) -> None:
    made = await sign(town)
    await town.api.do("confirmMandate", {"mandateId": made["id"], "code": "123456"})
    document = "query($id: ID!) { node(id: $id) { ... on Mandate { status account bankCard { number } } } }"

    seen = await town.api.ask(document, {"id": made["id"]}, token=await town.api.staff("cashier"))

    assert seen["node"] == {"status": "ACTIVE", "account": "622202****0000", "bankCard": {"number": "**** 0000"}}
    await town.api.do("revokeMandate", {"mandateId": made["id"]})


async def test_the_channels_say_whether_and_how_one_signs(town: Town) -> None:
    listed = await town.api.ask("{ paymentChannels { code autodebit mandateSigning mandateCard } }")

    said = {
        one["code"]: (one["autodebit"], one["mandateSigning"], one["mandateCard"]) for one in listed["paymentChannels"]
    }
    assert said["bank"] == (True, ["SMS"], True)
    assert said["wallet"] == (True, ["PAGE"], False)
    assert said["fake"] == (False, [], True)
