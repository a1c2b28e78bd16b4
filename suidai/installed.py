"""What the packages that are installed here bring: repayment methods and deposit calculators. No database, no network."""

import json
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from functools import cache

import typer

from domain.lending.rules import methods
from domain.shared.errors import DomainError
from domain.shared.money import fen_of, yuan
from plugins import calculators
from plugins.calculators import Deposit
from plugins.discovery import Plugins
from plugins.taking import Calculator, calculator_named, take_calculators, take_methods

REFUSED = 2


@cache
def plugins() -> Plugins:
    """Every plugin that is installed, found once; their repayment methods are known to the arithmetic from here on."""
    found = Plugins.found()
    take_methods(found)
    return found


def show_methods(*, as_json: bool) -> None:
    found = plugins()
    _show(
        ("code", "name", "名称", "from"),
        [(each.method.code, each.name_en, each.name_zh, each.provider) for each in methods.known()],
        as_json=as_json,
    )
    _tell_faults(found)


def show_calculators(*, as_json: bool) -> None:
    found = plugins()
    known = take_calculators(found)
    rows = [(each.calculator.code, each.name_en, each.name_zh, each.provider) for each in known]
    _show(("code", "name", "名称", "from"), rows, as_json=as_json)
    _tell_faults(found)


def calculate(code: str, *, amount: str, months: int, rate: str, as_json: bool) -> None:
    """Work out a deposit and print it; a refusal is one sentence and exit code 2."""
    try:
        deposit = Deposit(_fen(amount), months, _rate(rate))
        calculator = calculator_named(_calculators(), code)
        outcome = calculators.work_out(calculator, deposit)
    except (DomainError, ValueError) as refusal:
        typer.echo(f"suidai: {refusal}", err=True)
        raise typer.Exit(REFUSED) from None
    told = {"paid_in": outcome.paid_in_fen, "interest": outcome.interest_fen, "total": outcome.total_fen}
    if as_json:
        typer.echo(json.dumps({"code": code, **{f"{name}_fen": fen for name, fen in told.items()}}))
    else:
        typer.echo(f"{calculator.name['en']} {calculator.name['zh']}")
        for name, fen in told.items():
            typer.echo(f"{name.replace('_', ' '):<9}{yuan(fen):>20}")


def _calculators() -> tuple[Calculator, ...]:
    return take_calculators(plugins())


def _fen(amount: str) -> int:
    try:
        return fen_of(amount)
    except ValueError as error:
        raise ValueError(f"--amount: {error}") from None


def _rate(rate: str) -> Decimal:
    try:
        return Decimal(rate)
    except InvalidOperation:
        raise ValueError(f"--rate: {rate!r} is not a decimal, such as 0.0135 for 1.35 %") from None


def _show(head: tuple[str, str, str, str], rows: Iterable[tuple[str, str, str, str]], *, as_json: bool) -> None:
    if as_json:
        named = [{"code": code, "name": {"en": en, "zh": zh}, "provider": by} for code, en, zh, by in rows]
        typer.echo(json.dumps(named, ensure_ascii=False))
        return
    from rich.console import Console  # noqa: PLC0415 - machines do not wait for it
    from rich.markup import escape  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table()
    for column in head:
        table.add_column(column, no_wrap=column in {"code", "from"}, overflow="fold")
    for row in rows:
        table.add_row(*map(escape, row))
    Console().print(table)


def _tell_faults(found: Plugins) -> None:
    for fault in found.faults:
        typer.echo(f"suidai: plugin {fault.plugin} is set aside: {fault.reason}", err=True)
