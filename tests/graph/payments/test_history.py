"""An order's history is for those who work with orders."""

import pytest

from domain.payments.ports import PaymentState
from domain.payments.services import attempts
from domain.payments.services.attempts import Source
from tests.domain.payments.builders import PROCESSING, paid
from tests.graph.town import NOW, Town

HISTORY = "query History($id: ID!) { node(id: $id) { ... on RepaymentOrder { number history { %s } } } }"
SHORT = HISTORY % "kind at subject source what before after amount durationMs signature facts"


@pytest.fixture
async def town(own_town: Town) -> Town:
    async with own_town.api.house.sessions.begin() as session:
        attempt = (await attempts.claim(session, order_id=own_town.keys["neighbour's order"], at=NOW)).attempt
        for result in (PROCESSING, paid(attempt.amount_fen)):
            await attempts.apply_result(session, attempt_id=attempt.id, result=result, source=Source.QUERY, at=NOW)
    return own_town


@pytest.mark.parametrize("who", ["finance", "cashier"])
async def test_the_staff_reads_what_happened_in_order(town: Town, who: str) -> None:
    asked = {"id": town.ids["neighbour's order"]}
    told = await town.api.ask(SHORT, asked, token=await town.token(who))

    history = told["node"]["history"]
    assert [entry["kind"] for entry in history] == ["CREATED", "ATTEMPT", "CHANGE", "CHANGE", "POSTING"]
    assert [entry["after"] for entry in history[2:4]] == [PaymentState.PROCESSING, PaymentState.SUCCEEDED]
    assert history[0]["subject"] == told["node"]["number"]
    (line, _) = history[4]["facts"]["lines"]
    assert line["account"].startswith("clearing.")


async def test_whose_order_it_is_reads_its_state_and_not_its_history(town: Town) -> None:
    asked = {"id": town.ids["neighbour's order"]}
    answer = (await town.api.answer(SHORT, asked, token=await town.token("neighbour"))).json()

    assert answer["data"]["node"]["number"]
    assert answer["data"]["node"]["history"] is None
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"FORBIDDEN"}
