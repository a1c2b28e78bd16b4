"""Paying without naming a channel, and why it went where it went."""

from typing import Any

import pytest

from domain.payments.rules.pricing import NAME
from domain.shared.ids import new_id
from domain.shared.policy import PolicyValue
from tests.domain.payments.builders import ROUTING
from tests.graph.town import NOW, Town

CHANNELS = (
    "query($amount: Money, $product: PaymentProduct) { paymentChannels(amount: $amount, product: $product) "
    "{ code available unavailableReason until %s } }"
)
ORDER = "... on RepaymentOrder { id channel status number } ... on Problem { code message field }"
WHY = """query($id: ID!) { node(id: $id) { ... on RepaymentOrder {
  choice { ranked { channel rank fee success cost tries resting } excluded { channel reason until } } } } }"""


@pytest.fixture
async def town(own_town: Town) -> Town:
    return own_town


async def policy(town: Town, **channels: Any) -> None:
    async with town.api.house.sessions.begin() as session:
        value = ROUTING | {"channels": channels}
        session.add(PolicyValue(name=NAME, value=value, source="a test", effective_from=NOW.date()))


async def pay(town: Town, **given: Any) -> dict[str, Any]:
    asked = {"loanId": town.ids["debtor's running"], "intent": "INSTALLMENT", "product": "PAGE"} | given
    return await town.api.do(
        "createRepayment", asked | {"idempotencyKey": new_id().hex}, ORDER, token=await town.token("debtor")
    )


async def test_without_a_channel_the_best_that_offers_the_way_is_taken_and_staff_see_why(town: Town) -> None:
    order = await pay(town)

    assert order["channel"] == "fake"
    told = await town.api.ask(WHY, {"id": order["id"]}, token=await town.token("finance"))
    (first,) = told["node"]["choice"]["ranked"]
    assert (first["channel"], first["rank"], first["success"], first["tries"]) == ("fake", 1, "0.9286", 4)
    assert {"channel": "bank", "reason": "PRODUCT", "until": None} in told["node"]["choice"]["excluded"]


async def test_of_a_channel_he_named_there_is_no_choice_and_borrowers_see_none(town: Town) -> None:
    order = await pay(town, channel="fake")
    told = await town.api.ask(WHY, {"id": order["id"]}, token=await town.token("finance"))
    assert told["node"]["choice"] is None

    answer = (await town.api.answer(WHY, {"id": order["id"]}, token=await town.token("debtor"))).json()
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]


async def test_a_channel_in_maintenance_is_shown_and_refused_until_when(town: Town) -> None:
    await policy(town, fake={"maintenance": [{"from": "2026-01-01T00:00", "to": "2036-01-01T00:00"}]})

    told = await town.api.ask(CHANNELS % "", {"amount": "100.00", "product": "PAGE"})
    shown = {each.pop("code"): each for each in told["paymentChannels"]}
    assert shown["fake"] == {
        "available": False,
        "unavailableReason": "MAINTENANCE",
        "until": "2036-01-01T00:00:00+08:00",
    }
    named = await pay(town, channel="fake")
    assert (named["code"], named["field"]) == ("CHANNEL_AT_REST", ["channel"])
    assert "2036-01-01 00:00" in named["message"]
    assert (await pay(town))["code"] == "NO_CHANNEL_AVAILABLE"


async def test_the_channels_come_in_the_order_in_which_they_are_taken(town: Town) -> None:
    asked = {"amount": "100.00", "product": "PAGE"}
    told = (await town.api.ask(CHANNELS % "", asked))["paymentChannels"]

    assert (told[0]["code"], told[0]["available"]) == ("fake", True)
    assert {each["unavailableReason"] for each in told if each["code"] == "bank"} == {"PRODUCT"}
    plain = (await town.api.ask(CHANNELS % ""))["paymentChannels"]
    assert [each["code"] for each in plain] == [
        each["code"] for each in (await town.api.ask("{ paymentChannels { code } }"))["paymentChannels"]
    ]


async def test_the_staff_sees_the_figures_and_nobody_else(town: Town) -> None:
    asked = {"amount": "100.00", "product": "PAGE"}
    query = CHANNELS % "route { rank fee success cost tries resting }"
    told = await town.api.ask(query, asked, token=await town.token("cashier"))
    assert told["paymentChannels"][0]["route"] == {
        "rank": 1,
        "fee": "0.60",
        "success": "0.9286",
        "cost": "0.68",
        "tries": 4,
        "resting": False,
    }

    answer = (await town.api.answer(query, asked, token=await town.token("debtor"))).json()
    assert {each["route"] for each in answer["data"]["paymentChannels"]} == {None}
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"FORBIDDEN"}


async def test_why_stands_in_the_order_s_history(town: Town) -> None:
    order = await pay(town)
    asked = "query($id: ID!) { node(id: $id) { ... on RepaymentOrder { history { kind facts } } } }"
    told = await town.api.ask(asked, {"id": order["id"]}, token=await town.token("finance"))

    (created,) = [each["facts"] for each in told["node"]["history"] if each["kind"] == "CREATED"]
    assert [each["channel"] for each in created["choice"]["ranked"]] == ["fake"]
