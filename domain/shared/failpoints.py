"""Places at which a process in development can be made to die, once, so that recovery is a thing one can see."""

import os
import signal
from collections.abc import Iterable
from pathlib import Path

_armed: dict[str, Path] = {}


def arm(names: Iterable[str], marker_folder: Path) -> None:
    """Make these places deadly, each once: a marker in the folder outlives the process. Never called in production."""
    marker_folder.mkdir(parents=True, exist_ok=True)
    _armed.update({name: marker_folder / f"{name}.fired" for name in names})


def failpoint(name: str) -> None:
    """Die here, as by `kill -9`, if this place is armed and has not fired before. Does nothing otherwise."""
    marker = _armed.pop(name, None) if _armed else None
    if marker is None:
        return
    try:
        marker.touch(exist_ok=False)
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
