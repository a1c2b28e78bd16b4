"""`suidai policy`: the lender's policy on the database of the suidai that runs here, and decisions made once more by it."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.errors import LoanNotFound
from domain.lending.queries.applications import loan_numbered
from domain.lending.services.deciding_again import Again
from domain.operations.rules.policies import POLICIES
from domain.operations.services import decisions, policies
from domain.shared.clock import Clock
from domain.shared.days import business_day
from domain.shared.policy import DatedValue
from suidai.runtime.beside import engine_beside
from suidai.runtime.configuration import PRODUCTION, attached
from suidai.runtime.errors import CannotStart

app = typer.Typer(
    help="The lender's policy, and past decisions made once more by it.", no_args_is_help=True, rich_markup_mode=None
)

T = TypeVar("T")

OTHERWISE = 1
"""Exit code of a decision that does not come out as it did."""

On = Annotated[str | None, typer.Option("--on", help='A business day, such as "2026-01-15"; today.')]
AsJson = Annotated[bool, typer.Option("--json", help="For machines, on standard output.")]


@app.command("list")
def in_force(on: On = None, as_json: AsJson = False) -> None:
    """Say what every policy says on a day, and where that comes from."""
    day = _day(on)
    _tell(_read(lambda session, at: policies.in_force(session, on=day or business_day(at))), as_json=as_json)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help='The policy, such as "lending.cost_ceiling".')],
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Say all values of one policy, past and to come, the newest first; or the one of a day."""
    day = _day(on)

    async def found(session: AsyncSession, _at: datetime) -> Sequence[DatedValue]:
        if day is None:
            return await policies.history(session, name)
        return await policies.in_force(session, on=day, name=name)

    values = _read(found)
    _tell(values, as_json=as_json)
    if not as_json:
        known = POLICIES[name]
        typer.echo(f"Shape: {known.shape_en} (in {known.unit}). Used in: {known.used_in}.")


@app.command()
def rerun(
    number: Annotated[str, typer.Argument(help="The loan's number.")],
    under: Annotated[str | None, typer.Option(help="By the policy of this day, not of the decision's own.")] = None,
    on: Annotated[str | None, typer.Option(help="Also how pressing it was on this day, and reminders.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make the decisions on a loan once more. Ends with exit code 1 where one comes out otherwise than it did."""
    days = _day(under), _day(on)

    async def found(session: AsyncSession, at: datetime) -> Sequence[Again]:
        loan = await loan_numbered(session, number)
        if loan is None:
            raise LoanNotFound
        return await decisions.again(session, loan_id=loan.id, under=days[0], on=days[1], at=at)

    again = _read(found)
    if as_json:
        typer.echo(json.dumps([_plain(each) for each in again], ensure_ascii=False))
    else:
        _show(number, again)
    if not all(each.same for each in again):
        raise typer.Exit(OTHERWISE)


def _read(question: Callable[[AsyncSession, datetime], Awaitable[T]]) -> T:
    """Ask one snapshot of the database; nothing is changed."""

    async def ask() -> T:
        settings = attached()
        clock = Clock(movable=settings.env is not PRODUCTION)
        async with engine_beside(settings) as engine:
            snapshot = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            async with AsyncSession(snapshot) as session:
                return await question(session, await clock.now(session))

    return asyncio.run(ask())


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise CannotStart(f'{text!r} is not a day: write "2026-01-15".') from None


def _tell(values: Sequence[DatedValue], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps([_facts(value) for value in values], ensure_ascii=False))
        return
    table = Table("policy", "value", "from", "to", "source")
    for value in values:
        facts = _facts(value)
        said = json.dumps(facts["value"], ensure_ascii=False)
        table.add_row(
            facts["name"], escape(said), facts["effectiveFrom"], facts["effectiveTo"] or "", escape(facts["source"])
        )
    Console().print(table)


def _facts(value: DatedValue) -> dict[str, Any]:
    return {
        "name": value.row.name,
        "value": value.row.value,
        "effectiveFrom": value.since.isoformat(),
        "effectiveTo": value.until.isoformat() if value.until else None,
        "source": value.row.source,
    }


def _plain(again: Again) -> dict[str, Any]:
    return {
        "decision": again.decision.value,
        "decidedAt": again.decided_at.isoformat(),
        "under": again.under.isoformat(),
        "policies": [_facts(value) for value in again.policies],
        "figures": dict(again.figures),
        "verdictThen": again.then,
        "verdict": again.verdict,
        "same": again.same,
        "message": str(again.refusal) if again.refusal else None,
    }


def _show(number: str, decided: Sequence[Again]) -> None:
    table = Table("decision", "under", "then", "now", "figures", "policy", title=escape(f"{number}, decided again"))
    for again in decided:
        figures = ", ".join(f"{name} {value}" for name, value in again.figures.items())
        sources = "; ".join(
            f"{value.row.name} = {json.dumps(value.row.value, ensure_ascii=False)} from {value.since} ({value.row.source})"
            for value in again.policies
        )
        told = f"{again.verdict}: {again.refusal}" if again.refusal else again.verdict
        table.add_row(
            again.decision.value,
            again.under.isoformat(),
            again.then or "",
            escape(told),
            escape(figures),
            escape(sources),
        )
    Console().print(table)
