"""The wheel in an environment of its own, far from the checkout; and a channel that somebody else packed beside it."""

import hmac
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
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import httpx
import pytest

from suidai.demo import paying
from suidai.demo.api import Door
from suidai.demo.person import somebody
from suidai.demo.stage import Stage, fen
from suidai.demo.story import STORY
from tests.database import ROOT
from tests.test_pages import FENCED

OUTSIDE = Path(__file__).parent / "outside" / "suidai_examplepay"
EXAMPLES = ROOT / "examples"
PAGES = [
    *(EXAMPLES / name / "README.md" for name in ("suidai-quarterly", "suidai-deposits")),
    ROOT / "docs" / "plugins.md",
]
QUARTERLY = {"code": "QUARTERLY_INTEREST", "provider": "suidai-quarterly"}
NEWEST = "2026-11-21"
SECRET = "a secret between Example Pay and us"
CHANNEL = {"examplepay": {"secret": SECRET, "gateway_url": "http://127.0.0.1:9"}}
PATIENCE = 60
MONEY = "{ trialBalance { accounts { code balance } } }"


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel and nothing of the checkout."""

    folder: Path

    def run(self, command: str, *arguments: str) -> str:
        found = self.folder / "env" / "bin" / command
        done = subprocess.run(
            [str(found), *arguments], cwd=self.folder, env=self.variables(), capture_output=True, text=True, check=True
        )
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


@pytest.fixture
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


def test_a_package_from_outside_takes_a_repayment_beside_the_wheel(installed: Installed) -> None:
    where = installed.run("python", "-c", "import suidai, domain, plugins; print(suidai.__file__)")
    assert Path(where.strip()).is_relative_to(installed.folder)
    assert installed.run("suidai", "--version").strip()
    installed.add(str(OUTSIDE), str(EXAMPLES / "suidai-quarterly"))

    with installed.up(SUIDAI_CHANNELS=json.dumps(CHANNEL)) as door:
        stage = _borrowed(door)
        assert _channels(door)["examplepay"] == {"status": "READY", "package": "suidai-examplepay"}
        assert QUARTERLY in _methods(door)
        order = paying.order(stage, "PREPAY", channel="examplepay", product="QR", amount="1000.00")
        number = order["action"]["codeUrl"].partition("order=")[2].partition("&")[0]
        for _ in range(3):
            assert _notify(door, stage, number, fen(order["amount"])).status_code == 200
        paying.until_paid(stage, order)
        assert stage.moved()["clearing.examplepay"] == 1000_00
        assert [each["amount"] for each in paying.repayments(stage)] == ["1000.00"]
        assert _notify(door, stage, number, fen(order["amount"]), secret="not ours").status_code == 400

    installed.remove("suidai-examplepay")
    installed.remove("suidai-quarterly")
    with installed.up() as door:
        stage.door = door
        assert "examplepay" not in _channels(door)
        assert QUARTERLY not in _methods(door)
        assert paying.look(stage, order, "... on RepaymentOrder { status channel }") == {
            "status": "PAID",
            "channel": "examplepay",
        }


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


def _channels(door: Door) -> dict[str, dict[str, Any]]:
    told = door.ask("{ paymentChannels { code status package } }")["paymentChannels"]
    return {channel.pop("code"): channel for channel in told}


def _notify(door: Door, stage: Stage, number: str, amount_fen: int, *, secret: str = SECRET) -> httpx.Response:
    told = {
        "event": f"E{number}",
        "order_no": number,
        "state": "SUCCEEDED",
        "fen": amount_fen,
        "paid_at": stage.now().isoformat(),
    }
    body = json.dumps(told | ({"paid_at": stage.known.setdefault("paid_at", told["paid_at"])})).encode()
    signature = hmac.new(secret.encode(), body, sha256).hexdigest()
    url = door.url.replace("/graphql", "/notify/payments/examplepay")
    return httpx.post(url, content=body, headers={"x-signature": signature}, timeout=10)


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
