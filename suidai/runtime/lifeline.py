"""The child's end of the lifeline: a pipe that is written to by nobody and closes when the parent is gone."""

import os
import signal
import threading
import time

from suidai.runtime.process import LIFELINE

LAST_WORDS = 3.0


def hold() -> bool:
    """End this process once the `suidai up` that started it is gone, however it went. False: nobody's `up` started it."""
    end = os.environ.pop(LIFELINE, None)
    if end is None:
        return False
    os.set_inheritable(int(end), False)
    threading.Thread(target=_follow, args=(int(end),), name="lifeline", daemon=True).start()
    return True


def _follow(end: int) -> None:
    os.read(end, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(LAST_WORDS)
    os._exit(1)
