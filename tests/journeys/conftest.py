"""A suidai of the test's own, started as its users start it."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.database import memory
from tests.journeys.separate import Separate

START = 300.0
"""Seconds until what does not answer is held to be lost: a machine may be very busy. What works is waited for no longer."""


def free_ports(count: int) -> list[int]:
    """Ports nobody uses at this moment."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [probe.getsockname()[1] for probe in probes]


def without_settings() -> dict[str, str]:
    """The environment without anybody's settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith("SUIDAI_")}


@dataclass
class Suidai:
    """A running `suidai up` and the commands one gives beside it."""

    folder: Path
    process: "subprocess.Popen[bytes]"
    environment: dict[str, str]
    url: str

    def run(self, *arguments: str, timeout: float = 600) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-P", "-m", "suidai", *arguments],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def demo(self) -> dict[str, Any]:
        done = self.run("demo", "--json")
        assert done.stdout, done.stderr
        told = json.loads(done.stdout)
        assert done.returncode == (0 if told["ok"] else 1)
        return told

    def log(self, name: str) -> str:
        return (self.folder / "home" / "logs" / f"{name}.log").read_text()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(15)


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="suidai-journey-", dir=memory(), ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)  # as root the server runs as somebody who must reach his data
        yield folder


@pytest.fixture
def separate(folder: Path, database_url: str, redis_url: str) -> Iterator[Separate]:
    """Nothing started yet; the database is migrated and seeded. What was started is stopped when the test ends."""
    ports = free_ports(3)
    environment = without_settings() | {
        "SUIDAI_HOME": str(folder / "home"),
        "SUIDAI_DATABASE_URL": database_url,
        "SUIDAI_REDIS_URL": redis_url,
        "SUIDAI_PUBLIC_URL": f"http://127.0.0.1:{ports[0]}",
        "SUIDAI_SANDBOX_PORT": str(ports[-1]),
    }
    separate = Separate(folder, environment, ports)
    migrated = separate.run("migrate", "--seed")
    assert migrated.returncode == 0, migrated.stderr
    yield separate
    separate.stop()


@pytest.fixture
def start(folder: Path) -> Iterator[Callable[..., Suidai]]:
    """Start a suidai with these settings; it is stopped when the test ends."""
    begun: list[Suidai] = []

    def started(**settings: str) -> Suidai:
        api, outside = free_ports(2)
        environment = without_settings() | {
            "SUIDAI_HOME": str(folder / "home"),
            "SUIDAI_API_PORT": str(api),
            "SUIDAI_SANDBOX_PORT": str(outside),
            **settings,
        }
        with (folder / "up.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "suidai", "up"], env=environment, cwd=folder, stdout=log, stderr=log
            )
        suidai = Suidai(folder, process, environment, f"http://127.0.0.1:{api}/graphql")
        begun.append(suidai)
        deadline = time.monotonic() + START
        while "ctrl-c" not in (folder / "up.log").read_text().lower():
            assert process.poll() is None, (folder / "up.log").read_text()
            assert time.monotonic() < deadline, (folder / "up.log").read_text()
            time.sleep(0.1)
        httpx.post(suidai.url, json={"query": "{ businessClock { now } }"}, timeout=10).raise_for_status()
        return suidai

    yield started
    for suidai in begun:
        suidai.stop()
