"""Which ways to pay there are, what each can do, and for the staff how it fares."""

import pytest

from tests.graph.town import Town

CHANNELS = "{ paymentChannels { code status query close refund %s } }"


async def test_anyone_sees_what_a_channel_can_do(town: Town) -> None:
    told = await town.api.ask(CHANNELS % "")

    can = {each.pop("code"): each for each in told["paymentChannels"]}
    assert can["fake"] == {"status": "READY", "query": True, "close": True, "refund": ["FULL", "MULTIPLE", "PARTIAL"]}
    assert can["bank"] == {"status": "READY", "query": True, "close": False, "refund": []}


async def test_the_staff_sees_whether_calls_are_let_through(town: Town) -> None:
    told = await town.api.ask(CHANNELS % "breaker", token=await town.token("cashier"))

    assert {each["breaker"] for each in told["paymentChannels"]} == {"CLOSED"}


@pytest.mark.parametrize(
    ("who", "code"), [("", "NOT_LOGGED_IN"), ("debtor", "FORBIDDEN")], ids=["stranger", "borrower"]
)
async def test_nobody_else_does(town: Town, who: str, code: str) -> None:
    answer = (await town.api.answer(CHANNELS % "breaker", token=await town.token(who))).json()

    assert {each["breaker"] for each in answer["data"]["paymentChannels"]} == {None}
    assert {error["extensions"]["code"] for error in answer["errors"]} == {code}
