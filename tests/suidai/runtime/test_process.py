"""Ending what was started: the process, and whatever that started."""

import asyncio
import sys
from asyncio.subprocess import PIPE

import psutil

from suidai.runtime.process import end_group

PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""


async def test_a_group_that_is_ended_leaves_no_grandchild() -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", PARENT, stdout=PIPE, start_new_session=True)
    assert process.stdout is not None
    grandchild = psutil.Process(int(await process.stdout.readline()))

    await end_group(process)

    assert process.returncode is not None
    assert not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE


async def test_ending_what_has_ended_already_is_nothing() -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", "pass", start_new_session=True)
    await process.wait()

    await end_group(process)

    assert process.returncode == 0
