"""`suidai order`: what happened to a payment order of the suidai that runs here."""

import asyncio
import json
from decimal import Decimal
from typing import Annotated, Any

import typer

app = typer.Typer(help="Payment orders of a running suidai.", no_args_is_help=True, rich_markup_mode=None)

REFUSED = 2
"""Exit code when there is no such order."""


@app.callback()
def order() -> None:
    """Payment orders of a running suidai."""


@app.command(short_help="Everything that happened to an order, oldest first.")
def show(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="Our number of it, or what its channel knows it by.")],
    as_json: Annotated[bool, typer.Option("--json", help="For machines: sums in fen, all that was said.")] = False,
) -> None:
    """Show what happened to an order: tries, exchanges, notices, books, refunds, bills. Personal data is masked.

    No such order: exit code 2 and one sentence.
    """
    entries = asyncio.run(_entries(number))
    if entries is None:
        typer.echo(f"suidai: there is no order {number}", err=True)
        raise typer.Exit(REFUSED)
    if as_json:
        typer.echo(json.dumps(entries, ensure_ascii=False))
    else:
        _print(number, entries)


async def _entries(number: str) -> list[dict[str, Any]] | None:
    from domain.operations.services import order_history  # noqa: PLC0415 - it loads the database
    from domain.payments import queries  # noqa: PLC0415
    from suidai.runtime.configuration import attached  # noqa: PLC0415
    from suidai.verifying import snapshot  # noqa: PLC0415

    async with snapshot(attached()) as session:
        order_id = await queries.order_numbered(session, number)
        if order_id is None:
            return None
        return [_plain(entry) for entry in await order_history.of_order(session, order_id)]


def _plain(entry: Any) -> dict[str, Any]:
    from domain.shared.days import SHANGHAI  # noqa: PLC0415

    told = {
        "kind": entry.kind,
        "at": entry.at.astimezone(SHANGHAI).isoformat(),
        "subject": entry.subject,
        "source": entry.source,
        "what": entry.what,
        "before": entry.before,
        "after": entry.after,
        "amount_fen": entry.amount_fen,
        "duration_ms": entry.duration_ms,
        "signature": entry.signature,
        # What the staff wrote down in its own words may name somebody.
        "facts": {name: fact for name, fact in entry.facts.items() if name != "reason"},
    }
    return {name: value for name, value in told.items() if value is not None}


def _print(number: str, entries: list[dict[str, Any]]) -> None:
    from rich.console import Console  # noqa: PLC0415 - machines do not wait for it
    from rich.markup import escape  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    from domain.shared.money import yuan  # noqa: PLC0415

    table = Table("at", "", "of what", "who", "what", "yuan", "ms", title=f"order {number}")
    for entry in entries:
        moved = " > ".join(entry[part] for part in ("before", "after") if part in entry)
        words = " ".join(part for part in (entry.get("what", ""), moved, _signed(entry), *_questioned(entry)) if part)
        fen = entry.get("amount_fen")
        table.add_row(
            entry["at"][:19].replace("T", " "),
            entry["kind"],
            escape(entry["subject"]),
            escape(entry.get("source", "")),
            escape(words + _chosen(entry) + _lines(entry)),
            "" if fen is None else yuan(fen),
            str(entry.get("duration_ms", "")),
        )
    Console().print(table)


def _chosen(entry: dict[str, Any]) -> str:
    """Of an order: its channel; where we chose it, from which, by what each would have cost, and why not the others.

    Of one that was left: the channel of the order that was made instead.
    """
    from domain.shared.money import yuan  # noqa: PLC0415

    facts = entry["facts"]
    if entry["kind"] == "REPLACED":
        return f" by {facts['channel']}"
    if entry["kind"] != "CREATED":
        return ""
    said = [f"by {facts['channel']}", *([f"instead of {facts['instead_of']}"] if "instead_of" in facts else [])]
    choice: dict[str, Any] = facts.get("choice", {})
    for each in choice.get("ranked", []):
        success = Decimal(each["success"]) * 100
        said.append(f"{each['channel']}: fee {yuan(each['fee_fen'])}, {success:.1f}% of {each['tries']}")
    said += [f"{each['channel']}: {each['reason']}" for each in choice.get("excluded", [])]
    return "\n".join(said)


def _signed(entry: dict[str, Any]) -> str:
    return f"signature {entry['signature']}" if entry.get("signature") == "BROKEN" else ""


def _questioned(entry: dict[str, Any]) -> list[str]:
    """Of what was told: that it names another sum than was asked for, or cannot be, so that it moved nothing."""
    return [word for word in ("doubted", "contradicts") if entry["facts"].get(word)]


def _lines(entry: dict[str, Any]) -> str:
    from domain.shared.money import yuan  # noqa: PLC0415

    lines: list[dict[str, Any]] = entry["facts"].get("lines", [])
    return "".join(f"\n{line['side'].lower()} {line['account']} {yuan(line['fen'])}" for line in lines)
