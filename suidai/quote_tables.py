"""A quote as a table to read, in yuan and percent."""

from decimal import Decimal

from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from domain.lending.rules.quoting import when_paid
from domain.shared.money import yuan
from suidai.quote_command import Quoted


def show(quoted: Quoted) -> None:
    """The plan with its totals, the three costs, and how it stands to the ceiling."""
    figures = quoted.figures
    terms, console = figures.terms, Console()
    product = f"{quoted.product} {quoted.name}: " if quoted.product else ""
    console.print(
        escape(
            f"{product}{yuan(terms.principal_fen)} yuan over {terms.terms} months from {terms.value_date}, "
            f"{terms.method} at {percent(terms.annual_rate)} a year, {terms.day_count}"
        )
    )
    table = Table("n", "due", show_footer=True, box=SIMPLE, show_edge=False, pad_edge=False, padding=0)
    for name in ("principal", "interest", "fee", "together", "left"):
        table.add_column(name, justify="right", no_wrap=True, overflow="fold")  # a sum is never cut short
    for row in figures.rows:
        sums = (row.principal_fen, row.interest_fen, row.fee_fen, row.total_fen, row.balance_fen)
        table.add_row(str(row.n), str(row.due_on), *map(yuan, sums))
    totals = (terms.principal_fen, figures.total_interest_fen, figures.total_fee_fen, figures.total_fen)
    for column, total_fen in zip(table.columns[2:], totals, strict=False):
        column.footer = yuan(total_fen)
    console.print(table)
    cost = figures.cost
    console.print(
        f"a year: nominal {percent(cost.nominal)}, effective {percent(cost.effective)}, simple {percent(cost.simple)}"
    )
    if tested := quoted.tested:
        worst, ceiling = tested.worst, tested.ceiling
        said = f"ceiling {percent(ceiling.limit)} ({ceiling.measure}): {'holds' if tested.holds else 'does not hold'}"
        when = when_paid(worst.path, worst.months)["en"]
        console.print(f"{said}; at worst {percent(worst.rate)}: {when[0].lower()}{when[1:]}")


def percent(rate: Decimal) -> str:
    """0.144 is 14.4 %."""
    text = f"{rate * 100:f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} %"
