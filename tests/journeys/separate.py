"""A suidai whose processes are started one by one, as an operator's unit files do, on servers that are named."""

import json
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

Process = subprocess.Popen[bytes]

START = 300.0
"""Seconds until what does not answer is held to be lost: a machine may be very busy. What works is waited for no longer."""


@dataclass
class Separate:
    """The processes share a folder, and so their keys. `ports` are for the APIs in turn, the last for the sandbox."""

    folder: Path
    environment: dict[str, str]
    ports: list[int]
    started: list[Process] = field(default_factory=list[Process])

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-P", "-m", "suidai", *arguments]

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self.command(*arguments),
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    def start(self, *roles: str) -> list[Process]:
        """Start them at the same time; returns when each API and the sandbox answer."""
        ports = iter(self.ports)
        asked: list[int] = []
        for number, role in enumerate(roles):
            environment = dict(self.environment)
            if role == "api":
                asked.append(next(ports))
                environment["SUIDAI_API_PORT"] = str(asked[-1])
            with (self.folder / f"{role}-{number}.log").open("wb") as log:
                self.started.append(
                    subprocess.Popen(self.command(role), env=environment, cwd=self.folder, stdout=log, stderr=log)
                )
        for port in [*asked, self.ports[-1]]:
            self._answers(f"http://127.0.0.1:{port}/healthz")
        return self.started

    def demo(self, *, kills: Process, after: str) -> dict[str, Any]:
        """The story's end; `kills` is killed, as by `kill -9`, once the step named `after` is told."""
        url, outside = (f"http://127.0.0.1:{port}" for port in (self.ports[1], self.ports[-1]))
        arguments = ("demo", "--json", "--url", f"{url}/graphql", "--sandbox-url", outside)
        command, where = self.command(*arguments), self.folder
        with (
            (where / "told.json").open("wb") as told,
            subprocess.Popen(
                command, env=self.environment, cwd=where, stdout=told, stderr=subprocess.PIPE, text=True
            ) as telling,
        ):
            assert telling.stderr
            for line in telling.stderr:
                if after in line:
                    kills.kill()
        assert kills.wait(10) == -9, f"{after!r} was not told"
        return json.loads((self.folder / "told.json").read_text())

    def stop(self) -> None:
        for process in self.started:
            process.terminate()
        for process in self.started:
            process.wait(15)

    def _answers(self, url: str) -> None:
        deadline = time.monotonic() + START
        while True:
            try:
                httpx.get(url, timeout=2).raise_for_status()
                return
            except httpx.HTTPError:
                assert time.monotonic() < deadline, self.logs()
                assert all(process.poll() is None for process in self.started), self.logs()
                time.sleep(0.1)

    def logs(self) -> str:
        return "\n".join(log.read_text() for log in self.folder.glob("*.log"))
