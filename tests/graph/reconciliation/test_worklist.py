"""Finance sees what was compared and what differs, and decides once."""

from datetime import timedelta
from typing import Any

import pytest

from domain.shared.ids import new_id
from graph.ids import global_id
from tests.domain.reconciliation.builders import DAY, World, payment
from tests.graph.api import Api

RUNS = """query($where: ReconciliationRunWhere) { reconciliationRuns(first: 10, where: $where) { nodes {
    channel day lines findings { finding count theirs ours } theirs ours difference fees settled } } }"""
LISTED = """query($where: DiscrepancyWhere) { discrepancies(first: 10, where: $where) { totalCount nodes {
    id channel day finding subject theirs ours state } } }"""
DECIDED = "... on Discrepancy { state resolution reason writtenOff resolvedBy { username } }"


@pytest.fixture
async def world(api: Api) -> World:
    """A day of the channel `fake` on which one sum is another than ours."""
    world = World(api.house.sessions)
    world.channel.files[DAY] = [payment(await world.paid(), 1000_00, 6_00), payment(await world.paid(20_00), 19_00)]
    await world.night()
    api.token = await api.staff("finance")
    return world


async def test_a_run_tells_every_finding_and_both_sums(api: Api, world: World) -> None:
    (run,) = (await api.ask(RUNS, {"where": {"channel": "fake", "day": DAY.isoformat()}}))["reconciliationRuns"][
        "nodes"
    ]

    assert run == {
        "channel": "fake",
        "day": DAY.isoformat(),
        "lines": 2,
        "findings": [
            {"finding": "AMOUNT_DIFF", "count": 1, "theirs": "19.00", "ours": "20.00"},
            {"finding": "MATCHED", "count": 1, "theirs": "1000.00", "ours": "1000.00"},
        ],
        "theirs": "1019.00",
        "ours": "1020.00",
        "difference": "-1.00",
        "fees": "6.00",
        "settled": "1000.00",
    }
    for where in ({"channel": "none"}, {"day": (DAY + timedelta(days=1)).isoformat()}):
        assert (await api.ask(RUNS, {"where": where}))["reconciliationRuns"]["nodes"] == []


async def test_what_differs_is_listed_by_state_and_channel(api: Api, world: World) -> None:
    told = (await api.ask(LISTED, {"where": {"state": ["OPEN"], "channel": "fake"}}))["discrepancies"]

    (row,) = told["nodes"]
    assert (told["totalCount"], row["finding"], row["theirs"], row["ours"]) == (1, "AMOUNT_DIFF", "19.00", "20.00")
    for where in ({"state": ["RESOLVED"]}, {"channel": "none"}):
        assert (await api.ask(LISTED, {"where": where}))["discrepancies"]["nodes"] == []


async def test_a_decision_is_made_once_per_key_and_not_again_by_another(api: Api, world: World) -> None:
    (row,) = (await api.ask(LISTED))["discrepancies"]["nodes"]
    asked: dict[str, Any] = {
        "discrepancyId": row["id"],
        "resolution": "ACCEPT_CHANNEL",
        "reason": "one yuan is not worth a letter",
        "idempotencyKey": "decision-1",
    }

    first, second = [await api.do("resolveDiscrepancy", asked, DECIDED) for _ in range(2)]

    assert first == second
    assert {name: first[name] for name in ("state", "resolution", "reason", "writtenOff", "resolvedBy")} == {
        "state": "RESOLVED",
        "resolution": "ACCEPT_CHANNEL",
        "reason": "one yuan is not worth a letter",
        "writtenOff": "1.00",
        "resolvedBy": {"username": "finance"},
    }
    assert (await api.do("resolveDiscrepancy", asked | {"idempotencyKey": "decision-2"}))[
        "code"
    ] == "DISCREPANCY_RESOLVED"
    nowhere = {"discrepancyId": global_id("Discrepancy", new_id()), "idempotencyKey": "decision-3"}
    assert (await api.do("resolveDiscrepancy", asked | nowhere))["code"] == "DISCREPANCY_NOT_FOUND"


async def test_what_has_no_sum_is_refused_to_be_booked(api: Api, world: World) -> None:
    world.channel.files[DAY] = []
    await world.rerun()
    row = next(row for row in (await api.ask(LISTED))["discrepancies"]["nodes"] if row["finding"] == "OTHER_FILE")
    asked = {
        "discrepancyId": row["id"],
        "resolution": "ACCEPT_CHANNEL",
        "reason": "as it is",
        "idempotencyKey": "decision-4",
    }

    assert (await api.do("resolveDiscrepancy", asked))["code"] == "NOTHING_TO_ACCEPT"


async def test_a_day_is_looked_at_again_when_finance_says_so(api: Api, world: World) -> None:
    bill = await api.do(
        "rerunReconciliation", {"channel": "fake", "day": DAY.isoformat()}, "... on ChannelBill { channel day state }"
    )
    await world.work()

    assert bill == {"__typename": "ChannelBill", "channel": "fake", "day": DAY.isoformat(), "state": "PARSED"}
    assert len((await api.ask(RUNS))["reconciliationRuns"]["nodes"]) == 2
    assert await api.problem("rerunReconciliation", {"channel": "fake", "day": "2020-01-01"}) == "BILL_NOT_WANTED"
