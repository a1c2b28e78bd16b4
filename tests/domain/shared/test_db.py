"""What every connection to the database is limited to, and that none is used which is gone."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from domain.shared import db
from domain.shared.db import IDLE_TIMEOUT_MS, STATEMENT_TIMEOUT_MS


@pytest.mark.parametrize(
    ("setting", "limit"),
    [("statement_timeout", STATEMENT_TIMEOUT_MS), ("idle_in_transaction_session_timeout", IDLE_TIMEOUT_MS)],
)
async def test_nobody_holds_a_lock_for_ever(session: AsyncSession, setting: str, limit: int) -> None:
    held = await session.scalar(text("SELECT CAST(current_setting(:setting) AS interval)"), {"setting": setting})

    assert timedelta() < held <= timedelta(minutes=1)
    assert held == timedelta(milliseconds=limit)


async def test_a_connection_that_the_server_closed_is_replaced_before_it_is_used(engine: AsyncEngine) -> None:
    async with engine.connect() as other:
        async with engine.connect() as connection:
            driver, ended = await _driver_of(connection), await _server_of(connection)
        await other.execute(text("SELECT pg_terminate_backend(:ended)"), {"ended": ended})
        async with asyncio.timeout(10):
            while not driver.is_closed():
                await asyncio.sleep(0.005)
        async with engine.connect() as connection:
            assert await _server_of(connection) != ended


@pytest.mark.parametrize(("rest", "asked"), [(-1.0, True), (3600.0, False)])
async def test_a_connection_is_asked_whether_it_is_there_after_a_rest_only(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch, rest: float, asked: bool
) -> None:
    monkeypatch.setattr(db, "LONG_IDLE_SECONDS", rest)
    sent: list[str] = []
    async with engine.connect() as connection:
        (await _driver_of(connection)).add_query_logger(lambda query: sent.append(query.query))
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))

    assert "BEGIN;" in sent
    assert (";" in sent) is asked


async def _driver_of(connection: AsyncConnection) -> Any:
    return (await connection.get_raw_connection()).driver_connection


async def _server_of(connection: AsyncConnection) -> int:
    return (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
