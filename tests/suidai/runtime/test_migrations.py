"""The migrations and the models tell one story, forwards and backwards."""

import asyncio
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory

from suidai.runtime import migrations
from suidai.runtime.errors import CannotStart
from suidai.runtime.sql import connected

WHAT_IS_THERE = """
    SELECT string_agg(line, E'\\n' ORDER BY line) FROM (
        SELECT format('%s.%s %s %s %s', table_name, column_name, data_type, is_nullable, column_default) AS line
          FROM information_schema.columns WHERE table_schema = 'public'
        UNION ALL SELECT format('%s %s', conrelid::regclass, pg_get_constraintdef(oid))
          FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    ) AS everything
"""


async def schema(url: str) -> str:
    async with connected(url) as connection:
        return await connection.fetchval(WHAT_IS_THERE)


async def test_the_migrations_make_what_the_models_say(database_url: str) -> None:
    await asyncio.to_thread(command.check, migrations.config(database_url))


async def test_down_and_up_again_is_where_one_was(database_url: str) -> None:
    before = await schema(database_url)

    await asyncio.to_thread(command.downgrade, migrations.config(database_url), "base")
    bare = await schema(database_url)
    await asyncio.to_thread(migrations.upgrade, database_url)

    assert set(bare.split("\n")) < set(before.split("\n"))
    assert "alembic_version" in bare
    assert bare.count("\n") < 5
    assert await schema(database_url) == before


async def test_a_database_that_had_the_doubts_before_their_revision_is_taken_along(database_url: str) -> None:
    before = await schema(database_url)
    await asyncio.to_thread(command.downgrade, migrations.config(database_url), "0005")
    without = await schema(database_url)
    async with connected(database_url) as connection:
        await connection.execute("ALTER TABLE payment_attempts ADD COLUMN doubted_at timestamptz")

    await asyncio.to_thread(migrations.upgrade, database_url)

    assert without != before
    assert await schema(database_url) == before


async def test_the_head_read_from_files_is_the_one_alembic_finds(database_url: str) -> None:
    head = ScriptDirectory.from_config(migrations.config(database_url)).get_current_head()

    assert migrations.head_revision() == head
    assert await migrations.current_revision(database_url) == head
    assert head in migrations.known_revisions()


def test_two_ends_are_not_guessed_between(tmp_path: Path) -> None:
    (tmp_path / "versions").mkdir()
    for name in ("left", "right"):
        (tmp_path / "versions" / f"{name}.py").write_text(f'revision: str = "{name}"\ndown_revision = None\n')

    with pytest.raises(CannotStart, match=r"more than one end \(left, right\)"):
        migrations.head_revision(tmp_path)


def test_a_merge_follows_both(tmp_path: Path) -> None:
    (tmp_path / "versions").mkdir()
    history = {"left": None, "right": None, "merge": ("left", "right")}
    for name, before in history.items():
        (tmp_path / "versions" / f"{name}.py").write_text(f'revision: str = "{name}"\ndown_revision = {before!r}\n')

    assert migrations.head_revision(tmp_path) == "merge"
