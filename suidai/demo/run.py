"""`suidai demo`: find a suidai or start one, tell the story with progress, show how it ended."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table

from domain.shared.days import business_day
from domain.shared.settings import Environment
from suidai.demo import reckoning
from suidai.demo.api import Door, Json, StepFailed
from suidai.demo.person import somebody
from suidai.demo.stage import Stage, at
from suidai.demo.story import LENT, STORY, Step, Told, tell
from suidai.runtime.configuration import read_settings
from suidai.runtime.errors import CannotStart
from suidai.runtime.home import running_in

START_PATIENCE = 60.0


def demo(*, as_json: bool, url: str | None, sandbox: str | None) -> bool:
    """Whether all of the story held. Progress goes to standard error, the answer to standard output."""
    screen = Console(stderr=True)
    with _suidai(url, sandbox, screen) as door:
        began = time.monotonic()
        stage = Stage(door, somebody(random.SystemRandom()))
        told = _tell(stage, screen)
        ended = _ending(stage, told)
        ended["ok"] = all(step.ok for step in told)
        screen.print(f"{len(told)} steps in {time.monotonic() - began:.1f} s")
    if as_json:
        sys.stdout.write(json.dumps(ended, ensure_ascii=False, indent=2) + "\n")
    else:
        _show(ended)
    return bool(ended["ok"])


def lend(*, as_json: bool, url: str | None, sandbox: str | None) -> bool:
    """Whether somebody has a loan now, in a suidai that goes on running. What his app knows goes to standard output."""
    if url is None and running_in(read_settings().home) is None:
        raise CannotStart("No suidai runs here to leave a borrower in: start one with `suidai up`, or name its --url.")
    screen = Console(stderr=True)
    with _suidai(url, sandbox, screen) as door:
        stage = Stage(door, somebody(random.SystemRandom()))
        told = _tell(stage, screen, LENT)
    if not all(step.ok for step in told):
        return False
    known = {
        "phone": stage.person.phone,
        "password": stage.person.password,
        "accessToken": stage.borrower,
        "loanId": stage.known["loan"],
        "bankCardId": stage.known["card"],
        "firstDueOn": stage.known["due"][0].isoformat(),
    }
    lines = [f"{name:12} {value}" for name, value in known.items()]
    sys.stdout.write((json.dumps(known) if as_json else "\n".join(lines)) + "\n")
    return True


def _tell(stage: Stage, screen: Console, story: Sequence[tuple[str, Step]] = STORY) -> list[Told]:
    told: list[Told] = []
    failed = ""
    try:
        _begin_in_the_morning(stage)
    except StepFailed as trouble:
        failed = "the day begins"
        told.append(Told(failed, ok=False, detail=str(trouble)))
        screen.print(f"[red]no[/] {failed}: [dim]{trouble}[/]", highlight=False)
    for number, step in enumerate(tell(stage, failed, story), 1):
        told.append(step)
        mark = "[green]ok[/]" if step.ok else "[red]no[/]"
        screen.print(f"{number:2}/{len(story)} {mark} {step.name}: [dim]{step.detail}[/]", highlight=False)
    return told


def _begin_in_the_morning(stage: Stage) -> None:
    """Begin at 10:00 of the next business day: no step then lands on another day than the one before by chance."""
    stage.clock_to(at(business_day(stage.now()) + timedelta(days=1), 10))
    stage.before = stage.balances()


def _ending(stage: Stage, told: list[Told]) -> Json:
    ended: Json = {"steps": [step.as_json() for step in told], "loan": None, "trial_balance": None, "trail": []}
    try:
        if "loan" in stage.known:
            ended["loan"] = {"status": stage.loan("status")["status"], "plan": reckoning.plan_rows(stage)}
            ended["trail"] = reckoning.money_trail(stage)
        ended["trial_balance"] = reckoning.trial_balance(stage)
    except StepFailed as trouble:
        ended["steps"].append({"name": "the end is shown", "ok": False, "detail": str(trouble)})
        told.append(Told("the end is shown", ok=False, detail=str(trouble)))
    return ended


def _show(ended: Json) -> None:
    screen = Console()
    if loan := ended["loan"]:
        screen.print(_table(f"The plan: loan {loan['status']}", loan["plan"]))
    if ended["trail"]:
        screen.print(_table("The money's trail", ended["trail"]))
    if balance := ended["trial_balance"]:
        rows = [{"account": code, "balance_fen": fen} for code, fen in balance["accounts"].items() if fen]
        screen.print(_table("The trial balance", rows))
        screen.print(f"debits {balance['debit_fen'] / 100:,.2f} = credits {balance['credit_fen'] / 100:,.2f}")
    screen.print("[green]All of it held.[/]" if ended["ok"] else "[red]Not all of it held.[/]")


def _table(title: str, rows: list[Json]) -> Table:
    table = Table(title=title, title_justify="left")
    for name in rows[0] if rows else ():
        table.add_column(name.removesuffix("_fen"), justify="right" if name.endswith("_fen") else "left")
    for row in rows:
        table.add_row(*(f"{value / 100:,.2f}" if name.endswith("_fen") else str(value) for name, value in row.items()))
    return table


@contextmanager
def _suidai(url: str | None, sandbox: str | None, screen: Console) -> Generator[Door]:
    """The suidai at `url`, or the one that runs in this folder, or one that lives as long as the story."""
    settings = read_settings()
    if settings.env is Environment.PRODUCTION:
        raise CannotStart("The demo moves the clock and plays every outside party: it does not run in production.")
    if url:
        yield Door(url, sandbox or f"http://127.0.0.1:{settings.sandbox_port}")
        return
    if running := running_in(settings.home):
        if running.sandbox_url is None:
            raise CannotStart(
                "The suidai that runs here has no sandbox, and the demo needs the outside parties it plays."
            )
        yield Door(f"{running.api_url}/graphql", running.sandbox_url)
        return
    with tempfile.TemporaryDirectory(prefix="suidai-demo-", ignore_cleanup_errors=True) as folder:
        with screen.status("Starting a suidai for the story ..."):
            process, door = _start(Path(folder))
        try:
            yield door
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def _start(folder: Path) -> tuple["subprocess.Popen[bytes]", Door]:
    folder.chmod(0o755)
    api, outside = _free_ports()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SUIDAI_")}
    environment |= {
        "SUIDAI_HOME": str(folder / "home"),
        "SUIDAI_API_PORT": str(api),
        "SUIDAI_SANDBOX_PORT": str(outside),
    }
    log = (folder / "up.log").open("wb")
    process = subprocess.Popen([sys.executable, "-P", "-m", "suidai", "up"], env=environment, stdout=log, stderr=log)
    deadline = time.monotonic() + START_PATIENCE
    while True:
        try:
            httpx.get(f"http://127.0.0.1:{api}/healthz", timeout=1).raise_for_status()
            httpx.get(f"http://127.0.0.1:{outside}/healthz", timeout=1).raise_for_status()
            return process, Door(f"http://127.0.0.1:{api}/graphql", f"http://127.0.0.1:{outside}")
        except httpx.HTTPError as trouble:
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                raise CannotStart(f"suidai did not start: {(folder / 'up.log').read_text()[-1000:]}") from trouble
            time.sleep(0.1)


def _free_ports() -> tuple[int, int]:
    """Two ports nobody uses at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return one.getsockname()[1], other.getsockname()[1]
