"""What commands that check the running database share: one snapshot of it, progress on the screen, and what is broken."""

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.services import verification
from domain.lending.services.verification import BrokenLaw
from domain.shared.money import yuan
from domain.shared.settings import Settings
from suidai import installed
from suidai.runtime.beside import engine_beside

BROKEN = 1
"""The exit code when something does not agree."""


@asynccontextmanager
async def snapshot(settings: Settings) -> AsyncGenerator[AsyncSession]:
    """A session that reads one state of the database and changes nothing. Raises CannotStart."""
    installed.plugins()
    async with engine_beside(settings) as engine:
        reading = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        async with AsyncSession(reading) as session:
            yield session


def bars() -> Progress:
    """Progress on standard error: standard output is for what was found."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    return Progress(*columns, console=Console(stderr=True))


def shown_by(progress: Progress) -> verification.Progress:
    tasks: dict[str, TaskID] = {}

    def show(law: str, done: int, of: int) -> None:
        if law not in tasks:
            tasks[law] = progress.add_task(law)
        progress.update(tasks[law], completed=done, total=of)

    return show


def plain(broken: Sequence[BrokenLaw]) -> Iterator[dict[str, str | int]]:
    """For machines. What is no sum, such as a day, is `expected` and `found`."""
    for each in broken:
        told: dict[str, str | int] = {"law": each.law, "subject": each.subject}
        if each.words:
            told["expected"], told["found"] = each.words
        else:
            told["expected_fen"], told["found_fen"] = each.expected_fen, each.found_fen
        yield told


def table(broken: Sequence[BrokenLaw]) -> Table:
    """For people."""
    shown = Table("law", "of what", "expected", "found", title=f"{len(broken)} broken")
    for each in broken:
        expected, found = each.words or (yuan(each.expected_fen), yuan(each.found_fen))
        shown.add_row(each.law, escape(each.subject), escape(expected), escape(found))
    return shown
