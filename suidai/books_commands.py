"""`suidai books`: the laws of the books, checked on the database of the suidai that runs here or that is named."""

import asyncio
import json
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console

from domain.lending.services import verification
from domain.lending.services.verification import BrokenLaw
from domain.reconciliation.services import verification as reconciled
from suidai.runtime.configuration import attached
from suidai.verifying import BROKEN, bars, plain, shown_by, snapshot, table

app = typer.Typer(help="The books of a running suidai.", no_args_is_help=True, rich_markup_mode=None)


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
        typer.echo(json.dumps({"ok": not broken, "broken": list(plain(broken))}))
    else:
        Console().print(table(broken) if broken else "Every law of the books holds.")
    if broken:
        raise typer.Exit(BROKEN)


async def _verified() -> Sequence[BrokenLaw]:
    """What is broken, progress shown meanwhile."""
    async with snapshot(attached()) as session:
        with bars() as progress:
            broken = await verification.verify(session, shown_by(progress))
            return [*broken, *await reconciled.verify(session)]
