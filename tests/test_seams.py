"""The pages for whoever writes a package: their code is run, or stands word for word in the package they are about."""

import json
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import suidai_deposits

from plugins.hookspecs import ENTRY_POINTS
from plugins.registry import Registry
from tests.graph.bare import asked, bare_house, calling
from tests.test_pages import FENCED, ROOT

METHODS = ROOT / "docs" / "methods.md"
DEPOSITS = ROOT / "examples" / "suidai-deposits"


def blocks(page: Path, *kinds: str) -> list[str]:
    return [block for kind, block in FENCED.findall(page.read_text("utf-8")) if kind in kinds]


@pytest.fixture(scope="module")
def written() -> dict[str, Any]:
    """Everything the page on methods defines, run from top to bottom as one file."""
    names: dict[str, Any] = {"__name__": "suidai_bimonthly"}
    exec(compile("\n".join(blocks(METHODS, "python")), str(METHODS), "exec"), names)
    return names


def test_the_method_of_the_page_is_offered_and_keeps_its_promises(written: dict[str, Any]) -> None:
    (method,) = written["repayment_methods"]()

    assert method.code == "BIMONTHLY_PRINCIPAL"
    for name in ("test_it_keeps_what_every_method_promises", "test_five_months_are_three_installments"):
        written[name]()


def test_the_page_names_the_group_in_which_plugins_are_looked_for() -> None:
    (block,) = blocks(METHODS, "toml")

    assert tomllib.loads(block) == {"project": {"entry-points": {ENTRY_POINTS: {"bimonthly": "suidai_bimonthly"}}}}


def test_the_tutorial_quotes_the_package_word_for_word() -> None:
    package = "".join(
        path.read_text("utf-8") for path in sorted(DEPOSITS.rglob("*")) if path.suffix in {".py", ".toml"}
    )
    quoted = blocks(DEPOSITS / "README.md", "python", "toml")

    assert len(quoted) >= 6
    assert [block for block in quoted if block not in package] == []


async def test_the_tutorial_s_question_has_the_answer_it_shows() -> None:
    (document,), (shown,) = blocks(DEPOSITS / "README.md", "graphql"), blocks(DEPOSITS / "README.md", "json")
    house = bare_house()
    registry = Registry.discover(
        {},
        {},
        clock=house.clock.last_known,
        notify_base_url="http://api.test",
        allow_sandbox=True,
        plugins={"deposits": suidai_deposits},
    )
    async with calling(replace(house, registry=registry)) as http:
        assert await asked(http, document) == (200, json.loads(shown))
