"""A `suidai up` of the run's own, each of whose processes can be killed."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import psutil
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.shared.db import Sessions, open_database
from domain.shared.settings import Settings
from suidai.runtime.home import running_in
from tests.journeys.chaos.plan import API, MORTALS, POSTGRES, SANDBOX, VALKEY, WORKER

START = 120.0
MOST_A_MINUTE = 3
"""`up` gives up a process that ends five times within a minute; places where it dies by itself come on top."""
MINUTE = 60.0
_KNOWN_AS = {API: API, WORKER: WORKER, SANDBOX: SANDBOX, "postgres": POSTGRES, "valkey-server": VALKEY}


@dataclass
class House:
    """What runs, where, and what it writes. `deaths` are the moments at which a process was found to be another."""

    folder: Path
    process: "subprocess.Popen[bytes]"
    environment: dict[str, str]
    pids: dict[str, int] = field(default_factory=dict[str, int])
    deaths: dict[str, list[float]] = field(default_factory=lambda: {who: [] for who in MORTALS})
    shaken_at: float = -MINUTE
    """When a server was killed last."""

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
        return open_database(self.settings())

    def settings(self) -> Settings:
        """Those it was started with, keys and all."""
        running = running_in(self.folder / "home")
        assert running, "nothing runs in the folder"
        return Settings(**running.settings)

    def screen(self) -> str:
        return (self.folder / "up.log").read_text()

    def look(self) -> None:
        """Find the processes, and see whether they are still the same ones."""
        children = psutil.Process(self.process.pid).children()
        found = {_name(child): child.pid for child in children if child.status() != psutil.STATUS_ZOMBIE}
        for who in self.deaths:
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
        if who in (POSTGRES, VALKEY):
            self.shaken_at = time.monotonic()
        with suppress(ProcessLookupError):  # it may just have died by itself
            os.kill(self.pids[who], signal.SIGKILL)

    def is_shaken(self) -> bool:
        """Whether what goes wrong within may be for want of a server, which was killed and is back soon."""
        return time.monotonic() - self.shaken_at < MINUTE

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)


def _name(child: psutil.Process) -> str | None:
    """Who a child is: our own by their last word, servers by their program."""
    words = child.cmdline() or [""]
    return _KNOWN_AS.get(words[-1]) or _KNOWN_AS.get(Path(words[0]).name)
