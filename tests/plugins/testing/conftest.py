"""The template, as an author begins with it."""

import sys
from collections.abc import Iterator
from importlib import import_module

import pytest

from plugins.testing import Subject
from suidai.channel_template import write


@pytest.fixture(scope="session")
def tillpay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Subject]:
    """The package that `suidai channels new tillpay` writes."""
    source = str(write("tillpay", tmp_path_factory.mktemp("author")) / "src")
    sys.path.insert(0, source)
    yield import_module("suidai_tillpay.fake").sample()
    sys.path.remove(source)
