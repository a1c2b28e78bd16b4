"""`suidai loan verify`: every loan of the database replayed, against everything that is stored and booked of it."""

import asyncio
import json
from collections.abc import Mapping
from time import perf_counter
from typing import Any

import typer
from rich.console import Console

from domain.lending.services import verification
from domain.lending.services.verification import LoansVerified
from suidai.runtime.configuration import attached
from suidai.verifying import BROKEN, bars, plain, shown_by, snapshot, table


def verify(*, as_json: bool) -> None:
    """Say how many loans were replayed, how fast, and what does not agree. Raises Exit(1) if anything does not."""
    verified, seconds = asyncio.run(_verified())
    a_second = round(verified.loans / seconds) if seconds else verified.loans
    if as_json:
        typer.echo(json.dumps(_plain(verified, seconds, a_second)))
    else:
        console = Console()
        if verified.broken:
            console.print(table(verified.broken))
        differences = f"{len(verified.broken)} differences" if verified.broken else "no difference"
        console.print(f"{verified.loans} loans, {differences}; {a_second} loans a second.", highlight=False)
    if verified.broken:
        raise typer.Exit(BROKEN)


async def _verified() -> tuple[LoansVerified, float]:
    """What was found, and how long the loans took; not how long it took to reach the database."""
    async with snapshot(attached()) as session:
        with bars() as progress:
            began = perf_counter()
            verified = await verification.verify_loans(session, shown_by(progress))
            return verified, perf_counter() - began


def _plain(verified: LoansVerified, seconds: float, a_second: int) -> Mapping[str, Any]:
    return {
        "ok": not verified.broken,
        "loans": verified.loans,
        "seconds": round(seconds, 3),
        "loans_per_second": a_second,
        "differences": list(plain(verified.broken)),
    }
