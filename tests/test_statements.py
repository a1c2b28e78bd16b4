"""Few tests that send every statement: none is left out, and who stands alone is never."""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from tests.statements import Notes, enough, noted_in


@dataclass(frozen=True)
class Item:
    """As much of a test as is looked at."""

    nodeid: str
    fixturenames: tuple[str, ...] = ("servers", "session")


def chosen(sent: dict[str, str], *items: Item) -> str:
    """The ids of those that are kept, in a row. `sent`: a letter for each statement."""
    noted = {test: frozenset(letters) for test, letters in sent.items()}
    return "".join(item.nodeid for item in enough(cast("list[pytest.Item]", list(items)), noted))


def test_every_statement_is_sent_and_by_few() -> None:
    items = [Item("1"), Item("2"), Item("3"), Item("4")]
    assert chosen({"1": "a", "2": "ab", "3": "b", "4": "c"}, *items) == "24"


def test_they_stay_in_their_order() -> None:
    assert chosen({"1": "a", "2": "bcd", "3": "e"}, Item("1"), Item("2"), Item("3")) == "123"


@pytest.mark.parametrize("alone", ["database_url", "redis_url"])
def test_what_has_servers_of_its_own_is_always_run_and_counts(alone: str) -> None:
    assert chosen({"1": "ab", "2": "a"}, Item("1"), Item("2", ("servers", alone))) == "12"
    assert chosen({"1": "a", "2": "a"}, Item("1"), Item("2", ("servers", alone))) == "2"


def test_of_which_nothing_is_known_is_run() -> None:
    assert chosen({"1": "a"}, Item("1"), Item("new")) == "1new"
    assert chosen({}, Item("1"), Item("2")) == "12"


async def test_a_statement_and_each_of_its_ends_are_noted(session: AsyncSession, tmp_path: Path) -> None:
    notes = Notes(tmp_path)
    await session.execute(text("SELECT 1"))  # the session's own beginning is behind it
    for test, rows in {"none": 0, "one": 1, "two": 2, "three": 3}.items():
        notes.begin(test)
        await session.execute(text("SELECT generate_series(1, :rows)"), {"rows": rows})
    notes.begin("fails")
    with pytest.raises(DBAPIError):
        await session.execute(text("SELECT generate_series(1, :rows) / 0"), {"rows": 1})
    notes.begin("nothing")
    notes.pytest_sessionfinish()

    sent = noted_in(tmp_path)
    assert sent["nothing"] == frozenset()
    assert {len(sent[test]) for test in ("none", "one", "two", "three", "fails")} == {1}
    assert sent["two"] == sent["three"]
    assert len({sent[test] for test in ("none", "one", "two", "fails")}) == 4
