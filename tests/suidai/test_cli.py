"""The command line as a newcomer tries it."""

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from domain.shared.settings import Settings
from suidai.cli import GROUPS, main
from tests.database import ROOT

HEAVY = (
    "sqlalchemy",
    "strawberry",
    "arq",
    "alembic",
    "asyncpg",
    "pydantic",
    "redis",
    "uvicorn",
    "rich",
    "cryptography",
)


def suidai(*arguments: str, folder: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SUIDAI_")}
    return subprocess.run(
        [sys.executable, "-m", "suidai", *arguments],
        cwd=folder,
        env={**kept, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_help_lists_every_command() -> None:
    said = suidai("--help").stdout

    for command in ("up", "api", "worker", "sandbox", "migrate", "settings", "demo", *GROUPS):
        assert f"\n  {command} " in said
    assert "..." not in said.partition("Commands:")[2], "nothing is cut short"


def test_the_help_of_up_names_all_that_may_be_set() -> None:
    said = suidai("up", "--help").stdout

    assert {f"SUIDAI_{name.upper()}" for name in Settings.model_fields} == set(re.findall(r"SUIDAI_[A-Z_]+", said))


def test_a_group_in_a_module_of_its_own_works_as_any_other() -> None:
    assert "replay" in suidai("loan", "--help").stdout


def test_help_imports_nothing_heavy() -> None:
    asks = (
        "import sys, suidai.cli as cli\n"
        f"try: cli.main()\nexcept SystemExit: print([name for name in {HEAVY!r} if name in sys.modules])"
    )

    said = subprocess.run([sys.executable, "-c", asks, "--help"], cwd=ROOT, capture_output=True, text=True, check=True)

    assert said.stdout.rstrip().endswith("[]")


def test_starting_everything_waits_for_no_sqlalchemy() -> None:
    """The children import it, all at the same time; the one that starts them would only be late by it."""
    asks = "import sys, suidai.runtime.up; print([name for name in sys.modules if name.startswith('sqlalchemy')])"

    said = subprocess.run([sys.executable, "-c", asks], cwd=ROOT, capture_output=True, text=True, check=True)

    assert said.stdout == "[]\n"


@pytest.mark.parametrize("command", ["books verify", "clock show", "staff add anna --role ADMIN"])
async def test_a_database_that_is_not_there_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, command: str
) -> None:
    monkeypatch.setattr(sys, "argv", ["suidai", *command.split()])
    monkeypatch.setenv("SUIDAI_HOME", str(tmp_path))
    monkeypatch.setenv("SUIDAI_DATABASE_URL", "postgresql://nobody:nothing@127.0.0.1:1/none")
    monkeypatch.setenv("SUIDAI_MASTER_KEY", "A" * 43 + "=")
    monkeypatch.setenv("SUIDAI_STAFF_PASSWORD", "long enough")

    with pytest.raises(SystemExit) as ended:
        await asyncio.to_thread(main)

    said = capsys.readouterr().err
    assert ended.value.code == 1
    assert said.startswith("suidai: No PostgreSQL answers at 127.0.0.1:1 (")
    assert said.endswith("): start it, or correct SUIDAI_DATABASE_URL.\n")
    assert said.count("\n") == 1


def test_the_version_is_said() -> None:
    assert suidai("--version").stdout.startswith("suidai 0.")


def test_a_role_on_its_own_says_what_it_misses(tmp_path: Path) -> None:
    refused = suidai("worker", folder=tmp_path, SUIDAI_REDIS_URL="redis://queue")

    assert refused.returncode == 1
    assert refused.stderr == (
        "suidai: `suidai worker` on its own needs SUIDAI_DATABASE_URL: set them, or let `suidai up` do it all.\n"
    )


def test_the_sandbox_is_not_played_in_production(tmp_path: Path) -> None:
    key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

    refused = suidai("sandbox", folder=tmp_path, SUIDAI_ENV="production", SUIDAI_MASTER_KEY=key, SUIDAI_TOKEN_KEY=key)

    assert refused.returncode == 1
    assert refused.stderr == "suidai: Production has no sandbox: the outside parties there are real.\n"


def test_production_does_not_come_up_on_generated_keys(tmp_path: Path) -> None:
    refused = suidai("up", folder=tmp_path, SUIDAI_ENV="production")

    assert refused.returncode == 1
    assert refused.stderr.count("production does not run on a generated key") == 2
    assert list(tmp_path.iterdir()) == []


def test_migrate_finds_nothing_to_migrate(tmp_path: Path) -> None:
    refused = suidai("migrate", folder=tmp_path)

    assert refused.returncode == 1
    assert refused.stderr == (
        f"suidai: No suidai runs in {tmp_path / '.suidai'}: start it with `suidai up`, or set SUIDAI_DATABASE_URL.\n"
    )
