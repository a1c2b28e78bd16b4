"""The outbox: announced with the business or not at all, leased to one relay at a time, never lost, never endless."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar
from uuid import UUID

import asyncpg
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from domain.shared import outbox
from domain.shared.db import Sessions
from domain.shared.ids import first_id_of, new_id
from domain.shared.outbox import LEASE, MAX_TRIES, OutboxRow, OutboxState


@dataclass(frozen=True, slots=True)
class LoanPainted:
    topic: ClassVar[str] = "lending.painted"
    loan_id: UUID
    on: date
    coats: int = 1


async def announce(session: AsyncSession, count: int = 1) -> list[UUID]:
    for _ in range(count):
        outbox.publish(session, LoanPainted(new_id(), date(2026, 1, 15)))
    await session.flush()
    return list(await session.scalars(select(OutboxRow.id).order_by(OutboxRow.id)))


async def pass_time(session: AsyncSession, rows: Iterable[UUID], by: timedelta) -> None:
    """As if `by` had gone by: what is to come is so much nearer."""
    await session.execute(
        update(OutboxRow).where(OutboxRow.id.in_(rows)).values(available_at=OutboxRow.available_at - by)
    )


async def test_an_event_is_its_topic_and_plain_values(session: AsyncSession) -> None:
    loan_id = new_id()
    outbox.publish(session, LoanPainted(loan_id, date(2026, 1, 15)))
    await session.flush()

    row = (await session.scalars(select(OutboxRow))).one()

    assert row.topic == "lending.painted"
    assert row.payload == {"loan_id": str(loan_id), "on": "2026-01-15", "coats": 1}


async def test_nothing_is_announced_by_a_transaction_that_did_not_commit(sessions: Sessions) -> None:
    async with sessions() as session:
        await announce(session)
        await session.rollback()
    async with sessions() as session:
        assert await session.scalar(select(func.count()).select_from(OutboxRow)) == 0


async def test_the_commit_wakes_the_relay(sessions: Sessions, database_url: str) -> None:
    woken = asyncio.Event()
    listener = await asyncpg.connect(database_url.replace("+asyncpg", ""))
    try:
        await listener.add_listener(outbox.CHANNEL, lambda *_: woken.set())
        async with sessions.begin() as session:
            await announce(session)
        async with asyncio.timeout(5):
            await woken.wait()
    finally:
        await listener.close()


async def test_a_lease_takes_the_oldest_first_and_no_more_than_asked(session: AsyncSession) -> None:
    rows = await announce(session, 5)

    assert await outbox.lease(session, limit=2) == rows[:2]
    assert await outbox.lease(session, limit=2) == rows[2:4]
    assert await outbox.lease(session, limit=2) == rows[4:]


async def test_what_is_leased_is_not_leased_again_until_the_lease_is_over(session: AsyncSession) -> None:
    rows = await announce(session)
    await outbox.lease(session, limit=10)

    await pass_time(session, rows, LEASE - timedelta(seconds=1))
    assert await outbox.lease(session, limit=10) == []
    await pass_time(session, rows, timedelta(seconds=1))
    assert await outbox.lease(session, limit=10) == rows


async def test_what_is_done_is_never_leased_again(session: AsyncSession) -> None:
    (row_id,) = await announce(session)
    row = await outbox.open_row(session, row_id)
    assert row is not None
    outbox.done(row)
    await session.flush()
    await pass_time(session, [row_id], 2 * LEASE)

    assert await outbox.lease(session, limit=10) == []
    assert await outbox.open_row(session, row_id) is None


async def test_two_relays_at_once_share_the_rows_out(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        rows = await announce(session, 30)

    async with sessions() as first, sessions() as second:
        taken = [await outbox.lease(first, limit=20), await outbox.lease(second, limit=20)]
        await first.commit()
        await second.commit()

    assert [len(each) for each in taken] == [20, 10]
    assert sorted(taken[0] + taken[1]) == rows


async def test_a_row_in_one_delivery_is_not_open_to_another(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        (row_id,) = await announce(session)

    async with sessions() as first, sessions() as second:
        assert await outbox.open_row(first, row_id) is not None
        assert await outbox.open_row(second, row_id) is None


async def test_a_delivery_that_is_rolled_back_leaves_the_row_to_do(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        (row_id,) = await announce(session)
    async with sessions() as session:
        row = await outbox.open_row(session, row_id)
        assert row is not None
        outbox.done(row)
        await session.flush()
        await session.rollback()
    async with sessions() as session:
        assert await outbox.open_row(session, row_id) is not None


async def _fail(session: AsyncSession, row_id: UUID) -> OutboxRow:
    await outbox.failed(session, row_id, "ValueError: no")
    await session.flush()
    row = await session.get_one(OutboxRow, row_id)
    await session.refresh(row)
    return row


async def test_a_failure_is_kept_and_comes_again_later_each_time_longer(session: AsyncSession) -> None:
    (row_id,) = await announce(session)
    waits: list[timedelta] = []

    for _ in range(4):
        row = await _fail(session, row_id)
        now = await session.scalar(select(func.now()))
        assert now is not None
        waits.append(row.available_at - now)

    assert row.last_error == "ValueError: no"
    assert waits == [timedelta(seconds=seconds) for seconds in (2, 4, 8, 16)]


async def test_after_so_many_failures_it_is_left_to_a_person_and_can_be_sent_again(session: AsyncSession) -> None:
    (row_id,) = await announce(session)
    for _ in range(MAX_TRIES - 1):
        assert (await _fail(session, row_id)).state is OutboxState.PENDING
    assert (await _fail(session, row_id)).state is OutboxState.DEAD
    assert await outbox.open_row(session, row_id) is None

    assert await outbox.send_again(session, row_id)
    await session.flush()

    assert await outbox.lease(session, limit=10) == [row_id]
    assert not await outbox.send_again(session, row_id)


async def test_waiting_in_a_long_queue_is_not_failing(session: AsyncSession) -> None:
    (row_id,) = await announce(session)
    for _ in range(MAX_TRIES + 1):
        assert await outbox.lease(session, limit=10) == [row_id]
        await pass_time(session, [row_id], 2 * LEASE)

    assert (await _fail(session, row_id)).state is OutboxState.PENDING


async def test_a_very_long_error_is_cut(session: AsyncSession) -> None:
    (row_id,) = await announce(session)

    await outbox.failed(session, row_id, "x" * 5_000)

    row = await session.get_one(OutboxRow, row_id)
    assert row.last_error == "x" * 2_000


async def test_what_was_done_long_ago_is_forgotten_and_nothing_else(session: AsyncSession) -> None:
    now = await session.scalar(select(func.now()))
    assert now is not None

    def born(days_ago: float, state: OutboxState) -> OutboxRow:
        row_id = UUID(int=first_id_of(now - timedelta(days=days_ago)).int + 1)
        return OutboxRow(id=row_id, topic="lending.painted", payload={}, state=state)

    old = [born(days, OutboxState.DONE) for days in (400, 31, 30.01)]
    kept = [born(29.99, OutboxState.DONE), born(399, OutboxState.PENDING), born(398, OutboxState.DEAD)]
    session.add_all([*old, *kept])
    await session.flush()

    assert [await outbox.forget_done(session, days=30, limit=2) for _ in range(3)] == [2, 1, 0]
    assert set(await session.scalars(select(OutboxRow.id))) == {row.id for row in kept}
