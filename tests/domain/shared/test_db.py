"""What every connection to the database is limited to."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.shared.db import IDLE_TIMEOUT_MS, STATEMENT_TIMEOUT_MS


@pytest.mark.parametrize(
    ("setting", "limit"),
    [("statement_timeout", STATEMENT_TIMEOUT_MS), ("idle_in_transaction_session_timeout", IDLE_TIMEOUT_MS)],
)
async def test_nobody_holds_a_lock_for_ever(session: AsyncSession, setting: str, limit: int) -> None:
    held = await session.scalar(text("SELECT CAST(current_setting(:setting) AS interval)"), {"setting": setting})

    assert timedelta() < held <= timedelta(minutes=1)
    assert held == timedelta(milliseconds=limit)
