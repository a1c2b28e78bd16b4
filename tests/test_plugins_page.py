"""docs/plugins.md says what is so: its programs run, and what it shows of the template is in the template."""

import json
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from graphql import DocumentNode, build_schema, parse, validate

import plugins.testing
import suidai.contract
from domain.payments.ports import ErrorKind, MandateState, PaymentState, RefundState
from plugins.spec import ChannelRuntime
from suidai.channel_template import write
from tests.test_pages import COMMAND, FENCED, INLINE, ROOT, SCHEMA, wrong_with

PAGE = (ROOT / "docs" / "plugins.md").read_text("utf-8")
WORDS = [word.split("(")[0] for word in INLINE.findall(FENCED.sub("", PAGE))]


def shown(language: str) -> list[str]:
    return [text for kind, text in FENCED.findall(PAGE) if kind == language]


def test_what_it_shows_is_in_the_package_that_is_written_or_runs(tmp_path: Path) -> None:
    package = write("cashpay", tmp_path)
    texts = [path.read_text("utf-8") for path in package.rglob("*") if path.is_file()]
    sys.path.insert(0, str(package / "src"))
    programs = [text for text in (*shown("python"), *shown("toml")) if not any(text in written for written in texts)]

    assert len(programs) == 1
    # In a thread: it runs a loop of its own, and this one may have one.
    with ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(exec, compile(programs[0], "plugins.md", "exec"), {}).result()
    sys.path.remove(str(package / "src"))


def test_what_goes_on_running_is_there(tmp_path: Path) -> None:
    """What ends by itself is typed and compared, beside the wheel (tests/suidai/test_wheel.py)."""
    typed = "".join(shown("sh"))
    commands = [found[1] for line in typed.splitlines() if (found := COMMAND.search(line))]
    package = write("cashpay", tmp_path) / "src" / "suidai_cashpay"
    fake, serve = ((package / f"{name}.py").read_text("utf-8") for name in ("fake", "serve"))
    (setting,) = re.findall("SUIDAI_CHANNELS='(.*?)'", typed, re.DOTALL)
    given = json.loads(setting)["cashpay"]

    assert [command.split()[0] for command in commands] == ["up", "demo", "order", "clock"]
    assert [wrong for command in commands if (wrong := wrong_with(command))] == []
    assert f'MERCHANT, KEY = "{given["merchant_id"]}", "{given["key"]}"' in fake
    assert f'PORT, SUIDAI = "{given["gateway_url"].rpartition(":")[2]}", ' in serve
    assert "python -m suidai_cashpay.serve" in typed


def test_what_it_asks_of_the_api_can_be_asked() -> None:
    schema = build_schema(SCHEMA)
    asked = [definition for block in shown("graphql") for definition in parse(block).definitions]

    assert len(asked) == 4
    assert [error for one in asked for error in validate(schema, DocumentNode(definitions=(one,)))] == []


def test_what_reads_and_writes_for_an_author_does_as_it_says() -> None:
    assert suidai.contract.fen_of("1079.71") == 107971
    with pytest.raises(ValueError, match="two decimals"):
        suidai.contract.fen_of("1079.7")
    assert suidai.contract.beijing_time("20261121101530") == datetime(2026, 11, 21, 2, 15, 30, tzinfo=UTC)
    assert suidai.contract.beijing_time("2026-11-21 10:15:30", "%Y-%m-%d %H:%M:%S")
    assert suidai.contract.beijing_time("2026-11-21 10:15:30") is None


def test_every_state_and_kind_it_names_is_one_and_none_is_left_out() -> None:
    named = {word for word in WORDS if word.isupper()}

    assert {state.value for state in PaymentState} <= named
    assert {kind.value for kind in ErrorKind} <= named
    assert {"ACTIVE", "FOREIGN_MERCHANT", "PROBE"} <= named
    assert MandateState("ACTIVE") is MandateState.ACTIVE
    assert RefundState("SUCCEEDED") is RefundState.SUCCEEDED


def test_every_tool_it_names_is_in_the_contract_or_the_kit() -> None:
    tools = "private_key public_key certificate channel_error unpacked beijing_time fen_of CURRENCY bill_not_over"
    tools += " bill_none_there health_by_query require_https round_half_up SecretStr PaymentChannel Capabilities"

    for tool in tools.split():
        assert tool in WORDS
        assert hasattr(suidai.contract, tool)
    assert {"Gateway", "Subject"} <= set(WORDS) & set(plugins.testing.__all__)


def test_the_table_of_the_runtime_has_all_of_it() -> None:
    fields = set(ChannelRuntime.__dataclass_fields__) - {"code", "notify_base_url"}

    assert {name for name in (*fields, "notify_url") if name not in WORDS} == set()
