"""The wheel in an environment of its own, far from the checkout; and a channel that somebody else packed beside it."""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import httpx
import pytest

from suidai.demo import on_time, paying
from suidai.demo.api import Door
from suidai.demo.person import somebody
from suidai.demo.stage import Stage, at, fen, key
from suidai.demo.story import STORY
from tests.database import ROOT
from tests.test_pages import FENCED

pytestmark = pytest.mark.waits(80)

MISCHIEF = Path(__file__).parent / "outside" / "suidai_mischief"
EXAMPLES = ROOT / "examples"
PAGES = [
    *(EXAMPLES / name / "README.md" for name in ("suidai-quarterly", "suidai-deposits")),
    ROOT / "docs" / "plugins.md",
]
QUARTERLY = {"code": "QUARTERLY_INTEREST", "provider": "suidai-quarterly"}
NEWEST = "2026-11-21"
SMS_CODE = "123456"
"""What Allinpay's sandbox sends to everybody."""
SOUND = "Every law of the books holds.\n"
PATIENCE = 300


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel and nothing of the checkout."""

    folder: Path

    def run(self, command: str, *arguments: str) -> str:
        found = self.folder / "env" / "bin" / command
        done = subprocess.run(
            [str(found), *arguments], cwd=self.folder, env=self.variables(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def add(self, *what: str) -> None:
        python = str(self.folder / "env" / "bin" / "python")
        _uv("pip", "install", "--quiet", "--exclude-newer", NEWEST, "--python", python, *what)

    def remove(self, name: str) -> None:
        _uv("pip", "uninstall", "--quiet", "--python", str(self.folder / "env" / "bin" / "python"), name)

    def typed(self, lines: str) -> str:
        """What a reader of a page sees who types these lines in the folder above `examples`, packages at hand."""
        here = self.folder / "env"
        own = {"VIRTUAL_ENV": str(here), "PATH": f"{here / 'bin'}:{os.environ['PATH']}", "UV_EXCLUDE_NEWER": NEWEST}
        done = subprocess.run(
            ["bash", "-c", lines],
            cwd=self.folder,
            env=os.environ | own | {"COLUMNS": "80"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return "\n".join(line.rstrip() for line in done.stdout.splitlines()).strip()

    def variables(self, **more: str) -> dict[str, str]:
        """What a new user has: a home of his own, and nothing of ours."""
        own = {"HOME": str(self.folder), "PATH": f"{self.folder / 'env' / 'bin'}:/usr/bin:/bin", "LANG": "C.UTF-8"}
        return own | {"SUIDAI_HOME": str(self.folder / "home")} | more

    @contextmanager
    def allinpay(self) -> Iterator[dict[str, Any]]:
        """The gateway that comes with suidai-allinpay, until the block ends; gives the settings it prints."""
        with socket.create_server(("127.0.0.1", 0)) as one:
            port = one.getsockname()[1]
        process = subprocess.Popen(
            [str(self.folder / "env" / "bin" / "python"), "-m", "suidai_allinpay.sandbox", str(port)],
            cwd=self.folder,
            env=self.variables(),
            stdout=subprocess.PIPE,
        )
        with process:
            try:
                assert process.stdout is not None
                yield json.loads(process.stdout.readline())
            finally:
                process.terminate()

    @contextmanager
    def up(self, **settings: str) -> Iterator[Door]:
        """`suidai up`, until the block ends."""
        with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
            api, outside = one.getsockname()[1], other.getsockname()[1]
        ports = {"SUIDAI_API_PORT": str(api), "SUIDAI_SANDBOX_PORT": str(outside)}
        log = self.folder / "up.log"
        with log.open("wb") as told:
            process = subprocess.Popen(
                [str(self.folder / "env" / "bin" / "suidai"), "up"],
                cwd=self.folder,
                env=self.variables(**ports, **settings),
                stdout=told,
                stderr=told,
            )
        try:
            for port in (api, outside):
                _wait_for(f"http://127.0.0.1:{port}/healthz", process, log)
            with httpx.Client(timeout=15.0) as http:
                yield Door(f"http://127.0.0.1:{api}/graphql", f"http://127.0.0.1:{outside}", http)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


@pytest.fixture(scope="module")
def wheel() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="suidai-wheel-") as folder:
        _uv("build", "--quiet", "--wheel", "--out-dir", folder, str(ROOT))
        yield next(Path(folder).glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Iterator[Installed]:
    # The embedded PostgreSQL runs as another account, which must reach its folder.
    folder = Path(tempfile.mkdtemp(prefix="suidai-installed-"))
    folder.chmod(0o755)
    _uv("venv", "--quiet", "--python", sys.executable, str(folder / "env"))
    here = Installed(folder)
    here.add(str(wheel))
    yield here
    shutil.rmtree(folder, ignore_errors=True)


def test_the_wheel_holds_the_migrations_and_none_of_the_tests(wheel: Path) -> None:
    held = ZipFile(wheel).namelist()

    packed = {name.rpartition("/")[2] for name in held if name.startswith("suidai/_migrations/versions/")}
    assert packed == {path.name for path in (ROOT / "alembic" / "versions").glob("*.py")}
    assert not [name for name in held if name.startswith(("tests/", "alembic/", "docs/", "tools/"))]
    assert "suidai/contract.py" in held


def test_packages_from_outside_take_a_repayment_beside_the_wheel_or_harm_nobody(installed: Installed) -> None:
    where = installed.run("python", "-c", "import suidai, domain, plugins; print(suidai.__file__)")
    assert Path(where.strip()).is_relative_to(installed.folder)
    assert installed.run("suidai", "--version").strip()
    installed.add(str(EXAMPLES / "suidai-allinpay"), str(EXAMPLES / "suidai-quarterly"))
    assert json.loads(installed.run("suidai", "channels", "check", "allinpay", "--json"))["ok"]
    installed.add(str(MISCHIEF))

    with installed.allinpay() as settings, installed.up(SUIDAI_CHANNELS=json.dumps(settings | {"rubbish": {}})) as door:
        stage = _borrowed(door)
        assert _outside(door) == {
            "allinpay": {"status": "READY", "package": "suidai-allinpay"},
            "rubbish": {"status": "READY", "package": "rubbish"},
            **{each: {"status": "DISABLED_BROKEN", "package": each} for each in ("nonsense", "raises", "sleeps")},
        }
        assert '"allinpay"' in installed.run("suidai", "channels", "--json")
        assert QUARTERLY in _methods(door)
        withheld = _withheld_by_allinpay(stage)
        _pays_by_alipay_while_rubbish_is_asked(stage)
        assert installed.run("suidai", "books", "verify") == SOUND

    for name in ("suidai-allinpay", "suidai-quarterly", "suidai-mischief"):
        installed.remove(name)
    with installed.up() as door:
        stage.door = door
        assert _outside(door) == {}
        assert QUARTERLY not in _methods(door)
        assert paying.look(stage, withheld, "... on RepaymentOrder { status channel amount }") == {
            "status": "PAID",
            "channel": "allinpay",
            "amount": withheld["amount"],
        }
        assert installed.run("suidai", "books", "verify") == SOUND


def _withheld_by_allinpay(stage: Stage) -> dict[str, Any]:
    """The borrower agrees by the code that Allinpay sends him; what falls due is taken, once. Gives its order."""
    asked = {"bankCardId": stage.known["card"], "channel": "allinpay", "idempotencyKey": key()}
    mandate = stage.door.do("signMandate", asked, on_time.MANDATE, token=stage.borrower)
    code = {"mandateId": mandate["id"], "code": SMS_CODE}
    signed = stage.door.do("confirmMandate", code, on_time.MANDATE, token=stage.borrower)
    assert (signed["status"], signed["channel"]) == ("ACTIVE", "allinpay")

    due = stage.known["due"][0]
    for minute in (1, 30):
        stage.clock_to(at(due, 10, minute))
    (order,) = stage.loan("repaymentOrders { id channel status amount }")["repaymentOrders"]
    assert (order["channel"], order["status"]) == ("allinpay", "PAID")
    assert paying.paid_row(stage, 1)["paid"] == order["amount"]
    assert [(each["amount"], each["method"]) for each in paying.repayments(stage)] == [(order["amount"], "WITHHOLDING")]
    assert stage.moved()["clearing.allinpay"] == fen(order["amount"]) > 0
    return order


def _pays_by_alipay_while_rubbish_is_asked(stage: Stage) -> None:
    """Whoever is asked for nonsense stays in doubt; the others go on as if he were not there."""
    before = stage.moved()
    paid = paying.order(stage, "PREPAY", channel="alipay", amount="1000.00")
    paying.pay(stage, paid)
    paying.until_paid(stage, paid)
    asked = {"loanId": stage.known["loan"], "intent": "PREPAY", "amount": "1000.00", "channel": "rubbish"}
    doubtful = stage.door.do(
        "createRepayment", asked | {"product": "QR", "idempotencyKey": key()}, paying.ORDER, token=stage.borrower
    )
    notice = httpx.post(stage.door.url.replace("/graphql", "/notify/payments/rubbish"), content=b"paid!", timeout=15)
    assert notice.status_code >= 400
    stage.clock_to(stage.now() + timedelta(hours=1))

    (attempt,) = paying.attempts(stage, doubtful)
    assert (attempt["state"], attempt["refunds"]) == ("UNKNOWN", [])
    assert [each["amount"] for each in paying.repayments(stage)][1:] == ["1000.00"]
    after = stage.moved()
    moved = {code: after[code] - before.get(code, 0) for code in after if code.startswith("clearing.")}
    assert {code: fen for code, fen in moved.items() if fen} == {"clearing.alipay": 1000_00}


def test_the_pages_of_the_examples_are_true_line_by_line(installed: Installed) -> None:
    shutil.copytree(EXAMPLES, installed.folder / "examples")
    for page in PAGES:
        for lines, shown in _typed_on(page):
            seen = installed.typed(lines)
            assert seen == shown or lines.startswith("uv "), f"{page.relative_to(ROOT)}: {lines}\n{seen}"


def _typed_on(page: Path) -> Iterator[tuple[str, str]]:
    """What a page says to type, and what it shows of that: nothing, or the block of text that comes next."""
    blocks = [(kind, block) for kind, block in FENCED.findall(page.read_text("utf-8")) if kind in {"bash", "text"}]
    for (kind, block), (next_kind, next_block) in pairwise([*blocks, ("", "")]):
        if kind == "bash":
            yield block, next_block.strip() if next_kind == "text" else ""


def _methods(door: Door) -> list[dict[str, Any]]:
    return door.ask("{ repaymentMethods { code provider } }")["repaymentMethods"]


def _borrowed(door: Door) -> Stage:
    """A borrower with a running loan: the demo's story up to there."""
    stage = Stage(door, somebody(random.Random(7)))
    stage.before = stage.balances()
    for name, step in STORY:
        step(stage)
        if name == "plan begins at the value date":
            return stage
    raise LookupError("the story has no such step")


def _outside(door: Door) -> dict[str, dict[str, Any]]:
    """The channels that are not the house's own."""
    told = door.ask("{ paymentChannels { code status package } }")["paymentChannels"]
    return {channel.pop("code"): channel for channel in told if channel["package"] != "suidai"}


def _uv(*arguments: str) -> None:
    uv = shutil.which("uv") or "uv"
    done = subprocess.run([uv, *arguments], cwd=ROOT.parent, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def _wait_for(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            httpx.get(url, timeout=1).raise_for_status()
            return
        except httpx.HTTPError:
            assert process.poll() is None, log.read_text()[-1500:]
            assert time.monotonic() < deadline, log.read_text()[-1500:]
            time.sleep(0.1)
