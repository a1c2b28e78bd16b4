"""`python -m bench`: times the engine beside something else in the same run, and prints the figures."""

import json
import sys
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console

from bench import asking, notices, plans, portfolio, replays
from bench.report import Group, as_data, show
from bench.timing import QUICK, THOROUGH, Effort


class Part(StrEnum):
    """What can be measured."""

    REPLAY = "replay"
    PLAN = "plan"
    ASK = "ask"
    BOOKS = "books"
    NOTICES = "notices"


PURE: dict[Part, Callable[[Effort], list[Group]]] = {
    Part.REPLAY: replays.groups,
    Part.PLAN: plans.groups,
    Part.ASK: asking.groups,
}


def bench(
    parts: Annotated[list[Part] | None, typer.Argument(help="What to measure; everything unless named.")] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="A glance: few rounds, few loans. Shows that it runs.")
    ] = False,
    loans: Annotated[int, typer.Option(help="How many loans the books are measured with.")] = 10_000,
    database: Annotated[
        str | None, typer.Option(help="An empty database with the schema; a PostgreSQL of its own unless named.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The figures as an array on standard output.")] = False,
) -> None:
    """Time replay, plans, questions, the books and notices of channels, each beside something else in the same run."""
    wanted, effort = parts or list(Part), QUICK if quick else THOROUGH
    notes, console = Console(stderr=True), Console(width=None if sys.stdout.isatty() else 120)
    found: list[Group] = []
    for groups in _measured(wanted, effort, portfolio.few(loans) if quick else portfolio.many(loans), database, notes):
        found += groups
        if not as_json:
            show(console, groups)
    if as_json:
        typer.echo(json.dumps(as_data(found)))


def _measured(
    wanted: list[Part], effort: Effort, town: portfolio.Size, database: str | None, notes: Console
) -> Iterator[list[Group]]:
    for part, groups in PURE.items():
        if part in wanted:
            yield groups(effort)
    if Part.BOOKS in wanted:
        yield portfolio.groups(town, effort, database, notes.print)
    if Part.NOTICES in wanted:  # after the books: the loans that are paid for here have none
        yield notices.groups(effort, database, notes.print)


if __name__ == "__main__":
    typer.run(bench)
