"""A collector's day over the API: what he sees, what he asks the guard, what he writes down."""

from datetime import UTC, datetime

import pytest

from tests.graph.api import Json
from tests.graph.town import NOW, Town, key

NIGHT = datetime(2026, 2, 20, 14, 30, tzinfo=UTC)
MORNING = datetime(2026, 2, 21, 0, 0, tzinfo=UTC)
CASE = "query($id: ID!) { node(id: $id) { ... on CollectionCase { %s } } }"


@pytest.fixture
async def town(town: Town) -> Town:
    town.api.hands.now = NOW
    return town


async def listed(town: Town, who: str, arguments: str = "first: 9") -> list[str]:
    told = await town.api.ask(
        f"{{ collectionCases({arguments}) {{ nodes {{ number }} }} }}", token=await town.token(who)
    )
    return [case["number"][-1] for case in told["collectionCases"]["nodes"]]


async def case(
    town: Town, selection: str, *, name: str = "debtor's case", who: str = "collector", **headers: str
) -> Json:
    asked = {"id": town.ids[name]}
    return (await town.api.ask(CASE % selection, asked, token=await town.token(who), **headers))["node"]


async def trying(town: Town, **changes: str) -> Json:
    asked = {"caseId": town.ids["debtor's case"], "channel": "CALL", "party": "DEBTOR", "outcome": "UNANSWERED"}
    asked |= {"idempotencyKey": key()} | changes
    selection = "... on ContactAttempt { id outcome note case { number } }"
    return await town.api.do("recordContact", asked, selection, token=await town.token("collector"))


async def test_a_collector_sees_his_own_cases_and_nobody_s_and_an_administrator_all(town: Town) -> None:
    assert await listed(town, "collector") == ["1", "2"]
    assert await listed(town, "admin") == ["1", "2", "3"]
    assert await listed(town, "collector", "first: 9, where: {mine: true}") == ["1"]
    assert await listed(town, "collector", "first: 9, where: {unassigned: true}") == ["2"]
    assert await listed(town, "collector", "first: 9, where: {status: CLOSED}") == ["4"]
    assert await listed(town, "collector", "first: 9, where: {openTask: CALL}") == []


async def test_the_list_is_sorted_by_time_both_ways(town: Town) -> None:
    assert await listed(town, "admin", "first: 9, sortBy: {direction: DESCENDING}") == ["3", "2", "1"]
    assert await listed(town, "admin", "last: 2, sortBy: {field: OVERDUE_SINCE, direction: ASCENDING}") == ["2", "3"]


async def test_a_colleague_s_case_is_none(town: Town) -> None:
    assert await case(town, "number", name="colleague's case") is None
    assert (await case(town, "number assignee { username }", name="colleague's case", who="admin"))["assignee"] == {
        "username": "colleague2"
    }


async def test_the_debtor_s_phone_is_masked_and_for_his_collector_alone(town: Town) -> None:
    assert (await case(town, "debtorPhone"))["debtorPhone"] == "138****0001"
    assert (await case(town, "debtorPhone", who="admin"))["debtorPhone"] is None
    assert (await case(town, "debtorPhone", name="neighbour's case"))["debtorPhone"] is None


async def test_the_guard_is_asked_before_dialling_and_keeps_nothing_of_it(town: Town) -> None:
    asked = "contactGuard(channel: CALL, party: DEBTOR) { allowed rule source until message }"
    before = await town.state()
    nothing = {"rule": None, "source": None, "until": None, "message": None}
    assert (await case(town, asked))["contactGuard"] == {"allowed": True} | nothing

    town.api.hands.now = NIGHT
    said = (await case(town, asked, accept_language="zh-CN"))["contactGuard"]

    assert said == {
        "allowed": False,
        "rule": "cn_gbt_45251.rest_hours",
        "source": "GB/T 45251-2025",
        "until": "2026-02-21T08:00:00+08:00",
        "message": "不得进行此次联系：现为休息时段（规则 cn_gbt_45251.rest_hours，GB/T 45251-2025）。"
        "自 2026-02-21T08:00+08:00 起可再次联系。",
    }
    assert (await case(town, asked, name="closed case"))["contactGuard"] is None
    assert await town.state() == before


async def test_nobody_else_is_shown_while_the_guard_does_not_allow_it(town: Town) -> None:
    told = await case(town, "locatingContacts { id } contactGuard(channel: CALL, party: CONTACT) { allowed rule }")

    assert told == {
        "locatingContacts": [],
        "contactGuard": {"allowed": False, "rule": "cn_gbt_45251.third_person"},
    }


async def test_an_evening_and_the_morning_after_it(town: Town) -> None:
    """Refused at night by the same key that is allowed in the morning; then he promises."""
    town.api.hands.now, once = NIGHT, key()
    refused = await trying(town, idempotencyKey=once, note="He is never at home.")
    assert (refused["code"], refused["field"]) == ("CONTACT_NOT_ALLOWED", None)
    assert "allowed again from 2026-02-21T08:00+08:00" in refused["message"]

    town.api.hands.now = MORNING
    made = await trying(town, idempotencyKey=once, note="He is never at home.")
    assert (made["outcome"], made["note"]) == ("UNANSWERED", "He is never at home.")
    assert made["case"] == {"number": "CC20260216000001"}
    asked = {"caseId": town.ids["debtor's case"], "amount": "10.00", "on": "2026-02-23", "idempotencyKey": key()}
    promised = await town.api.do(
        "recordPromise", asked, "... on PaymentPromise { amount on status }", token=await town.token("collector")
    )

    assert promised == {"__typename": "PaymentPromise", "amount": "10.00", "on": "2026-02-23", "status": "OPEN"}
    told = await case(
        town,
        "decisions { allowed rule until } attempts { id outcome note } promises { amount status } tasks { kind } "
        "severity daysPastDue loan { number }",
    )
    assert told["decisions"] == [
        {"allowed": True, "rule": None, "until": None},
        {"allowed": False, "rule": "cn_gbt_45251.rest_hours", "until": "2026-02-21T08:00:00+08:00"},
    ]
    assert told["attempts"] == [{"id": made["id"], "outcome": "UNANSWERED", "note": "He is never at home."}]
    assert told["promises"] == [{"amount": "10.00", "status": "OPEN"}]
    assert (told["severity"], told["daysPastDue"], told["tasks"]) == ("RED", 6, [])


async def test_a_collector_takes_a_case_and_an_administrator_gives_it_to_another(town: Town) -> None:
    asked = {"caseId": town.ids["neighbour's case"], "staffId": town.ids["collector"]}
    selection = "... on CollectionCase { number assignedAt assignee { username } }"

    taken = await town.api.do("assignCase", asked, selection, token=await town.token("collector"))
    assert taken["assignee"] == {"username": "collector"}

    asked["staffId"] = town.ids["colleague"]
    given = await town.api.do("assignCase", asked, selection, token=await town.token("admin"))
    assert given["assignee"] == {"username": "colleague2"}
    assert await case(town, "number", name="neighbour's case") is None
