"""Those who work with orders see which went to a channel together."""

from datetime import timedelta

import pytest

from domain.payments.models import PaymentBatch
from domain.payments.rules.batching import BatchState
from domain.payments.services import attempts
from tests.graph.town import NOW, Town

BATCHES = """query($where: PaymentBatchWhere) { paymentBatches(first: 10, where: $where) { totalCount nodes {
    batchNo channel state items total submittedAt askAt finishedAt orders(first: 10) { totalCount nodes { number } } } } }"""


@pytest.fixture
async def town(own_town: Town) -> Town:
    """One batch that is asked about, with one order, and one that is over."""
    async with own_town.api.house.sessions.begin() as session:
        for day, state in enumerate((BatchState.DONE, BatchState.SENT)):
            at = NOW + timedelta(days=day)
            batch = PaymentBatch(
                channel="fake", batch_no=f"BA2026030200000{day}a1b2c3d4", items=1, total_fen=1000_00, state=state,
                submitted_at=at, final_at=at, ask_at=None if state is BatchState.DONE else at, asks=0,
            )  # fmt: skip
            session.add(batch)
        await session.flush()
        attempt = (await attempts.claim(session, order_id=own_town.keys["neighbour's order"], at=NOW)).attempt
        attempt.batch_id, attempt.batch_no, attempt.batch_position = batch.id, batch.batch_no, 0
    return own_town


async def test_the_newest_comes_first_with_the_orders_that_are_in_it(town: Town) -> None:
    listed = (await town.api.ask(BATCHES, token=await town.token("cashier")))["paymentBatches"]

    newest, older = listed["nodes"]
    assert (newest["state"], older["state"], listed["totalCount"]) == ("SENT", "DONE", 2)
    assert (newest["batchNo"], newest["items"], newest["total"]) == ("BA20260302000001a1b2c3d4", 1, "1000.00")
    assert (newest["orders"]["totalCount"], older["orders"]["nodes"]) == (1, [])
    assert (newest["askAt"] is None, older["askAt"], newest["finishedAt"]) == (False, None, None)


async def test_only_those_in_a_state_are_listed_where_that_is_asked(town: Town) -> None:
    asked = {"where": {"state": "DONE"}}
    listed = (await town.api.ask(BATCHES, asked, token=await town.token("finance")))["paymentBatches"]
    assert [node["state"] for node in listed["nodes"]] == ["DONE"]
