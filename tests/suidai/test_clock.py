"""`suidai clock` on the database of a house."""

import asyncio

import pytest

from domain.shared.db import Sessions
from suidai import clock_commands
from suidai.runtime.errors import CannotStart


@pytest.fixture(autouse=True)
def house(monkeypatch: pytest.MonkeyPatch, database_url: str, sessions: Sessions) -> None:
    monkeypatch.setenv("SUIDAI_DATABASE_URL", database_url)
    monkeypatch.setenv("SUIDAI_MASTER_KEY", "A" * 43 + "=")


async def test_business_time_is_moved_ahead_by_a_step_and_by_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    await asyncio.to_thread(clock_commands.advance, "+3d")
    await asyncio.to_thread(clock_commands.show)
    for to, says in (
        ("+99999999999d", "is not a moment: write"),
        ("2026-12-01T09:00", "with its offset"),
        ("2020-01-01T00:00Z", "cannot be moved back"),
    ):
        with pytest.raises(CannotStart, match=says):
            await asyncio.to_thread(clock_commands.advance, to)

    moved, shown = capsys.readouterr().out.splitlines()
    assert moved[:10] == shown[:10]
    assert moved.endswith("(1 due)"), "that the clock was moved is announced"
