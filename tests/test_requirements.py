"""`requirements.txt`, for deployments without uv, names the versions everything here is tested with."""

import tomllib
from importlib.metadata import version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "requirements.txt").read_text()
PINS = [Requirement(line.rstrip(" \\")) for line in TEXT.splitlines() if line and not line.startswith((" ", "#"))]


def test_every_dependency_is_pinned_with_hashes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {canonicalize_name(Requirement(line).name) for line in project["dependencies"]}

    assert wanted - {canonicalize_name(pin.name) for pin in PINS} == set(), "write it anew: just requirements"
    assert TEXT.count("--hash=sha256:") >= len(PINS)


def test_the_pins_are_what_is_installed() -> None:
    here = [pin for pin in PINS if pin.marker is None or pin.marker.evaluate()]
    differing = {pin.name: version(pin.name) for pin in here if not pin.specifier.contains(version(pin.name))}

    assert differing == {}, "write it anew: just requirements"


def test_no_address_is_committed() -> None:
    assert "://" not in TEXT
    assert "uv.lock" in (ROOT / ".gitignore").read_text().split()
