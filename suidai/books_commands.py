"""`suidai books`: the laws of the books, checked on the database of the suidai that runs here or that is named."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.services import verification
from domain.lending.services.verification import BrokenLaw
from domain.reconciliation.services import verification as reconciled
from domain.shared.money import yuan
from suidai.runtime.beside import engine_beside
from suidai.runtime.configuration import attached

app = typer.Typer(help="The books of a running suidai.", no_args_is_help=True, rich_markup_mode=None)

BROKEN = 1


@app.callback()
def books() -> None:
    """The books of a running suidai."""


@app.command()
def verify(
    as_json: Annotated[bool, typer.Option("--json", help='{"ok": bool, "broken": [...]} on standard output.')] = False,
) -> None:
    """Check every law of the books: transfers, control accounts, suspense, clearing, each loan against its replay.

    Reads one snapshot and changes nothing. Ends with exit code 1 and the figures when a law is broken.
    """
    broken = asyncio.run(_verified())
    if as_json:
        typer.echo(json.dumps({"ok": not broken, "broken": list(_plain(broken))}))
    else:
        _show(broken)
    if broken:
        raise typer.Exit(BROKEN)


async def _verified() -> Sequence[BrokenLaw]:
    """What is broken, progress shown meanwhile on standard error."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    async with engine_beside(attached()) as engine:
        snapshot = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        async with AsyncSession(snapshot) as session:
            with Progress(*columns, console=Console(stderr=True)) as progress:
                broken = await verification.verify(session, _shown_by(progress))
                return [*broken, *await reconciled.verify(session)]


def _shown_by(progress: Progress) -> verification.Progress:
    tasks: dict[str, TaskID] = {}

    def show(law: str, done: int, of: int) -> None:
        if law not in tasks:
            tasks[law] = progress.add_task(law)
        progress.update(tasks[law], completed=done, total=of)

    return show


def _plain(broken: Sequence[BrokenLaw]) -> Iterator[dict[str, str | int]]:
    for each in broken:
        yield {
            "law": each.law,
            "subject": each.subject,
            "expected_fen": each.expected_fen,
            "found_fen": each.found_fen,
        }


def _show(broken: Sequence[BrokenLaw]) -> None:
    console = Console()
    if not broken:
        console.print("Every law of the books holds.")
        return
    table = Table("law", "of what", "expected", "found", title=f"{len(broken)} broken")
    for each in broken:
        table.add_row(each.law, escape(each.subject), yuan(each.expected_fen), yuan(each.found_fen))
    console.print(table)
