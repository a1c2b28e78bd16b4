"""`suidai faults`: what the outside parties of the sandbox are told to do wrong. Never in production: it has none."""

from collections.abc import Mapping
from typing import Annotated, Any

import httpx
import typer

from suidai.runtime.configuration import PRODUCTION, attached
from suidai.runtime.errors import CannotStart

app = typer.Typer(help="Scripted faults of the sandbox.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def add(
    party: Annotated[str, typer.Argument(help="Who does it wrong, by its path in the sandbox; `list` shows all.")],
    fault: Annotated[str, typer.Argument(help="What goes wrong, such as LOSE_NOTICE; `list` shows what each can do.")],
    *,
    order: Annotated[str, typer.Option(help="For this order only, by the number the party knows; else the next.")] = "",
    times: Annotated[int, typer.Option(help="How often.")] = 1,
    of: Annotated[str, typer.Option(help="Only of its payment, refund, mandate, batch or bill.")] = "",
    seconds: Annotated[float | None, typer.Option(help="How late, where it takes time.")] = None,
) -> None:
    """Let a party do something wrong, so many times more."""
    asked = {"party": party, "fault": fault.upper(), "order": order, "times": times, "of": of, "seconds": seconds}
    _show(_asked("POST", asked))


@app.command("list")
def show() -> None:
    """Show what each party can do wrong, and what is still to come."""
    told = _asked("GET")
    for party, faults in told["known"].items():
        typer.echo(f"{party} can: {', '.join(faults)}")
    for fault, sentence in told["faults"].items():
        typer.echo(f"  {fault:<18} {sentence}")
    _show(told)


@app.command()
def clear() -> None:
    """Forget whatever was still to go wrong."""
    _show(_asked("DELETE"))


def _show(told: Mapping[str, Any]) -> None:
    for one in told["to_come"]:
        of = f" of a {one['of']}" if one.get("of") else ""
        seconds = f", {one['seconds']:g} s" if "seconds" in one else ""
        about = one["order"] or "any order"
        typer.echo(f"{one['party']} {one['fault']}{of} for {about}{seconds}, {one['left']} to come")
    if not told["to_come"]:
        typer.echo("Nothing is to go wrong.")


def _asked(method: str, asked: Mapping[str, Any] | None = None) -> dict[str, Any]:
    settings = attached()
    if settings.env is PRODUCTION:
        raise CannotStart("Production has no sandbox: the outside parties there are real.")
    url = f"{settings.outside_url}/faults"
    try:
        # The environment's proxies are not for the sandbox.
        answer = httpx.request(method, url, json=asked, timeout=10, trust_env=False)
        told = answer.json()
    except (httpx.HTTPError, ValueError) as failure:
        raise CannotStart(
            f"No sandbox answers at {url} ({type(failure).__name__}): start it with `suidai up` or `suidai sandbox`."
        ) from failure
    if not answer.is_success:
        raise CannotStart(str(told.get("message", f"The sandbox answers HTTP {answer.status_code}.")))
    return told
