"""A place that kills its process, once."""

import signal
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys
from pathlib import Path
from domain.shared.failpoints import arm, failpoint

arm(sys.argv[2:], Path(sys.argv[1]))
failpoint("here")
failpoint("here")
print("survived")
"""


def _run(folder: Path, *names: str) -> tuple[int, bytes]:
    process = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder), *names], stdout=subprocess.PIPE, timeout=30, check=False
    )
    return process.returncode, process.stdout


def test_an_armed_place_kills_once_over_restarts(tmp_path: Path) -> None:
    folder = tmp_path / "markers"

    assert _run(folder, "here", "there") == (-signal.SIGKILL, b"")
    assert _run(folder, "here", "there") == (0, b"survived\n")


def test_a_place_that_is_not_armed_does_nothing(tmp_path: Path) -> None:
    assert _run(tmp_path, "there") == (0, b"survived\n")
