"""`suidai up` on real servers with children that only pretend to work: run as a program by the tests of `up`."""

import sys

from domain.shared.settings import Settings
from suidai.runtime.children import inherited
from suidai.runtime.errors import CannotStart
from suidai.runtime.home import Home
from suidai.runtime.process import Child
from suidai.runtime.up import up

WAYS = {
    "works": "import time; time.sleep(600)",
    "stubborn": "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)",
    "crashes": "import sys; sys.exit('I cannot go on')",
}


def pretenders(settings: Settings, home: Home) -> list[Child]:
    return [Child(way, (sys.executable, "-c", WAYS[way]), home.log(way), inherited()) for way in sys.argv[1:]]


async def nothing_to_prepare(settings: Settings, home: Home) -> None:
    """These tests are about processes: the schema is not needed."""


if __name__ == "__main__":
    try:
        up(pretenders, nothing_to_prepare)
    except CannotStart as trouble:
        sys.exit(f"suidai: {trouble}")
