"""What the outside parties remember: documents and letters to be posted, in one SQLite file that survives a kill -9."""

import json
import sqlite3
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    kind TEXT NOT NULL, ref TEXT NOT NULL, key TEXT NOT NULL, content TEXT NOT NULL, PRIMARY KEY (kind, ref)
);
CREATE INDEX IF NOT EXISTS documents_by_key ON documents (kind, key);
CREATE TABLE IF NOT EXISTS letters (
    id INTEGER PRIMARY KEY, url TEXT NOT NULL, body BLOB NOT NULL, content_type TEXT NOT NULL, party TEXT NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 0, due REAL, outcome TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS letters_due ON letters (due) WHERE due IS NOT NULL;
"""

_HELD = "held"

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to us. `due` is real time in seconds; `party` is whose secret signs it when it is sent."""

    url: str
    body: bytes = field(repr=False)
    content_type: str
    party: str
    due: float
    attempt: int = 0
    id: int = 0


class Store:
    """One file. Every write is one transaction; `together()` makes several of them one."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Made by whoever builds the application and used in the one thread that serves it.
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.executescript(_SCHEMA)

    @contextmanager
    def together(self) -> Generator[None]:
        """All or nothing. There must be no `await` inside: the connection is shared."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def get(self, kind: str, ref: str) -> Document | None:
        row = self._db.execute("SELECT content FROM documents WHERE kind = ? AND ref = ?", (kind, ref)).fetchone()
        return json.loads(row[0]) if row else None

    def put(self, kind: str, ref: str, content: Document, *, key: str = "") -> None:
        """Remember a document, in place of the one of the same kind and reference. `key` finds it again with others."""
        self._db.execute(
            "INSERT INTO documents (kind, ref, key, content) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (kind, ref) DO UPDATE SET key = excluded.key, content = excluded.content",
            (kind, ref, key, json.dumps(content, ensure_ascii=False)),
        )

    def by_key(self, kind: str, key: str) -> list[Document]:
        """The documents of a kind with this key, oldest first."""
        rows = self._db.execute(
            "SELECT content FROM documents WHERE kind = ? AND key = ? ORDER BY rowid", (kind, key)
        ).fetchall()
        return [json.loads(row[0]) for row in rows]

    def all(self, kind: str) -> list[Document]:
        rows = self._db.execute("SELECT content FROM documents WHERE kind = ? ORDER BY rowid", (kind,)).fetchall()
        return [json.loads(row[0]) for row in rows]

    def post(self, letter: Letter, *, held: bool = False) -> None:
        """Keep a letter until it is due. One that is held goes when its party has sent another, if that is earlier."""
        self._db.execute(
            "INSERT INTO letters (url, body, content_type, party, due, outcome) VALUES (?, ?, ?, ?, ?, ?)",
            (letter.url, letter.body, letter.content_type, letter.party, letter.due, _HELD if held else ""),
        )

    def release(self, party: str, now: float) -> None:
        """Let go what of a party was held."""
        self._db.execute(
            "UPDATE letters SET due = min(due, ?), outcome = '' WHERE party = ? AND outcome = ? AND due IS NOT NULL",
            (now, party, _HELD),
        )

    def due(self, until: float, limit: int) -> Sequence[Letter]:
        rows = self._db.execute(
            "SELECT url, body, content_type, party, due, attempt, id FROM letters WHERE due <= ? ORDER BY due LIMIT ?",
            (until, limit),
        ).fetchall()
        return [Letter(*row) for row in rows]

    def next_due(self) -> float | None:
        return self._db.execute("SELECT min(due) FROM letters").fetchone()[0]

    def sent(self, letter: Letter, *, outcome: str, again_at: float | None) -> None:
        """What came of sending a letter once; None: it is not sent again."""
        self._db.execute(
            "UPDATE letters SET attempt = attempt + 1, due = ?, outcome = ? WHERE id = ?",
            (again_at, outcome, letter.id),
        )

    def close(self) -> None:
        self._db.close()
