"""`suidai loan`: loan arithmetic on files, and the loans of a suidai that runs here or that is named."""

import json
import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from suidai.loan_scenarios import Scenario

app = typer.Typer(
    help="Loans: arithmetic on files, and the loans of a running suidai.", no_args_is_help=True, rich_markup_mode=None
)

BAD_FILE = 2


@app.callback()
def loan() -> None:
    """Loans: arithmetic on files, and the loans of a running suidai."""


@app.command()
def replay(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A JSON array of scenarios; - reads standard input.")],
    as_json: Annotated[bool, typer.Option("--json", help="The same array with every answer filled in.")] = False,
) -> None:
    """Replay the loan histories of FILE and answer what they ask, to the fen.

    FILE is an array like tests/vectors/loans.json with the answers left out. A bad file ends with exit code 2 and one
    sentence: which scenario, which field, what was expected.
    """
    from domain.lending.errors import MethodBroken  # noqa: PLC0415
    from suidai.loan_answers import answered  # noqa: PLC0415  `suidai --help` need not wait for it
    from suidai.loan_scenarios import BadScenarios, read_scenarios  # noqa: PLC0415

    try:
        scenarios = read_scenarios(_content(file))
    except (BadScenarios, OSError) as error:
        typer.echo(f"{file}: {error.strerror if isinstance(error, OSError) else error}", err=True)
        raise typer.Exit(BAD_FILE) from None
    try:
        answers = [answered(scenario) for scenario in scenarios]
    except MethodBroken as refusal:
        typer.echo(f"{file}: {refusal}", err=True)
        raise typer.Exit(BAD_FILE) from None
    if as_json:
        typer.echo(json.dumps(answers))
    else:
        _show(scenarios, answers)


@app.command()
def verify(
    as_json: Annotated[
        bool, typer.Option("--json", help='{"ok": bool, "loans": n, "differences": [...]} on standard output.')
    ] = False,
) -> None:
    """Replay every loan that was paid out, and compare all that is stored and booked of it, to the fen and the day.

    Reads one snapshot and changes nothing. Prints how many loans a second were replayed. Ends with exit code 1 and the
    figures when anything differs.
    """
    from suidai import loan_verify  # noqa: PLC0415  it loads the database

    loan_verify.verify(as_json=as_json)


@app.command(short_help="Say why an amount of a loan is what it is.")
def explain(
    number: Annotated[
        str | None, typer.Argument(metavar="[NUMBER]", help="The loan's number, on the suidai here.")
    ] = None,
    *,
    row: Annotated[int | None, typer.Option(metavar="N", help="An installment; else the whole loan.")] = None,
    what: Annotated[
        str | None,
        typer.Option(
            metavar="AMOUNT", help="penalty, interest, principal; or due, accrued, undue, fee, payoff, excess, days."
        ),
    ] = None,
    on: Annotated[str | None, typer.Option(metavar="DAY", help="On this day, such as 2026-05-05; today.")] = None,
    known_at: Annotated[
        str | None, typer.Option(metavar="MOMENT", help="As it was known then: 2026-05-05T12:00+08:00.")
    ] = None,
    language: Annotated[str, typer.Option("--lang", metavar="LANGUAGE", help="zh or en.")] = "en",
    file: Annotated[
        str | None, typer.Option(metavar="FILE", help="A loan of a file as `replay` reads it; needs no database.")
    ] = None,
    id: Annotated[str | None, typer.Option(metavar="ID", help="Which scenario of FILE.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="For machines: sums in fen, exact ones as fractions.")
    ] = False,
) -> None:
    """Say why an amount of a loan is what it is: formula, values, days with balances and rates, roundings, payments.

    Of a loan of the suidai that runs here by its NUMBER, or of a scenario of --file. What is not understood ends with exit
    code 2 and one sentence.
    """
    from suidai import loan_explain  # noqa: PLC0415  it loads the database

    question = loan_explain.Question(row, what, on, known_at, language)
    loan_explain.explain(number, loan_explain.Named(file, id) if file else None, question, as_json=as_json)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a day such as 2026-05-05.") from None


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise typer.BadParameter(f"{text!r} is not a moment with its offset, such as 2026-05-05T12:00+08:00.")
    return moment


@app.command(short_help="A loan on one page: terms, plan, journal, what is owed, its books.")
def show(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="The loan's number, such as LN20260115000042.")],
    as_of: Annotated[
        date | None,
        typer.Option(parser=_day, metavar="DAY", help="As it stood on this day, such as 2026-05-05; today."),
    ] = None,
    known_at: Annotated[
        datetime | None,
        typer.Option(parser=_moment, metavar="MOMENT", help="As it was known then: 2026-05-05T12:00+08:00."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines: sums in fen.")] = False,
) -> None:
    """Show a loan of the suidai that runs here: terms, plan with what was paid, journal, what is owed, its books.

    Nothing personal is shown. No such loan, or no answer for that day or moment: exit code 2 and one sentence.
    """
    from suidai import loan_show  # noqa: PLC0415  it loads the database

    loan_show.show(number, as_of=as_of, known_at=known_at, as_json=as_json)


def _content(file: str) -> bytes:
    return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()


def _show(scenarios: "Sequence[Scenario]", answers: Sequence[dict[str, Any]]) -> None:
    from rich.console import Console  # noqa: PLC0415

    from suidai.loan_tables import plan_table, steps_table, title  # noqa: PLC0415

    console = Console()
    for scenario, answer in zip(scenarios, answers, strict=True):
        console.print(title(scenario))
        console.print(plan_table(answer["plan"]))
        if answer["steps"]:
            console.print(steps_table(answer["steps"]))
