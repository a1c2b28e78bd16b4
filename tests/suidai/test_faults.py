"""`suidai faults` beside a running sandbox."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from plugins.sandbox.app import create_sandbox
from tests.plugins.sandbox.conftest import served, settings_in
from tests.suidai.test_cli import suidai


@pytest.fixture
async def beside(tmp_path: Path) -> AsyncIterator[dict[str, str]]:
    """The environment of a command that works beside a sandbox."""
    async with served(create_sandbox(settings_in(tmp_path))) as url:
        yield environment(url)


def environment(url: str) -> dict[str, str]:
    return {
        "SUIDAI_SANDBOX_URL": url,
        "SUIDAI_DATABASE_URL": "postgresql://nobody@127.0.0.1/none",
        "SUIDAI_MASTER_KEY": "A" * 43 + "=",
    }


async def faults(beside: dict[str, str], *arguments: str) -> tuple[int, str]:
    """What the command says; the sandbox answers it meanwhile, in this process."""
    done = await asyncio.to_thread(suidai, "faults", *arguments, **beside)
    return done.returncode, done.stdout + done.stderr


async def test_faults_are_planned_shown_and_cleared(beside: dict[str, str]) -> None:
    assert await faults(
        beside, "add", "alipay", "slow", "--order", "RP1", "--times", "2", "--of", "refund", "--seconds", "5"
    ) == (0, "alipay SLOW of a refund for RP1, 5 s, 2 to come\n")
    code, shown = await faults(beside, "list")
    assert code == 0
    assert "alipay can: BAD_SIGNATURE, BILL_BAD_TOTAL, BILL_EXTRA_ROW" in shown
    assert "  LOSE_NOTICE        It happens, and nobody is told.\n" in shown
    assert shown.endswith("alipay SLOW of a refund for RP1, 5 s, 2 to come\n")
    assert await faults(beside, "clear") == (0, "Nothing is to go wrong.\n")


async def test_what_a_party_cannot_do_is_refused_in_a_sentence(beside: dict[str, str]) -> None:
    code, said = await faults(beside, "add", "identity", "BREAK")

    assert code == 1
    assert "identity cannot BREAK" in said
    assert "Traceback" not in said


async def test_where_no_sandbox_answers_it_says_so() -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        code, said = await faults(environment(f"http://127.0.0.1:{taken.getsockname()[1]}"), "list")

    assert code == 1
    assert said.startswith("suidai: No sandbox answers at http://127.0.0.1:")
    assert said.endswith(": start it with `suidai up` or `suidai sandbox`.\n")
