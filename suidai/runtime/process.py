"""One child process: started so that it cannot outlive us, its output in a file, stopped gently and then not."""

import asyncio
import ctypes
import os
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from signal import Signals
from typing import Any, BinaryIO

from suidai.runtime.platform import Account

LIFELINE = "SUIDAI_LIFELINE"
LOG_LIMIT = 20_000_000
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True, eq=False)
class Child:
    """What to run, and how to deal with it. A key of a mapping, by identity."""

    name: str
    argv: tuple[str, ...]
    log: Path
    env: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    healthy: Callable[[], Awaitable[bool]] | None = None
    """Whether it does its work. None: being alive is enough."""
    stuck: Callable[[], Awaitable[bool]] | None = None
    """Whether it surely does its work no more, although it is there. None: nobody asks."""
    patience: float = 60.0
    """Seconds it may take to be healthy."""
    account: Account | None = None
    stop_signal: Signals = Signals.SIGTERM
    quit_signal: Signals = Signals.SIGKILL
    """Sent when the stop signal was not enough."""
    orphan_signal: Signals = Signals.SIGKILL
    """Sent by the kernel (Linux) when we are gone without a word."""


async def spawn(child: Child, lifeline: int | None = None) -> Process:
    """Start a child in a session of its own: a Ctrl-C in the terminal is ours to handle, not the child's.

    `lifeline` is the reading end of a pipe whose writing end only we hold: it closes when we are gone, however we went.
    """
    env = {**child.env} if lifeline is None else {**child.env, LIFELINE: str(lifeline)}
    with open_log(child.log) as log:
        return await asyncio.create_subprocess_exec(
            *child.argv,
            stdin=DEVNULL,
            stdout=log,
            stderr=log,
            env=env,
            start_new_session=True,
            preexec_fn=_dies_with_us(child.orphan_signal),
            pass_fds=() if lifeline is None else (lifeline,),
            **run_as(child.account),
        )


def run_as(account: Account | None) -> dict[str, Any]:
    """The arguments of a subprocess that make it run as `account`, in a folder every account can enter."""
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": [], "cwd": "/"}


def open_log(path: Path) -> BinaryIO:
    """Open a log to append to; one that has grown large is set aside first, and replaces the one set aside before."""
    if path.exists() and path.stat().st_size > LOG_LIMIT:
        path.rename(path.with_name(f"{path.name}.1"))
    return path.open("ab")


async def stop(process: Process, child: Child, grace: float) -> None:
    """Ask it to stop, and after `grace` seconds make it. It and what it started are gone when this returns."""
    for sign, patience in ((child.stop_signal, grace), (child.quit_signal, grace / 4)):
        if process.returncode is None:
            _signal(process.pid, sign)
            with suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await process.wait()
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, Signals.SIGKILL)
    await process.wait()


async def end_group(process: Process) -> None:
    """End a process that leads a session of its own, with all it started; they are gone when this returns."""
    for _ in range(200):
        try:
            os.killpg(process.pid, Signals.SIGKILL)
        except (ProcessLookupError, PermissionError):  # macOS says the latter of what is dead and not yet buried
            break
        # Its children are not ours to wait for: they are looked for until nobody answers any more.
        await asyncio.sleep(0.01)
        if process.returncode is None:
            await process.wait()


def _signal(pid: int, sign: Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, sign)


def _dies_with_us(sign: Signals) -> Callable[[], None] | None:
    """Linux: the kernel signals the child when its parent is gone. Elsewhere the lifeline has to do."""
    if sys.platform != "linux":
        return None
    libc, parent = ctypes.CDLL(None), os.getpid()

    def ask_the_kernel() -> None:  # one system call: what runs between fork and exec must not take locks
        libc.prctl(_PR_SET_PDEATHSIG, int(sign))
        if os.getppid() != parent:
            os._exit(1)

    return ask_the_kernel


def command_of(pid: int) -> str | None:
    """The command line of a running process of any account; None when there is none."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace") or None
        except OSError:
            return None
    import subprocess  # noqa: PLC0415 - only where there is no /proc

    listed = subprocess.run(["/bin/ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S603
    return listed.stdout.strip() or None


async def end_orphan(pid: int, mark: str, signs: tuple[Signals, ...], patience: float = 5.0) -> None:
    """Stop a process an earlier, killed run left behind: `pid`, if `mark` stands in its command line. Else do nothing.

    Numbers are given again, after a restart of the machine above all: what does not carry the mark is somebody else's.
    """
    for sign in signs:
        if not _carries(pid, mark):
            return
        _signal(pid, sign)
        deadline = asyncio.get_running_loop().time() + patience
        while _carries(pid, mark) and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110 - no child of ours
            await asyncio.sleep(0.02)


def _carries(pid: int, mark: str) -> bool:
    command = command_of(pid)
    return command is not None and mark in command
