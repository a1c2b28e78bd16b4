"""Several workers, and a worker that dies: whatever a bill proves is posted once."""

import asyncio
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from domain.payments.models import AttemptState, PaymentAttempt
from domain.reconciliation import flows
from domain.reconciliation.models import Bill, BillLine, Run
from domain.reconciliation.rules.states import BillState
from domain.reconciliation.services import verification, wanting
from domain.shared import failpoints
from domain.shared.db import Sessions
from domain.shared.outbox import OutboxRow
from tests.domain.payments.builders import paid
from tests.domain.reconciliation.builders import DAY, KINDS, World, noon, payment


class Killed(Exception):
    """In place of `kill -9`."""


@pytest.fixture
async def busy(sessions: Sessions) -> World:
    """A world whose steps are connections of their own, before its bill is fetched."""
    world = World(sessions)
    await world.begin()
    return world


async def test_two_workers_that_reconcile_the_same_bill_post_once(busy: World) -> None:
    known, unknown = await busy.paid(), await busy.tried(20_00)
    busy.channel.files[DAY] = [payment(known, 1000_00), payment(unknown.order_no, 20_00), payment("STRAY", 1_00)]
    busy.channel.queries = [paid(20_00, paid_at=noon(DAY))]
    bill_id = await _wanted(busy)

    async def work() -> None:
        await flows.fetch(busy.sessions, busy.clock, busy.channel, kinds=KINDS, bill_id=bill_id)
        await flows.reconcile(busy.sessions, busy.clock, busy.channel, bill_id=bill_id)

    await asyncio.gather(work(), work(), work())

    assert len(await busy.all(BillLine)) == 3
    assert sum(net for *_, net in await busy.settled()) == 1021_00
    async with busy.sessions() as session:
        assert await verification.verify(session) == []
        states = list(await session.scalars(select(PaymentAttempt.state)))
    assert states == [AttemptState.SUCCEEDED] * 2


async def test_two_neighbouring_days_compared_at_once_lose_nothing(busy: World) -> None:
    late = await busy.paid(at=noon(DAY) + timedelta(hours=11, minutes=59))
    busy.channel.files[DAY] = [payment("STRAY", 1_00)]
    busy.channel.files[DAY + timedelta(days=1)] = [payment(late, 1000_00, day=DAY + timedelta(days=1))]
    await _wanted(busy, nights=2)
    ids = [bill.id for bill in await _bills(busy)]
    for bill_id in ids:
        await flows.fetch(busy.sessions, busy.clock, busy.channel, kinds=KINDS, bill_id=bill_id)

    await asyncio.gather(
        *(flows.reconcile(busy.sessions, busy.clock, busy.channel, bill_id=bill_id) for bill_id in ids)
    )
    await busy.work()

    assert [state for finding, _, state in await busy.differing() if finding == "ONLY_OURS"] in (
        [],
        ["SELF_RESOLVED"],
    )
    assert sorted(await busy.settled()) == [(1_00, 0, 0, 1_00), (1000_00, 0, 0, 1000_00)]


@pytest.mark.parametrize("place", ["reconciliation.after_fetch", "reconciliation.after_reading"])
async def test_a_worker_killed_on_the_way_costs_nothing(
    busy: World, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy.channel.files[DAY] = [payment(await busy.paid(), 1000_00)]
    bill_id = await _wanted(busy)

    def die(_pid: int, _signal: int) -> None:
        raise Killed

    monkeypatch.setattr(failpoints.os, "kill", die)
    failpoints.arm([place], tmp_path)
    with pytest.raises(Killed):
        await _both(busy, bill_id)
    async with busy.sessions() as session:
        state = (await session.get_one(Bill, bill_id)).state
    assert state is (BillState.WANTED if place.endswith("fetch") else BillState.PARSED)

    await _both(busy, bill_id)

    assert await busy.settled() == [(1000_00, 0, 0, 1000_00)]


async def test_a_worker_killed_between_fetching_and_reading_leaves_the_file_and_an_announcement(busy: World) -> None:
    busy.channel.files[DAY] = [payment(await busy.paid(), 1000_00)]
    bill_id = await _wanted(busy)
    await flows.fetch(busy.sessions, busy.clock, busy.channel, kinds=KINDS, bill_id=bill_id)
    assert (await busy.bill()).state is BillState.FETCHED
    async with busy.sessions() as session:
        topics = list(await session.scalars(select(OutboxRow.topic)))
    assert topics.count("reconciliation.bill_kept") == 1

    busy.channel.files.clear()
    await busy.work()

    assert (await busy.bill()).state is BillState.PARSED
    assert busy.channel.fetched == [DAY], "it was not fetched twice"
    assert len(await busy.all(Run)) == 1
    assert await busy.settled() == [(1000_00, 0, 0, 1000_00)]


async def _wanted(world: World, nights: int = 1) -> UUID:
    """The bills up to now are wanted and nobody has fetched them; the first one's id."""
    world.hand.at = noon(DAY + timedelta(days=nights))
    async with world.sessions.begin() as session:
        await wanting.want(session, at=world.hand.at)
    return (await world.bill()).id


async def _bills(world: World) -> list[Bill]:
    return sorted(await world.all(Bill), key=lambda bill: bill.day)


async def _both(world: World, bill_id: UUID) -> None:
    await flows.fetch(world.sessions, world.clock, world.channel, kinds=KINDS, bill_id=bill_id)
    await flows.reconcile(world.sessions, world.clock, world.channel, bill_id=bill_id)
