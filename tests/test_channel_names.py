"""The core knows what a channel can do, never which one it is: no channel's name stands outside its own rooms."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NAMES = re.compile(r"alipay|wechat|weixin|unionpay|bank_withholding", re.IGNORECASE)
ROOMS = (
    "plugins/channels/",
    "plugins/sandbox/",
    "suidai/demo/",
    # The built-in channels' own samples for `suidai channels check`, as an author's package has one of its own.
    "suidai/channel_samples.py",
    "suidai/bill_samples.py",
    # What a development folder is set up with.
    "suidai/runtime/channel_keys.py",
    "suidai/runtime/rsa_pairs.py",
    "suidai/runtime/unionpay_keys.py",
    "suidai/runtime/keys.py",
)


def code_of(path: Path) -> str:
    """The file without its docstrings and comments, where a name may serve as an example."""
    text = re.sub(r'"""(?:.|\n)*?"""', "", path.read_text("utf-8"))
    text = re.sub(r"description=(?:'[^\n]*'|\"[^\n]*\")", "", text)
    return re.sub(r"#.*", "", text)


@pytest.mark.parametrize("package", ["domain", "graph", "jobs", "plugins", "suidai"])
def test_no_channel_is_named_outside_its_plugin(package: str) -> None:
    named = {
        str(path.relative_to(ROOT)): found.group()
        for path in sorted((ROOT / package).rglob("*.py"))
        if not str(path.relative_to(ROOT)).startswith(ROOMS) and (found := NAMES.search(code_of(path)))
    }

    assert named == {}


def test_the_rooms_that_may_name_them_are_there() -> None:
    assert [room for room in ROOMS if not (ROOT / room).exists()] == []
