"""`suidai channels`: the channels that are installed, the kit's verdict on one, and a package to begin one's own with."""

import asyncio
import json
import sys
from collections.abc import Iterable, Mapping
from contextlib import redirect_stdout
from datetime import UTC, datetime
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, cast

import typer

from plugins.discovery import Fault, Plugins, told
from plugins.spec import ChannelSpec

if TYPE_CHECKING:
    from domain.payments.ports import Capabilities
    from domain.shared.settings import Settings
    from plugins.registry import Registry
    from plugins.testing import Subject, Verdict

SAMPLES = "suidai.samples"
"""The group of entry points in which a package names, by its channel's code, a function that gives a `Subject`."""

BROKEN, REFUSED = 1, 2

app = typer.Typer(help="Payment channels.", invoke_without_command=True, rich_markup_mode=None)

AsJson = Annotated[bool, typer.Option("--json", help="The same for machines.")]


@app.callback()
def channels(context: typer.Context, *, as_json: AsJson = False) -> None:
    """The channels that are installed here, and how the suidai that runs here, or the environment, configures them."""
    if context.invoked_subcommand is None:
        _show_installed(as_json=as_json)


@app.command()
def check(
    code: Annotated[str, typer.Argument(metavar="CODE", help="One of `suidai channels`.")], *, as_json: AsJson = False
) -> None:
    """Try a channel by every check of the kit, with the sample that its package brings: throw-away keys, no network.

    One line a check: ok, broken or not applicable. Exit code 1 when something is broken.
    """
    from plugins.testing import Outcome, judged  # noqa: PLC0415 - httpx, which the other commands do without

    with redirect_stdout(sys.stderr):  # what a stranger's channel prints is no part of the table
        verdicts = asyncio.run(judged(_sample(code)))
    broken = any(verdict.outcome is Outcome.BROKEN for verdict in verdicts)
    if as_json:
        rows = [{"check": one.check, "outcome": one.outcome.value, "sentence": one.sentence} for one in verdicts]
        typer.echo(json.dumps({"code": code, "ok": not broken, "checks": rows}, ensure_ascii=False))
    else:
        _show_verdicts(verdicts)
    if broken:
        raise typer.Exit(BROKEN)


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The channel's code: cashpay.")],
    *,
    into: Annotated[Path, typer.Option(metavar="DIR", help="Where the package's folder is made.")] = Path(),
) -> None:
    """Write a package with a channel of this name. It passes its own tests and `suidai channels check` as it comes."""
    from suidai.channel_template import CannotWrite, write  # noqa: PLC0415

    if name in {spec.code for spec, _ in _installed(Plugins.found())}:
        _refuse(f"there is a channel {name} already: a code is for ever, and orders carry it")
    try:
        folder = write(name, into)
    except (CannotWrite, OSError) as why:
        _refuse(str(why))
    here = folder if folder.is_absolute() else f"./{folder}"
    typer.echo(f"{here} is there. Next: pip install -e '{here}[test]', then: suidai channels check {name}")


def _sample(code: str) -> "Subject":
    known = {spec.code for spec, _ in _installed(Plugins.found())}
    if code not in known:
        _refuse(f"no plugin offers a channel {code!r}; there is: {', '.join(sorted(known))}")
    entry = next((entry for entry in entry_points(group=SAMPLES) if entry.name == code), None)
    if entry is None:
        _refuse(f"the package of {code} names nothing to try it with: an entry point {code} in the group {SAMPLES}")
    from plugins.testing import Subject  # noqa: PLC0415

    try:
        subject = entry.load()()
    except Exception as error:  # noqa: BLE001 - a stranger's code
        _refuse(f"the sample of {code} ({entry.value}) cannot be had: {told(error)}")
    if not isinstance(subject, Subject) or subject.spec.code != code:
        _refuse(f"the sample of {code} ({entry.value}) is no Subject of plugins.testing with that code")
    return subject


def _refuse(sentence: str) -> NoReturn:
    typer.echo(f"suidai: {sentence}", err=True)
    raise typer.Exit(REFUSED)


def _installed(plugins: Plugins) -> list[tuple[ChannelSpec, str]]:
    """Every spec that is one, with its package."""
    offers = plugins.offers("payment_channels")
    return [(offer.thing, offer.provider) for offer in offers if isinstance(offer.thing, ChannelSpec)]


def _show_installed(*, as_json: bool) -> None:
    registry, fared = _registry()
    rows = [
        {
            "code": one.code,
            "name": {"en": one.name_en, "zh": one.name_zh},
            "package": one.package,
            "version": one.version,
            "status": one.status.value,
            "reason": one.reason,
            "capabilities": _said(one.capabilities),
            "success": fared.get(one.code, ""),
        }
        for one in registry.channels()
    ]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
    else:
        _table(
            ("code", "name", "from", "status", "can", "fared of late"),
            [
                (
                    str(row["code"]),
                    " ".join(cast("Mapping[str, str]", row["name"]).values()),
                    f"{row['package']} {row['version']}".strip(),
                    f"{row['status']} {row['reason']}".strip(),
                    "; ".join(cast("list[str]", row["capabilities"])),
                    str(row["success"]),
                )
                for row in rows
            ],
        )
    for fault in cast("Iterable[Fault]", registry.faults):
        typer.echo(f"suidai: plugin {fault.plugin} is set aside: {fault.reason}", err=True)


def _registry() -> "tuple[Registry, Mapping[str, str]]":
    """What is installed, configured as the suidai of this folder is, and how it fares there, by code.

    Without one it is configured as the environment says, and nobody knows how it fares.
    """
    from suidai.runtime.configuration import attached, read_settings  # noqa: PLC0415
    from suidai.runtime.errors import CannotStart  # noqa: PLC0415

    try:
        settings = attached()
    except CannotStart:
        settings = read_settings()
    if settings.database_url is None or settings.master_key is None:
        return _discovered(settings), {}
    return asyncio.run(_as_set_up(settings))


def _discovered(settings: "Settings") -> "Registry":
    from plugins.registry import Registry  # noqa: PLC0415

    return Registry.discover(
        settings.channels,
        {},
        clock=lambda: datetime.now(UTC),  # noqa: TID251 - a command is an entry point
        notify_base_url=settings.base_url,
        allow_sandbox=True,
    )


async def _as_set_up(settings: "Settings") -> "tuple[Registry, Mapping[str, str]]":
    """With what configureChannel laid down in the database over what the environment says."""
    from domain.payments.flows.settings import Watch  # noqa: PLC0415
    from domain.payments.rules.routing import rounded  # noqa: PLC0415
    from domain.payments.services import routing  # noqa: PLC0415
    from domain.shared.clock import Clock  # noqa: PLC0415
    from domain.shared.crypto import Keyring  # noqa: PLC0415
    from domain.shared.db import make_sessions  # noqa: PLC0415
    from domain.shared.policy import PolicyMissing  # noqa: PLC0415
    from domain.shared.settings import Environment  # noqa: PLC0415
    from suidai.runtime.beside import engine_beside  # noqa: PLC0415
    from suidai.runtime.configuration import known  # noqa: PLC0415

    registry = _discovered(settings)
    async with engine_beside(settings) as engine:
        sessions = make_sessions(engine, Keyring.from_base64(known(settings.master_key)))
        await Watch(sessions, registry.take).look()
        async with sessions() as session:
            at = await Clock(movable=settings.env is not Environment.PRODUCTION).now(session)
            try:
                fared = await routing.success_of_each(session, [one.code for one in registry.channels()], at)
            except PolicyMissing:
                return registry, {}  # this release has not been started on this database yet
    return registry, {code: f"{rounded(success):.1%} of {tries}" for code, (success, tries) in fared.items()}


def _said(can: "Capabilities") -> list[str]:
    """What a channel can do, in words."""
    by = {"pay by": can.products, "sign by": can.mandate_sign, "refund": can.refund, "bill of": can.bill}
    said = [f"{what} {', '.join(sorted(ways)).lower()}" for what, ways in by.items() if ways]
    said += ["debit"] if can.autodebit else []
    said += [f"debit {can.batch_autodebit} at once"] if can.batch_autodebit else []
    return said + (["close"] if can.close else [])


def _show_verdicts(verdicts: "Iterable[Verdict]") -> None:
    _table(
        ("check", "", "what it says"), [(one.check, one.outcome.value, one.sentence) for one in verdicts], narrow=False
    )


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]], *, narrow: bool = True) -> None:
    from rich.console import Console  # noqa: PLC0415 - machines do not wait for it
    from rich.markup import escape  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table()
    for number, column in enumerate(head):
        table.add_column(column, no_wrap=number == 0 or (number == 1 and not narrow), overflow="fold")
    for row in rows:
        table.add_row(*map(escape, row))
    Console().print(table)
