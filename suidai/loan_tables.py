"""Answered loan scenarios as tables to read, in yuan."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rich.markup import escape
from rich.table import Table

from domain.shared.money import yuan
from suidai.loan_scenarios import Scenario

Row = Mapping[str, Any]


def title(scenario: Scenario) -> str:
    terms = scenario.terms
    return (
        f"\n[bold]{escape(scenario.id)}[/bold]  {yuan(terms.principal_fen)} yuan at {terms.annual_rate} a year, "
        f"{terms.terms} months from {terms.value_date}, {terms.method}, {terms.day_count}"
    )


def plan_table(plan: Sequence[Row]) -> Table:
    table = _table("n", "due", "principal", "interest", "together")
    for row in plan:
        together_fen = row["principal_fen"] + row["interest_fen"]
        table.add_row(str(row["n"]), row["due"], *map(yuan, (row["principal_fen"], row["interest_fen"], together_fen)))
    return table


def steps_table(steps: Sequence[Row]) -> Table:
    table = _table("step", "date", "what", "of it")
    for n, step in enumerate(steps):
        kind = next(kind for kind in _SENTENCES if kind in step)
        table.add_row(str(n), step.get("date", ""), *_SENTENCES[kind](step))
    return table


def _table(*columns: str) -> Table:
    table = Table()
    for column in columns:
        table.add_column(column, justify="left" if column in {"date", "due", "what", "of it"} else "right")
    return table


def _ask(step: Row) -> tuple[str, str]:
    ask = step["ask"]
    late = f", {ask['dpd']} days past due" if ask["dpd"] else ""
    payoff = _sums(ask, "accrued", "undue", "fee")
    return (
        f"due {yuan(ask['due_fen'])}{late}",
        f"{_sums(ask, 'penalty', 'interest', 'principal')}; payoff {yuan(ask['payoff_fen'])} with {payoff}",
    )


def _pay(step: Row) -> tuple[str, str]:
    went = _sums(step["allocated"], "penalty", "interest", "principal", "fee", "excess")
    return f"paid {yuan(step['pay_fen'])} ({step['intent']})", went


def _waive(step: Row) -> tuple[str, str]:
    return "waived", _sums(step["waived"], "penalty", "interest")


def _reverse(step: Row) -> tuple[str, str]:
    return f"step {step['reverse']} reversed", ""


def _closed(step: Row) -> tuple[str, str]:
    return "closed" if step["closed"] else "not closed", ""


def _sums(of: Row, *names: str) -> str:
    return ", ".join(f"{name} {yuan(of[f'{name}_fen'])}" for name in names if of[f"{name}_fen"]) or "nothing"


_SENTENCES: Mapping[str, Callable[[Row], tuple[str, str]]] = {
    "ask": _ask,
    "pay_fen": _pay,
    "waive": _waive,
    "reverse": _reverse,
    "closed": _closed,
}
