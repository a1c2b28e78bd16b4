"""The real thing: `suidai up` in an empty folder, twice, and one query of each."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.database import ROOT, memory
from tests.suidai.test_up import PROMISED, Shop, free_port

pytestmark = pytest.mark.waits(10)

COLD, WARM = 60.0, 30.0
"""Seconds to the first answer. A machine that does nothing else needs a tenth; this one may be running other tests."""


class WholeShop(Shop):
    def start(self, *_: str, **environment: str) -> subprocess.Popen[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SUIDAI_")}
        start = subprocess.Popen(
            [sys.executable, "-m", "suidai", "up"],
            cwd=self.folder,
            env={**kept, "PYTHONPATH": str(ROOT), **self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.starts.append(start)
        return start

    def answer(self) -> object:
        connection = HTTPConnection("127.0.0.1", int(self.environment["SUIDAI_API_PORT"]), timeout=10)
        try:
            body = json.dumps({"query": "{ __typename }"})
            connection.request("POST", "/graphql", body, {"content-type": "application/json"})
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()


@pytest.fixture
def shop() -> Iterator[WholeShop]:
    folder = Path(tempfile.mkdtemp(prefix="suidai-whole-", dir=memory()))
    folder.chmod(0o755)
    shop = WholeShop(folder, {"SUIDAI_API_PORT": str(free_port()), "SUIDAI_SANDBOX_PORT": str(free_port())})
    yield shop
    for start in shop.starts:
        start.terminate()
        start.communicate(timeout=10)
    shutil.rmtree(folder)


def test_from_nothing_to_an_answer_and_again_and_nothing_left(shop: WholeShop) -> None:
    for patience in (COLD, WARM):
        began = time.monotonic()
        start = shop.up()

        assert shop.answer() == {"data": {"__typename": "Query"}}
        assert time.monotonic() - began < patience

        start.send_signal(signal.SIGINT)
        assert start.wait(PROMISED) == 0
        assert shop.left_running() == []
