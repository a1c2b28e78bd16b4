"""What the pages name is there: links, commands and their options, settings, GraphQL fields, policies."""

import re
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

from domain.shared.settings import Settings
from jobs.timetable import TIMETABLE
from suidai.cli import GROUPS, app
from suidai.seed import POLICY

ROOT = Path(__file__).parents[1]
TUTORIALS = [ROOT / "examples" / name / "README.md" for name in ("suidai-deposits", "suidai-quarterly")]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")), *TUTORIALS]
SCHEMA = (ROOT / "graph" / "schema.graphql").read_text("utf-8")

each_page = pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])

LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
COMMAND = re.compile(r"(?:^|&& |\$\(|run )suidai ([a-z].*)")
CAMEL = re.compile(r"[a-z]+(?:[A-Z][a-z]*)+")
SETTING = re.compile(r"\bSUIDAI_[A-Z_]+\b")
NAMED_POLICY = re.compile(r"[Pp]olic(?:y|ies)\s+`([a-z_.]+)`")


def code_of(text: str) -> list[str]:
    """What a page has in code: inline, and each line of its shell blocks."""
    blocks = FENCED.findall(text)
    lines = [line.split("#")[0] for kind, block in blocks if kind == "bash" for line in block.splitlines()]
    return [*INLINE.findall(FENCED.sub("", text)), *lines]


@cache
def commands() -> dict[str, Any]:
    """Every command of `suidai` by its words."""
    found: dict[str, Any] = dict(typer.main.get_group(app).commands)
    for name, (target, _) in GROUPS.items():
        module, _, attribute = target.partition(":")
        group = typer.main.get_group(getattr(import_module(module), attribute))
        found[name] = group
        found |= {f"{name} {word}": command for word, command in group.commands.items()}
    return found


def options_of(command: Any) -> set[str]:
    return {"--help", *(name for each in command.params for name in (*each.opts, *each.secondary_opts))}


def wrong_with(line: str) -> str:
    """Why a line that follows `suidai` is none; empty if it is one."""
    words = line.strip(' ")').split()
    name = " ".join(words[:2]) if " ".join(words[:2]) in commands() else words[0]
    command = commands().get(name)
    if command is None or (isinstance(command, TyperGroup) and len(words) > 1 and words[1].isalpha()):
        return f"there is no `suidai {line}`"
    named = {word.split("=")[0] for word in words if word.startswith("--")}
    return f"`suidai {name}` has no {named - options_of(command)}" if named - options_of(command) else ""


def settings() -> set[str]:
    """Every variable that something reads, and the products, which are called alike."""
    of_options = {each.envvar for command in commands().values() for each in command.params if each.envvar}
    of_tests = {name for file in (ROOT / "tests").glob("*.py") for name in SETTING.findall(file.read_text("utf-8"))}
    products = set(SETTING.findall((ROOT / "suidai" / "seed.py").read_text("utf-8")))
    return {f"SUIDAI_{field.upper()}" for field in Settings.model_fields} | of_options | of_tests | products


@each_page
def test_every_link_leads_somewhere(page: Path) -> None:
    links = [link for link in LINK.findall(FENCED.sub("", page.read_text("utf-8"))) if "://" not in link]

    assert [link for link in links if not (page.parent / link).exists()] == []


@each_page
def test_every_command_is_one(page: Path) -> None:
    named = [found for code in code_of(page.read_text("utf-8")) for found in COMMAND.findall(code)]

    assert [wrong for line in named if (wrong := wrong_with(line))] == []


@each_page
def test_every_setting_is_read_by_something(page: Path) -> None:
    assert set(SETTING.findall(page.read_text("utf-8"))) - settings() == set()


@each_page
def test_every_field_is_in_the_schema(page: Path) -> None:
    named = {code for code in code_of(page.read_text("utf-8")) if CAMEL.fullmatch(code)}

    assert {name for name in named if not re.search(rf"\b{name}\b", SCHEMA)} == set()


@each_page
def test_every_policy_is_seeded(page: Path) -> None:
    assert set(NAMED_POLICY.findall(page.read_text("utf-8"))) <= {name for name, *_ in POLICY}


def test_the_readme_names_every_command() -> None:
    named = [found for code in code_of((ROOT / "README.md").read_text("utf-8")) for found in COMMAND.findall(code)]
    leaves = {name for name, command in commands().items() if not isinstance(command, TyperGroup)}

    assert {name for name in leaves if not any(line.startswith(name) for line in named)} == set()


def test_a_command_or_an_option_that_is_none_is_noticed() -> None:
    assert wrong_with("books burn")
    assert wrong_with("fly")
    assert wrong_with("demo --quietly")
    assert not wrong_with("faults add alipay LOSE_NOTICE --times 2")


@pytest.mark.parametrize("run", sorted(TIMETABLE.daily))
def test_the_day_by_the_clock_has_every_run_at_its_time(run: str) -> None:
    minute = TIMETABLE.daily[run].minute
    rows = [row.split("|") for row in (ROOT / "ARCHITECTURE.md").read_text("utf-8").splitlines() if f"`{run}`" in row]

    assert [f"{minute // 60:02}:{minute % 60:02}" in row[1] for row in rows] == [True]


def test_the_glossary_has_each_word_once_and_in_order() -> None:
    rows = [line.split("|") for line in (ROOT / "docs" / "glossary.md").read_text("utf-8").splitlines()[6:]]
    words = [re.sub(r"[^a-z0-9 ]", "", row[1].strip().lower()) for row in rows]

    assert words == sorted(set(words))
    assert len({row[2].strip() for row in rows}) == len(rows)
    assert all(row[3].strip() for row in rows)
