"""The command line. It imports what a command needs when that command runs: `suidai --help` is read often."""

import gc
import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from suidai.runtime.errors import CannotStart

GROUPS = {
    "books": ("suidai.books_commands:app", "The laws of the books, checked on the running database."),
    "channels": ("suidai.channels_commands:app", "Payment channels: list, check, begin one of your own."),
    "clock": ("suidai.clock_commands:app", "The business clock of a running suidai."),
    "faults": ("suidai.faults_commands:app", "What the sandbox's outside parties are told to do wrong."),
    "loan": ("suidai.loan_commands:app", "Loan arithmetic on files, and the loans of a running suidai."),
    "order": ("suidai.order_commands:app", "Payment orders of a running suidai."),
    "policy": ("suidai.policy_commands:app", "The lender's policy, and past decisions made once more by it."),
    "staff": ("suidai.staff_commands:app", "Members of staff of a running suidai."),
}
"""Command groups that live in modules of their own: where, and what `suidai --help` says of them."""


class LateGroup(TyperGroup):
    """A command group whose module is imported once it is used."""

    def __init__(self, name: str, target: str, help: str) -> None:
        super().__init__(name=name, help=help)
        self._target = target

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        module, _, attribute = self._target.partition(":")
        group = typer.main.get_group(getattr(import_module(module), attribute))
        return group.make_context(info_name, args, parent=parent, **extra)


app = typer.Typer(
    help="suidai 随贷: the backend on which a small-loan lender runs.",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,  # its frames show local variables, and ours hold secrets
)


def _say_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version  # noqa: PLC0415

        typer.echo(f"suidai {version('suidai')}")
        raise typer.Exit


@app.callback()
def suidai(
    _: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say which version this is.")
    ] = False,
) -> None:
    """The options every command shares."""


@app.command(short_help="Start everything on this machine; Ctrl-C stops it.")
def up() -> None:
    """Start everything on this machine: database, queue, API, worker, sandbox. Ctrl-C stops it.

    \b
    What may be set in the environment:
      SUIDAI_HOME          where data, logs and keys lie: .suidai here
      SUIDAI_API_PORT      8000, and SUIDAI_API_HOST 127.0.0.1
      SUIDAI_SANDBOX_PORT  8001, and SUIDAI_SANDBOX_HOST 127.0.0.1
      SUIDAI_PUBLIC_URL    where outside parties reach the API
      SUIDAI_SANDBOX_URL   where the others reach the sandbox
      SUIDAI_DATABASE_URL  a PostgreSQL of your own
      SUIDAI_REDIS_URL     a Redis or Valkey of your own
      SUIDAI_CHANNELS      settings of payment channels, in JSON
      SUIDAI_PROVIDERS     settings of the other parties, in JSON
      SUIDAI_SANDBOX       the keys of who is played, in JSON
      SUIDAI_MASTER_KEY    wraps the borrowers' keys; made in SUIDAI_HOME
      SUIDAI_TOKEN_KEY     signs access tokens; made there, too
      SUIDAI_ENV           development, or production: nothing played or made
      SUIDAI_FAILPOINTS    development: where a process kills itself once

    Several run side by side, each with a SUIDAI_HOME and two ports of its own.
    """
    from suidai.runtime.up import up  # noqa: PLC0415

    up()


@app.command()
def api() -> None:
    """Serve the GraphQL API alone."""
    from suidai.runtime import roles  # noqa: PLC0415

    roles.api()


@app.command()
def worker() -> None:
    """Run the jobs alone."""
    from suidai.runtime import roles  # noqa: PLC0415

    roles.worker()


@app.command()
def sandbox() -> None:
    """Play the outside parties alone. Never in production."""
    from suidai.runtime import roles  # noqa: PLC0415

    roles.sandbox()


@app.command()
def migrate(
    seed: Annotated[bool, typer.Option("--seed", help="Then give it the rows of this release that it lacks.")] = False,
) -> None:
    """Bring the database to the last migration."""
    from suidai.runtime import roles  # noqa: PLC0415

    roles.migrate(seed=seed)


@app.command(short_help="Print the settings of a process here, for a shell.")
def settings() -> None:
    """Print the settings a process here runs with, secrets too, for a shell: `eval "$(suidai settings)"`."""
    from suidai.runtime.alone import settings_of, shell_lines  # noqa: PLC0415

    for line in shell_lines(settings_of("settings")):
        typer.echo(line)


@app.command(
    short_help="What a loan would cost, to the fen.",
    context_settings={"ignore_unknown_options": True},  # -5.00 is an amount, and refused as such
)
def quote(
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="Yuan with two decimals, such as 12000.00.")],
    terms: Annotated[str, typer.Argument(metavar="TERMS", help="Monthly installments, 3 to 36.")],
    *,
    product: Annotated[str | None, typer.Option(metavar="CODE", help="A product of the suidai that runs here.")] = None,
    value_date: Annotated[str | None, typer.Option(metavar="DAY", help="If the money came on this day; today.")] = None,
    method: Annotated[
        str | None, typer.Option(metavar="CODE", help="On the spot: EQUAL_INSTALLMENT or another.")
    ] = None,
    rate: Annotated[str | None, typer.Option(metavar="RATE", help="On the spot: a year, 0.144 is 14.4 %.")] = None,
    day_count: Annotated[str | None, typer.Option(metavar="BASIS", help="On the spot: ACT_360 or another.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same for machines.")] = False,
) -> None:
    """What a loan would cost: its plan, its totals, its yearly cost in three measures.

    On a product of the suidai that runs here, tested against the ceiling. With --rate, and --method and --day-count,
    on terms given on the spot, without a database. What is refused is said in a sentence, with exit code 2.
    """
    from suidai.quote_command import Offline, quote  # noqa: PLC0415

    offline = Offline(method, rate, day_count)
    quote(amount, terms, product=product, value_date=value_date, offline=offline, as_json=as_json)


@app.command(name="methods", short_help="The repayment methods that are installed.")
def list_methods(
    as_json: Annotated[bool, typer.Option("--json", help="The same for machines.")] = False,
) -> None:
    """The repayment methods a product can have here, and which package provides each."""
    from suidai.installed import show_methods  # noqa: PLC0415

    show_methods(as_json=as_json)


@app.command(name="calculators", short_help="The deposit calculators that are installed.")
def list_calculators(
    as_json: Annotated[bool, typer.Option("--json", help="The same for machines.")] = False,
) -> None:
    """The deposit calculators that packages brought; the house has none of its own."""
    from suidai.installed import show_calculators  # noqa: PLC0415

    show_calculators(as_json=as_json)


@app.command(short_help="Work out a deposit; nothing is kept.")
def calculate(
    code: Annotated[str, typer.Argument(metavar="CODE", help="One of `suidai calculators`.")],
    amount: Annotated[str, typer.Option(help="What is put away each time, in yuan: 1000.00.")],
    months: Annotated[int, typer.Option(help="For how many months.")],
    rate: Annotated[str, typer.Option(help="The yearly rate: 0.0135 is 1.35 %.")],
    as_json: Annotated[bool, typer.Option("--json", help="In fen, for machines.")] = False,
) -> None:
    """Work out what a deposit comes to. Nothing is kept: the house takes no deposits."""
    from suidai.installed import calculate  # noqa: PLC0415

    calculate(code, amount=amount, months=months, rate=rate, as_json=as_json)


@app.command(short_help="Tell one loan's whole life, through the public doors.")
def demo(
    as_json: Annotated[bool, typer.Option("--json", help="The story's end for machines, on standard output.")] = False,
    url: Annotated[str | None, typer.Option(help="GraphQL address of a running suidai; else the one here.")] = None,
    sandbox_url: Annotated[str | None, typer.Option(help="Address of its sandbox.")] = None,
    lend: Annotated[
        bool, typer.Option("--lend", help="Stop once the money is paid out, and say how to speak for the borrower.")
    ] = False,
) -> None:
    """Tell one loan's whole life, from registration to settlement, through the public doors."""
    from suidai.demo import run  # noqa: PLC0415

    if not (run.lend if lend else run.demo)(as_json=as_json, url=url, sandbox=sandbox_url):
        raise typer.Exit(1)


def main() -> None:
    """The `suidai` command. What keeps it from starting is said in a sentence; a traceback is a bug."""
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="replace")  # a terminal that lacks 随 shows a question mark
    group = typer.main.get_group(app)
    for name, (target, what) in GROUPS.items():
        group.add_command(LateGroup(name, target, what))
    try:
        group()
    except CannotStart as trouble:
        typer.echo(f"suidai: {trouble}", err=True)
        sys.exit(1)
    finally:
        gc.freeze()  # it all goes with the process: to look it through for garbage first takes a fifth of a short command
