"""What `suidai up` says: one screen when all is up, one line whenever something happens."""

import os
import sys
from collections.abc import Iterable
from datetime import datetime

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from suidai.runtime.home import Home, Running

_console = Console(highlight=False, soft_wrap=True)


def say(line: str) -> None:
    """One line, with the time. A reader who has gone away is no reason to stop."""
    _write(Text.assemble((f"{datetime.now():%H:%M:%S}  ", "dim"), line))  # noqa: TID251, DTZ005 - the user's own clock


def all_up(
    home: Home, rows: Iterable[tuple[str, str, str]], log_ins: Iterable[tuple[str, str, str]], seconds: float
) -> None:
    """The screen: `rows` are (what, where, a word about it), `log_ins` are (who, name, password)."""
    lines = [Text.assemble(("随贷 suidai", "bold"), f" is up, after {seconds:.1f} s.\n")]
    lines += _columns(rows, ("bold", "cyan", "dim"))
    if home.path != home.asked_for:
        lines.append(
            Text(f"\nThe account that runs PostgreSQL cannot enter {home.asked_for}: the state is in {home.path}.")
        )
    if log_ins := list(log_ins):
        lines += [Text("\nLog-ins to try", "bold"), *_columns(log_ins, ("", "cyan", "cyan"))]
    lines.append(Text(f"\nStop everything with Ctrl-C, or from elsewhere with: kill {os.getpid()}"))
    for line in lines:
        _write(line)


def already_runs(home: Home, other: Running | None) -> None:
    if other is None:
        _write(Text(f"Another suidai is just starting in {home.path}."))
        return
    rows = [("GraphQL", f"{other.api_url}/graphql", "")]
    rows += [("Sandbox", other.sandbox_url, "")] if other.sandbox_url else []
    _write(Text(f"suidai already runs in {home.path}: process {other.pid}, since {other.since}.\n"))
    for line in _columns(rows, ("bold", "cyan", "dim")):
        _write(line)
    _write(Text(f"\nStop it with Ctrl-C where it runs, or with: kill {other.pid}"))


def _columns(rows: Iterable[tuple[str, str, str]], styles: tuple[str, str, str]) -> list[Text]:
    """Rows in columns that never break an address in two, however narrow the terminal."""
    rows = list(rows)
    widths = [max(cell_len(row[column]) for row in rows) + 2 for column in range(3)]
    lines: list[Text] = []
    for row in rows:
        cells = zip(row, widths, styles, strict=True)
        lines.append(Text.assemble("  ", *((set_cell_size(cell, width), style) for cell, width, style in cells)))
        lines[-1].rstrip()
    return lines


def _write(line: Text) -> None:
    try:
        _console.print(line)
    except (OSError, ValueError):  # closed pipe, closed terminal
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - for the rest of the process
