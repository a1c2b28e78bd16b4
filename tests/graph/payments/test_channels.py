"""Which ways to pay there are, what each can do, and for the staff how it fares."""

import pytest

from domain.payments.ports import NotificationKind
from tests.domain.payments.builders import notice
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


async def test_the_staff_sees_which_notices_moved_nothing_and_why(town: Town) -> None:
    proven = {
        "forged": {"sign": "forged"},
        "foreign": {"error": "FOREIGN_MERCHANT"},
        "probe": {"kind": NotificationKind.PROBE},
    }
    for number, about in proven.items():
        for _ in range(2):
            await town.api.http.post("/notify/payments/fake", content=notice(number, **about).body)  # type: ignore[arg-type]

    told = await town.api.ask(CHANNELS % "refusedNotices { reason about copies }", token=await town.token("cashier"))

    found = {each["code"]: each["refusedNotices"] for each in told["paymentChannels"]}
    assert found["bank"] == []
    assert found["fake"] == [
        {"reason": "FOREIGN_MERCHANT", "about": "foreign", "copies": 2},
        {"reason": "BAD_SIGNATURE", "about": None, "copies": 2},
    ]


@pytest.mark.parametrize(
    ("who", "code"), [("", "NOT_LOGGED_IN"), ("debtor", "FORBIDDEN")], ids=["stranger", "borrower"]
)
async def test_nobody_else_does(town: Town, who: str, code: str) -> None:
    asked = CHANNELS % "breaker refusedNotices { copies }"
    answer = (await town.api.answer(asked, token=await town.token(who))).json()

    told = {(each["breaker"], each["refusedNotices"]) for each in answer["data"]["paymentChannels"]}
    assert told == {(None, None)}
    assert {error["extensions"]["code"] for error in answer["errors"]} == {code}
