"""The schema's history: where the migrations lie, which is the last, which one a database is at.

The library is imported only to run them: what `suidai up` asks at every start is read from files and by one query.
"""

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

from suidai.runtime.errors import CannotStart

if TYPE_CHECKING:
    from alembic.config import Config

_ASSIGNED = re.compile(r"^(revision|down_revision)\b[^=\n]*=[ \t]*(.+)$", re.MULTILINE)


def folder() -> Path:
    """In the wheel the migrations lie within this package; in a checkout beside it."""
    package = Path(__file__).resolve().parents[1]
    carried = package / "_migrations"
    return carried if carried.is_dir() else package.parent / "alembic"


def head_revision(migrations: Path | None = None) -> str | None:
    """The last migration; None when there is none yet."""
    lineage = _lineage(migrations)
    heads = lineage.keys() - {before for earlier in lineage.values() for before in earlier}
    if len(heads) > 1:
        raise CannotStart(f"The migrations have more than one end ({', '.join(sorted(heads))}): merge them first.")
    return next(iter(heads), None)


def known_revisions() -> set[str]:
    return set(_lineage())


def _lineage(migrations: Path | None = None) -> dict[str, tuple[str, ...]]:
    """Each migration, and the ones it follows."""
    found: dict[str, tuple[str, ...]] = {}
    for file in ((migrations or folder()) / "versions").glob("*.py"):
        facts = {name: ast.literal_eval(value) for name, value in _ASSIGNED.findall(file.read_text("utf-8"))}
        before = facts["down_revision"]
        found[facts["revision"]] = (before,) if isinstance(before, str) else tuple(before or ())
    return found


async def current_revision(url: str) -> str | None:
    """The migration a database is at; None for one that has seen none."""
    from suidai.runtime import sql  # noqa: PLC0415 - not needed to read files

    async with sql.connected(url) as connection:
        if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
            return None
        return await connection.fetchval("SELECT version_num FROM alembic_version")


async def must_be_done(url: str) -> None:
    """Raises CannotStart for a database that is behind. One ahead is served: a new version is being rolled out beside us."""
    current = await current_revision(url)
    if current != head_revision() and (current is None or current in known_revisions()):
        raise CannotStart(
            f"The database is at migration {current or 'none'}: bring it up to date with `suidai migrate`."
        )


def config(url: str) -> "Config":
    """What alembic's commands want. Call them outside an event loop: the environment runs one of its own."""
    from alembic.config import Config  # noqa: PLC0415 - slow, and seldom needed

    made = Config()
    made.set_main_option("script_location", str(folder()).replace("%", "%%"))
    made.set_main_option("path_separator", "os")
    made.attributes["url"] = url
    return made


def upgrade(url: str, revision: str = "head") -> None:
    """Bring a database to a migration. Two processes that try at once go one after the other."""
    from alembic import command  # noqa: PLC0415 - slow, and seldom needed

    command.upgrade(config(url), revision)
