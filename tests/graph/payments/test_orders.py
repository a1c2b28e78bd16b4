"""What a borrower can pay with is shown to him as long as he may pay with it."""

from dataclasses import replace

import pytest

from domain.payments.models import PaymentAttempt, PaymentOrder
from domain.payments.ports import PaymentResult, PaymentState, QrCode
from domain.payments.services import attempts, orders
from domain.payments.services.attempts import Source
from tests.domain.payments.builders import CLOSED, PROCESSING
from tests.graph.api import Json
from tests.graph.town import NOW, Town

CODE = PaymentResult(PaymentState.ACTION_REQUIRED, action=QrCode("https://pay.example/code"))
ORDERS = "repaymentOrders(first: 9) { nodes { id action { __typename ... on QrCodeAction { codeUrl } } } }"
SHOWN = {"__typename": "QrCodeAction", "codeUrl": "https://pay.example/code"}


@pytest.fixture
async def town(own_town: Town) -> Town:
    return own_town


async def _told(town: Town, *results: PaymentResult) -> PaymentAttempt:
    """The neighbour's order, and what its channel said of it."""
    async with town.api.house.sessions.begin() as session:
        attempt = (await attempts.claim(session, order_id=town.keys["neighbour's order"], at=NOW)).attempt
        for result in results:
            await attempts.apply_result(session, attempt_id=attempt.id, result=result, source=Source.QUERY, at=NOW)
        return attempt


async def _action(town: Town) -> Json | None:
    mine = await town.api.mine(ORDERS, token=await town.token("neighbour"))
    shown = {order["id"]: order["action"] for order in mine["repaymentOrders"]["nodes"]}
    return shown[town.ids["neighbour's order"]]


async def test_a_code_is_shown_also_after_the_channel_said_that_it_waits_for_the_payer(town: Town) -> None:
    await _told(town, CODE, PROCESSING)

    assert await _action(town) == SHOWN


async def test_a_code_nobody_can_pay_by_any_more_is_not_shown(town: Town) -> None:
    await _told(town, CODE, CLOSED)

    assert await _action(town) is None


async def test_an_order_that_was_left_names_the_one_that_was_made_instead_and_so_on(town: Town) -> None:
    listing = town.api.house.registry.listing("fake")
    made: list[PaymentOrder] = []
    async with town.api.house.sessions.begin() as session:
        left = await session.get_one(PaymentOrder, town.keys["neighbour's order"])
        for _ in range(2):
            left = await orders.create_instead(session, left, channel=listing, choice={}, at=NOW)
            made.append(left)
    asked = "query($id: ID!) { node(id: $id) { ... on RepaymentOrder { %s } } }"
    asked %= "replacedBy { number replacedBy { number replacedBy { number } } }"

    told = await town.api.ask(asked, {"id": town.ids["neighbour's order"]}, token=await town.token("neighbour"))

    first, second = (order.number for order in made)
    assert told["node"]["replacedBy"] == {"number": first, "replacedBy": {"number": second, "replacedBy": None}}


async def test_a_code_whose_place_another_has_taken_is_not_shown(town: Town) -> None:
    attempt = await _told(town, CODE)
    async with town.api.house.sessions.begin() as session:
        await attempts.supersede(session, attempt=await session.merge(attempt), at=NOW)

    assert await _action(town) is None


async def _in_doubt(town: Town) -> list[str]:
    asked = "{ repaymentOrders(first: 9, where: { inDoubt: true }) { nodes { id } } }"
    found = await town.api.ask(asked, token=await town.token("cashier"))
    return [order["id"] for order in found["repaymentOrders"]["nodes"]]


async def test_an_order_whose_channel_still_does_not_know_its_end_when_it_should_is_in_doubt(town: Town) -> None:
    attempt = await _told(town, PROCESSING)
    before = await _in_doubt(town)
    async with town.api.house.sessions.begin() as session:
        (await session.get_one(PaymentAttempt, attempt.id)).final_at = NOW

    assert (before, await _in_doubt(town)) == ([], [town.ids["neighbour's order"]])


async def test_an_order_is_in_doubt_while_its_channel_tells_of_another_sum_and_does_not_stand_to_it(town: Town) -> None:
    attempt = await _told(town, PROCESSING)
    told = PaymentResult(PaymentState.SUCCEEDED, currency="CNY", provider_no="P1", paid_at=NOW)
    async with town.api.house.sessions.begin() as session:
        less = replace(told, amount_fen=attempt.amount_fen - 1)
        await attempts.apply_result(session, attempt_id=attempt.id, result=less, source=Source.NOTICE, at=NOW)
    doubted = await _in_doubt(town)
    async with town.api.house.sessions.begin() as session:
        whole = replace(told, amount_fen=attempt.amount_fen)
        await attempts.apply_result(session, attempt_id=attempt.id, result=whole, source=Source.QUERY, at=NOW)

    assert (doubted, await _in_doubt(town)) == ([town.ids["neighbour's order"]], [])
