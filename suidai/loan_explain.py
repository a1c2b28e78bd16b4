"""`suidai loan explain`: why an amount of a loan is what it is, of a loan of the database or of a scenario in a file."""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.errors import DayNotAskable
from domain.lending.queries.applications import loan_numbered
from domain.lending.rules.explaining import Explanation, What, explained, story_of
from domain.lending.rules.explaining.numbers import exact_yuan
from domain.lending.services import explaining
from domain.lending.services.explaining import Explained
from domain.shared.clock import Clock
from domain.shared.errors import DomainError
from suidai.loan_scenarios import BadScenarios, Close, Scenario, event_of, read_scenarios
from suidai.runtime.beside import engine_beside
from suidai.runtime.configuration import PRODUCTION, attached

REFUSED = 2
"""Exit code of a question that is not understood, or has no answer."""

MOST_NAMED = 10

OF_ROWS: Mapping[str, Sequence[What]] = {
    "penalty": (What.PENALTY,),
    "interest": (What.INTEREST,),
    "principal": (What.PRINCIPAL,),
}
OF_LOANS: Mapping[str, Sequence[What]] = {
    "due": (What.DUE,),
    "accrued": (What.ACCRUED,),
    "undue": (What.UNDUE,),
    "fee": (What.PREPAYMENT_FEE,),
    "payoff": (What.DUE, What.ACCRUED, What.UNDUE, What.PREPAYMENT_FEE, What.PAYOFF),
    "excess": (What.EXCESS,),
    "days": (What.DAYS_PAST_DUE,),
}
"""What each word asks for, what leads to it first."""


class Unclear(ValueError):
    """The command line does not make sense: the text says what was expected."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, as it was written."""

    row: int | None
    what: str | None
    on: str | None
    known_at: str | None
    language: str

    def amounts(self) -> Sequence[What]:
        """The amounts to tell, in order. Raises Unclear."""
        known = OF_LOANS if self.row is None else OF_ROWS
        if self.what is None:
            return list(dict.fromkeys(what for each in known.values() for what in each))
        if self.what in known:
            return known[self.what]
        if self.what in OF_ROWS:
            raise Unclear(f"--what {self.what} is an installment's: say which with --row N")
        if self.what in OF_LOANS:
            raise Unclear(f"--what {self.what} is the whole loan's: leave --row out")
        raise Unclear(f"--what {self.what!r} is none of {', '.join((*OF_ROWS, *OF_LOANS))}")

    def day(self) -> date | None:
        try:
            return date.fromisoformat(self.on) if self.on else None
        except ValueError:
            raise Unclear(f"--on {self.on!r} is not a day such as 2026-05-05") from None

    def moment(self) -> datetime | None:
        try:
            moment = datetime.fromisoformat(self.known_at) if self.known_at else None
        except ValueError:
            moment = None
        if self.known_at and (moment is None or moment.tzinfo is None):
            raise Unclear(
                f"--known-at {self.known_at!r} is not a moment with its offset, such as 2026-05-05T12:00+08:00"
            )
        return moment

    def must_be_clear(self) -> None:
        """Raises Unclear."""
        for check in (self.amounts, self.day, self.moment):
            check()
        if self.language not in {"zh", "en"}:
            raise Unclear(f"--lang {self.language!r} is neither zh nor en")


@dataclass(frozen=True, slots=True)
class Named:
    """A scenario of a file; - is standard input."""

    file: str
    id: str | None


def explain(number: str | None, named: Named | None, question: Question, *, as_json: bool) -> None:
    """Print the explanation. What is not understood, and what is refused, is one sentence and exit code 2."""
    try:
        question.must_be_clear()
        name, told = _of_file(named, number, question) if named else asyncio.run(_of_database(number, question))
    except (Unclear, BadScenarios, DomainError, OSError) as trouble:
        typer.echo(f"suidai: {trouble.strerror if isinstance(trouble, OSError) else trouble}", err=True)
        raise typer.Exit(REFUSED) from None
    wanted = [each for what in question.amounts() for each in told.amounts if each.what is what]
    if as_json:
        typer.echo(
            json.dumps(
                {"loan": name, "on": told.on.isoformat(), "amounts": list(map(plain, wanted))}, ensure_ascii=False
            )
        )
    else:
        from suidai.explain_tables import show  # noqa: PLC0415 - machines do not wait for it

        show(name, wanted, told.happened, question.language)


async def _of_database(number: str | None, question: Question) -> tuple[str, Explained]:
    if number is None:
        raise Unclear("which loan? Give its number, or a --file and an --id")
    settings = attached()
    async with engine_beside(settings) as engine, AsyncSession(engine) as session:
        loan = await loan_numbered(session, number)
        if loan is None:
            raise Unclear(f"there is no loan {number}")
        at = await Clock(movable=settings.env is not PRODUCTION).now(session)
        told = await explaining.explain(
            session, loan, n=question.row, on=question.day(), at=at, known_at=question.moment()
        )
    if told is None:
        raise Unclear(f"the money of loan {number} has not come, so nothing is owed on it")
    return number, told


def _of_file(named: Named, number: str | None, question: Question) -> tuple[str, Explained]:
    if number is not None or question.known_at is not None:
        raise Unclear("a NUMBER and --known-at ask the database: leave them out with --file")
    content = sys.stdin.buffer.read() if named.file == "-" else Path(named.file).read_bytes()
    scenario = _chosen(read_scenarios(content), named)
    events = [event for n, step in enumerate(scenario.steps) if (event := event_of(step, n))]
    first = scenario.terms.value_date
    on = question.day() or max([first, *(step.on for step in scenario.steps if not isinstance(step, Close))])
    if on < first:
        raise DayNotAskable(day=on, first=first, last=date.max)
    story = story_of(scenario.terms, events, on)
    return scenario.id, Explained(on, explained(story, question.row), story.happened)


def _chosen(scenarios: Sequence[Scenario], named: Named) -> Scenario:
    ids = [scenario.id for scenario in scenarios]
    if named.id is None and len(scenarios) == 1:
        return scenarios[0]
    if named.id not in ids:
        asked = "say which scenario with --id" if named.id is None else f"there is no scenario {named.id!r}"
        more = ", ..." if len(ids) > MOST_NAMED else ""
        raise Unclear(f"{named.file}: {asked}; there are {', '.join(ids[:MOST_NAMED]) or 'none'}{more}")
    return scenarios[ids.index(named.id)]


def plain(told: Explanation) -> dict[str, Any]:
    """The explanation as JSON has it: sums in fen, exact ones as fractions of fen and in yuan, days and codes as texts."""
    fields: dict[str, Any] = _plain(asdict(told))
    fields["result_days" if told.what is What.DAYS_PAST_DUE else "result_fen"] = fields.pop("result")
    for kind in ("segments", "roundings"):
        for each, exact in zip(fields[kind], getattr(told, kind), strict=True):
            each["exact_yuan"] = exact_yuan(exact.exact_fen)
    for each in fields["roundings"]:
        each["rule"] = "HALF_UP"
    for each, segment in zip(fields["segments"], told.segments, strict=True):
        each["days"] = segment.days
    return fields


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {name: _plain(each) for name, each in cast("dict[str, Any]", value).items()}
        case list() | tuple():
            return [_plain(each) for each in cast("Sequence[Any]", value)]
        case None | int():
            return value
        case date():
            return value.isoformat()
        case _:
            return str(value)
