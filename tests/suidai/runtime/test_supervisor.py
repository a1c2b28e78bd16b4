"""Children of the supervisor: started in waves, started again, stopped without exception."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from suidai.runtime.errors import CannotStart
from suidai.runtime.process import Child
from suidai.runtime.supervisor import LOOKS, Supervisor
from tests.database import ROOT

SLEEPS = "import time; time.sleep(600)"


def child(folder: Path, name: str = "child", does: str = SLEEPS, **more: object) -> Child:
    return Child(name, (sys.executable, "-c", does), folder / f"{name}.log", {"PYTHONPATH": str(ROOT)}, **more)  # type: ignore[arg-type]  # whatever a test is about


async def test_a_wave_is_up_once_all_of_it_is_healthy(tmp_path: Path) -> None:
    asked: list[str] = []

    def healthy_at_third_asking(name: str) -> object:
        async def healthy() -> bool:
            asked.append(name)
            return asked.count(name) == 3

        return healthy

    async with Supervisor(say=print) as supervisor:
        await supervisor.start(*(child(tmp_path, name, healthy=healthy_at_third_asking(name)) for name in "ab"))

        assert sorted(asked) == ["a"] * 3 + ["b"] * 3


async def test_a_child_that_ends_while_it_starts_ends_the_start_and_names_its_log(tmp_path: Path) -> None:
    async def never() -> bool:
        return False

    async with Supervisor(say=print) as supervisor:
        with pytest.raises(CannotStart, match=rf"bad ended while it started \(exit code 3\).*{tmp_path}/bad.log"):
            await supervisor.start(child(tmp_path, "bad", "raise SystemExit(3)", healthy=never), child(tmp_path))
        left = supervisor.pids().values()

    assert not any(psutil.pid_exists(pid) for pid in left)


async def test_a_child_that_never_gets_healthy_ends_the_start(tmp_path: Path) -> None:
    async def never() -> bool:
        return False

    async with Supervisor(say=print) as supervisor:
        with pytest.raises(CannotStart, match=r"child does not answer after 0.2 s.*child.log"):
            await supervisor.start(child(tmp_path, healthy=never, patience=0.2))


async def test_a_program_that_is_not_there_is_said(tmp_path: Path) -> None:
    async with Supervisor(say=print) as supervisor:
        with pytest.raises(CannotStart, match="child cannot be run"):
            await supervisor.start(Child("child", ("/no/such/program",), tmp_path / "log"))


async def test_a_crashed_child_is_started_again_and_one_line_says_so(tmp_path: Path) -> None:
    said: list[str] = []
    async with Supervisor(said.append) as supervisor:
        await supervisor.start(child(tmp_path))
        watching = asyncio.create_task(supervisor.watch())
        first = supervisor.pids()["child"]
        os.kill(first, signal.SIGKILL)
        while supervisor.pids()["child"] == first:
            await asyncio.sleep(0.02)

        assert psutil.pid_exists(supervisor.pids()["child"])
        assert said == [f"child ended (signal 9) and is started again in 0.25 s. Its log: {tmp_path}/child.log"]
        watching.cancel()


async def test_the_last_wave_stops_first(tmp_path: Path) -> None:
    tells = (
        "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(print({0!r}, flush=True)));"
        "print(flush=True); signal.pause()"
    )
    log = tmp_path / "both.log"

    def wave(name: str) -> Child:
        async def speaks() -> bool:
            return log.read_text().count("\n") == (1 if name == "servers" else 2)

        return Child(name, (sys.executable, "-c", tells.format(name)), log, healthy=speaks)

    async with Supervisor(say=print) as supervisor:
        await supervisor.start(wave("servers"))
        await supervisor.start(wave("roles"))

    assert log.read_text().split() == ["roles", "servers"]


async def test_what_a_child_started_goes_with_it(tmp_path: Path) -> None:
    starts_another = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SLEEPS!r}]); {SLEEPS}"
    async with Supervisor(say=print) as supervisor:
        await supervisor.start(child(tmp_path, does=starts_another))
        parent = psutil.Process(supervisor.pids()["child"])
        while not (grandchildren := parent.children()):
            await asyncio.sleep(0.02)

    _, alive = psutil.wait_procs(grandchildren, timeout=2)
    assert alive == []


def test_a_process_ends_itself_when_the_lifeline_breaks() -> None:
    ours, theirs = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", f"from suidai.runtime import lifeline; lifeline.hold(); print(flush=True); {SLEEPS}"],
        env={"SUIDAI_LIFELINE": str(ours), "PYTHONPATH": str(ROOT)},
        pass_fds=[ours],
        stdout=subprocess.PIPE,
    )
    os.close(ours)
    assert process.stdout
    with process.stdout as said:
        said.readline()
        assert process.poll() is None

        os.close(theirs)

        assert process.wait(5) == -signal.SIGTERM


def test_a_process_deaf_to_the_signal_ends_all_the_same() -> None:
    ours, theirs = os.pipe()
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    process = subprocess.Popen(
        [sys.executable, "-c", f"{deaf}; from suidai.runtime import lifeline; lifeline.hold(); {SLEEPS}"],
        env={"SUIDAI_LIFELINE": str(ours), "PYTHONPATH": str(ROOT)},
        pass_fds=[ours],
    )
    os.close(ours)
    began = time.monotonic()

    os.close(theirs)

    assert process.wait(10) == 1
    assert time.monotonic() - began < 5


async def test_a_child_that_is_stuck_is_ended_and_started_again(tmp_path: Path) -> None:
    said: list[str] = []

    async def always() -> bool:
        return True

    async with Supervisor(said.append, look_every=0.02) as supervisor:
        await supervisor.start(child(tmp_path, stuck=always))
        first = supervisor.pids()["child"]
        async with asyncio.timeout(10):
            while supervisor.pids()["child"] == first:
                await asyncio.sleep(0.02)

        assert said[0] == "child does not answer any more and is ended."
        assert said[1].startswith("child ended (signal 15) and is started again")
        assert not psutil.pid_exists(first)


async def test_a_child_that_is_busy_for_a_while_is_left_alone(tmp_path: Path) -> None:
    looks: list[bool] = []

    async def mostly() -> bool:
        if len(looks) == 10:
            await asyncio.sleep(600)
        looks.append(len(looks) % LOOKS != LOOKS - 1)
        return looks[-1]

    async with Supervisor(say=print, look_every=0.01) as supervisor:
        await supervisor.start(child(tmp_path, stuck=mostly))
        first = supervisor.pids()["child"]
        await asyncio.sleep(0.5)

        assert len(looks) == 10
        assert supervisor.pids()["child"] == first
