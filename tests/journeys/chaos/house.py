"""A `suidai up` of the run's own, whose API and worker can be killed."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import psutil
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.shared.db import Sessions, open_database
from domain.shared.settings import Settings
from suidai.runtime.home import running_in
from tests.journeys.chaos.plan import API, WORKER

START = 120.0
MOST_A_MINUTE = 3
"""`up` gives up a process that ends five times within a minute; places where it dies by itself come on top."""
MINUTE = 60.0


@dataclass
class House:
    """What runs, where, and what it writes. `deaths` are the moments at which a process was found to be another."""

    folder: Path
    process: "subprocess.Popen[bytes]"
    environment: dict[str, str]
    pids: dict[str, int] = field(default_factory=dict[str, int])
    deaths: dict[str, list[float]] = field(default_factory=lambda: {API: [], WORKER: []})

    @classmethod
    def start(cls, folder: Path, *, failpoints: tuple[str, ...], ports: tuple[int, int]) -> Self:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SUIDAI_")} | {
            "SUIDAI_HOME": str(folder / "home"),
            "SUIDAI_API_PORT": str(ports[0]),
            "SUIDAI_SANDBOX_PORT": str(ports[1]),
            "SUIDAI_FAILPOINTS": ",".join(failpoints),
        }
        with (folder / "up.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "suidai", "up"], env=environment, cwd=folder, stdout=log, stderr=log
            )
        house = cls(folder, process, environment)
        deadline = time.monotonic() + START
        while "ctrl-c" not in house.screen().lower():
            assert process.poll() is None, house.screen()
            assert time.monotonic() < deadline, house.screen()
            time.sleep(0.1)
        house.look()
        return house

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.environment['SUIDAI_API_PORT']}/graphql"

    @property
    def sandbox(self) -> str:
        return f"http://127.0.0.1:{self.environment['SUIDAI_SANDBOX_PORT']}"

    def database(self) -> tuple[AsyncEngine, Sessions]:
        running = running_in(self.folder / "home")
        assert running, "nothing runs in the folder"
        return open_database(Settings(**running.settings))

    def screen(self) -> str:
        return (self.folder / "up.log").read_text()

    def look(self) -> None:
        """Find the API and the worker, and see whether they are still the same processes."""
        found = {
            child.cmdline()[-1]: child.pid
            for child in psutil.Process(self.process.pid).children()
            if child.status() != psutil.STATUS_ZOMBIE and child.cmdline()
        }
        for who in (API, WORKER):
            if self.pids.get(who) and found.get(who) != self.pids[who]:
                self.deaths[who].append(time.monotonic())
            self.pids[who] = found.get(who, 0)

    async def watch(self) -> None:
        """Look again and again."""
        while True:
            try:
                self.look()
            except psutil.Error:
                continue
            finally:
                await asyncio.sleep(0.1)

    def may_kill(self, who: str) -> bool:
        """Whether it lives, and has died seldom enough of late."""
        recent = [moment for moment in self.deaths[who] if time.monotonic() - moment < MINUTE]
        return bool(self.pids[who]) and len(recent) < MOST_A_MINUTE

    def kill(self, who: str) -> None:
        """As by `kill -9`."""
        os.kill(self.pids[who], signal.SIGKILL)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)
