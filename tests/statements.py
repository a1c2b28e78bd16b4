"""Which statements each test sends and how they end, and few tests that send all of them together.

The suite runs as a whole on the servers that come with suidai. Another PostgreSQL can differ in what it makes of a
statement, not in the arithmetic between two: there each statement has to be sent, with each of the ends it can come to,
but not a hundred times over. What connections do to one another, and what processes do, is tried there as a whole.
"""

import json
import os
from collections.abc import Generator, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, ExceptionContext, event

Sent = Mapping[str, frozenset[str]]
"""By the id of a test, what it sent: a mark of each statement and its end."""

ALONE = frozenset({"database_url", "redis_url"})
"""Fixtures of tests that have a database or a Redis of their own: for many connections, real commits, or processes."""


class Notes:
    """Notes what is sent on any engine of this process, test by test, in a file of `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sent: dict[str, set[str]] = {}
        self._now: set[str] = set()
        self._marks: dict[tuple[str, str], str] = {}
        event.listen(Engine, "after_cursor_execute", self._ended_well)
        event.listen(Engine, "handle_error", self._failed)

    def begin(self, test: str) -> None:
        """What is sent from here on is sent by this test."""
        self._now = self._sent.setdefault(test, set())

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        self.begin(item.nodeid)
        return (yield)

    def pytest_sessionfinish(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        event.remove(Engine, "after_cursor_execute", self._ended_well)
        event.remove(Engine, "handle_error", self._failed)
        name = os.environ.get("PYTEST_XDIST_WORKER", "alone")
        told = {test: sorted(sent) for test, sent in self._sent.items()}
        (self._folder / f"{name}.json").write_text(json.dumps(told))

    def _ended_well(self, _connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        rows = cursor.rowcount
        self._note(statement, "none" if rows == 0 else "one" if rows == 1 else "more")

    def _failed(self, context: ExceptionContext) -> None:
        why = context.original_exception
        self._note(context.statement or "", str(getattr(why, "sqlstate", None) or type(why).__name__))

    def _note(self, statement: str, end: str) -> None:
        mark = self._marks.get((statement, end))
        if mark is None:
            mark = blake2b(f"{end} {statement}".encode(), digest_size=8).hexdigest()
            self._marks[statement, end] = mark
        self._now.add(mark)


def noted_in(folder: Path) -> Sent:
    """What the tests of an earlier run sent."""
    found: dict[str, frozenset[str]] = {}
    for file in sorted(folder.glob("*.json")):
        found |= {test: frozenset(sent) for test, sent in json.loads(file.read_text()).items()}
    return found


def enough(items: list[pytest.Item], sent: Sent) -> list[pytest.Item]:
    """Of these tests, those that stand alone or of which nothing is known, and of the others so many as send it all."""
    kept = {item for item in items if item.nodeid not in sent or ALONE & set(getattr(item, "fixturenames", ()))}
    missing = set[str]().union(*(sent[item.nodeid] for item in items if item.nodeid in sent))
    missing -= set[str]().union(*(sent.get(item.nodeid, frozenset()) for item in kept))
    # Who sends the most comes first: few are then needed. It need not be the fewest there can be.
    for item in sorted(set(items) - kept, key=lambda item: (-len(sent[item.nodeid]), item.nodeid)):
        if missing & sent[item.nodeid]:
            kept.add(item)
            missing -= sent[item.nodeid]
    return [item for item in items if item in kept]
