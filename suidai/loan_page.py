"""A loan's page on a terminal, in yuan."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from domain.shared.money import yuan

Page = Mapping[str, Any]


def print_page(page: Page) -> None:
    """Terms, where it stands, plan, journal, book; what there is of them."""
    console = Console(highlight=False)
    loan, terms = page["loan"], page["terms"]
    console.print(f"[bold]{escape(loan['number'])}[/bold]  {loan['status']}")
    console.print(
        f"{yuan(terms['principal_fen'])} yuan at {terms['annual_rate']} a year, {terms['terms']} months "
        f"from {loan['value_date'] or 'the day its money comes'}, {terms['method']}, {terms['day_count']}"
    )
    console.print(
        f"penalty {terms['penalty_multiplier']} x the rate on {terms['penalty_base']}, {terms['grace_days']} days of "
        f"grace; prepaying {terms['prepay']}, fee {terms['prepay_fee_rate']}; funded by {escape(terms['funder'])}"
    )
    if known_at := page["known_at"]:
        console.print(f"as it was known at {known_at}")
    if "position" not in page:
        console.print("Its money has not come.")
        return
    console.print(_position(page["position"]))
    console.print(_plan(page["plan"]))
    if page["journal"]:
        console.print(_journal(page["journal"]))
    if book := page.get("book"):
        console.print(_book(book))


def _position(position: Page) -> str:
    late = f", {position['days_past_due']} days past due" if position["days_past_due"] else ""
    return (
        f"on {position['on']}: due {yuan(position['due_fen'])}{late} "
        f"({_sums(position, ('penalty_fen', 'interest_fen', 'principal_fen'))}), "
        f"payoff {yuan(position['payoff_fen'])} ({_sums(position, ('accrued_fen', 'undue_fen', 'fee_fen'))}), "
        f"excess {yuan(position['excess_fen'])}"
    )


def _plan(rows: Sequence[Page]) -> Table:
    """Eighty columns hold it; `waived` is there if anything was."""
    waived = ("waived",) if any(row["waived_fen"] for row in rows) else ()
    sums = ("principal", "interest", "penalty", "paid", *waived, "outstanding")
    table = _table("plan", ("n", "due", "status"), ("principal", "interest", "penalty", "paid", *waived, "open"), ())
    for row in rows:
        table.add_row(str(row["n"]), row["due_on"], row["status"], *(yuan(row[f"{name}_fen"]) for name in sums))
    return table


def _journal(events: Sequence[Page]) -> Table:
    """Eighty columns hold it; where money went takes the lines it needs, whole words and sums."""
    table = _table("journal", ("", "counts from", "known at", "what"), ("amount",), ("where it went",))
    for event in events:
        what = " ".join([event["kind"], event["intent"] or ""]).strip()
        if event["reverses"]:
            what += f" {event['reverses']}"
        amount = yuan(event["amount_fen"]) if event["amount_fen"] is not None else ""
        table.add_row(
            str(event["sequence"]),
            event["value_date"],
            event["recorded_at"][:16].replace("T", " "),
            what,
            amount,
            _where(event),
        )
    return table


def _where(event: Page) -> str:
    if not event["parts"]:
        return ""
    rows = f"; rows {', '.join(map(str, event['rows']))}" if event["rows"] else ""
    return f"{_sums(event['parts'], event['parts'])}{rows}"


def _book(book: Page) -> Table:
    table = _table(f"the books, through {book['posted_through']}", ("account",), ("debit", "credit"), ())
    for code, net_fen in book["accounts"].items():
        if net_fen:
            sides = (yuan(net_fen), "") if net_fen > 0 else ("", yuan(-net_fen))
            table.add_row(code, *sides)
    return table


def _table(title: str, before: Iterable[str], sums: Iterable[str], after: Iterable[str]) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for name in before:
        table.add_column(name, no_wrap=True, overflow="fold")
    for name in sums:
        table.add_column(name, justify="right", no_wrap=True, overflow="fold")  # a sum is never cut short
    for name in after:
        table.add_column(name, overflow="fold")
    return table


def _sums(of: Page, names: Iterable[str]) -> str:
    found = [f"{name.removesuffix('_fen')} {yuan(of[name])}" for name in names if of[name]]
    return ", ".join(found) or "nothing"
