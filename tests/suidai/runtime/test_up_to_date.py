"""What a start does to a database that is new, of an earlier release, or as it should be."""

import asyncio
from pathlib import Path

import pytest
from alembic import command
from pydantic import SecretStr

from domain.shared.settings import Settings
from suidai.runtime import migrations
from suidai.runtime.home import Home, open_home
from suidai.runtime.up import bring_up_to_date


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return open_home(tmp_path / ".suidai", None)


async def is_seeded_after(database_url: str, home: Home) -> bool:
    """Whether a start migrates the database and gives it the rows of this release."""
    seeded = False

    async def prepare(_settings: Settings, home: Home) -> None:
        nonlocal seeded
        seeded = home.unseeded.exists()
        await asyncio.to_thread(migrations.upgrade, database_url)

    await bring_up_to_date(Settings(database_url=SecretStr(database_url)), home, prepare)
    assert await migrations.current_revision(database_url) == migrations.head_revision()
    assert not home.unseeded.exists()
    return seeded


async def test_a_database_of_an_earlier_release_is_migrated_and_seeded(database_url: str, home: Home) -> None:
    await asyncio.to_thread(command.downgrade, migrations.config(database_url), "-1")

    assert await is_seeded_after(database_url, home)


async def test_a_database_at_the_head_is_left_alone(database_url: str, home: Home) -> None:
    assert not await is_seeded_after(database_url, home)


async def test_a_seed_that_a_crash_cut_off_is_made_good(database_url: str, home: Home) -> None:
    home.unseeded.touch()

    assert await is_seeded_after(database_url, home)
