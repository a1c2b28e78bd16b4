"""Closing a booking day."""

import asyncio
from datetime import UTC, date, datetime

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain.ledger import queries, services
from domain.ledger.errors import DayNotOver
from domain.ledger.rules.lines import credit, debit
from domain.shared.db import Sessions

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)
MONDAY_NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
AFTER_MIDNIGHT = datetime(2026, 3, 2, 16, 30, tzinfo=UTC)


async def _receive(session: AsyncSession, at: datetime, source: str = "payment:1") -> date:
    day = await services.booking_day(session, at)
    lines = debit("clearing.alipay", 100), credit("suspense.payments", 100)
    await services.post(session, source=source, kind="received", booking_date=day, value_date=day, at=at, lines=lines)
    return day


async def test_a_closed_day_keeps_its_totals(session: AsyncSession) -> None:
    await _receive(session, MONDAY_NOON)
    closed = await services.close_day(session, MONDAY, AFTER_MIDNIGHT)

    assert (closed.debit_fen, closed.credit_fen, closed.closed_at) == (100, 100, AFTER_MIDNIGHT)


async def test_closing_a_day_again_changes_nothing(session: AsyncSession) -> None:
    first = await services.close_day(session, MONDAY, AFTER_MIDNIGHT)

    assert await services.close_day(session, MONDAY, datetime(2026, 3, 4, tzinfo=UTC)) is first


async def test_a_day_that_is_not_over_is_not_closed(session: AsyncSession) -> None:
    with pytest.raises(DayNotOver):
        await services.close_day(session, MONDAY, MONDAY_NOON)


async def test_what_comes_late_is_booked_on_the_open_day(session: AsyncSession) -> None:
    await services.close_day(session, MONDAY, AFTER_MIDNIGHT)

    assert await _receive(session, MONDAY_NOON) == TUESDAY


async def test_the_business_day_is_the_shanghai_day(session: AsyncSession) -> None:
    assert await services.booking_day(session, AFTER_MIDNIGHT) == TUESDAY


async def test_closing_waits_for_who_is_booking_and_counts_it(sessions: Sessions) -> None:
    booked, go_on = asyncio.Event(), asyncio.Event()

    async def book() -> None:
        async with sessions.begin() as session:
            await _receive(session, MONDAY_NOON)
            booked.set()
            await go_on.wait()

    async def close() -> int:
        await booked.wait()
        async with sessions.begin() as session:
            return (await services.close_day(session, MONDAY, AFTER_MIDNIGHT)).debit_fen

    booking, closing = asyncio.create_task(book()), asyncio.create_task(close())
    await booked.wait()
    done, _ = await asyncio.wait({closing}, timeout=0.2)
    assert not done
    go_on.set()
    await booking
    assert await closing == 100


async def test_whoever_books_while_a_day_is_closed_gets_the_next(sessions: Sessions) -> None:
    closing, go_on = asyncio.Event(), asyncio.Event()

    async def close() -> None:
        async with sessions.begin() as session:
            await services.close_day(session, MONDAY, AFTER_MIDNIGHT)
            closing.set()
            await go_on.wait()

    async def book() -> date:
        await closing.wait()
        async with sessions.begin() as session:
            return await _receive(session, MONDAY_NOON)

    closer, booker = asyncio.create_task(close()), asyncio.create_task(book())
    await closing.wait()
    done, _ = await asyncio.wait({booker}, timeout=0.2)
    assert not done
    go_on.set()
    await closer
    assert await booker == TUESDAY
    async with sessions() as session:
        assert (await queries.totals_of_day(session, MONDAY)).debit_fen == 0
