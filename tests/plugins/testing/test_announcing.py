"""What a plugin says before its channel is made is found out where it is not so."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from plugins.testing import Subject, imports_quickly, settings_are_read, spec_is_valid
from suidai.contract import SecretStr
from tests.plugins.testing.till import SUBJECT, CashConfig, able, announced, spoiled


@pytest.mark.parametrize(
    ("subject", "says"),
    [
        (announced(code="Cash!"), "lower-case letters"),
        (announced(name_zh=""), "one in Chinese"),
        (announced(contract_version="2.0"), "another major version"),
        (able(products=frozenset()), "nobody can pay"),
        (able(min_fen=0), "the least it takes"),
        (able(query=False), "cannot be asked"),
        (replace(SUBJECT, order_no="A-1"), "does not allow the order number"),
        (announced(factory=lambda config, runtime: object()), "is a object, not a PaymentChannel"),
        (spoiled(code="other"), "calls itself 'other'"),
    ],
    ids=range(9),
)
async def test_a_spec_that_says_what_is_not_so_is_found(subject: Subject, says: str) -> None:
    with pytest.raises(AssertionError, match=says):
        spec_is_valid(subject)


class Open(CashConfig):
    """Settings that show their secret."""

    def __repr__(self) -> str:
        return f"Open({self.key.reveal()})"


class Lax(CashConfig):
    """Settings that take anything."""

    def __init__(self, url: str, key: str, **anything: Any) -> None:
        super().__init__(url, SecretStr(key))


class Overheard(CashConfig):
    """Settings that take an open line."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", SecretStr(self.key))


class Careless:
    """Settings that keep their secret as text."""

    def __init__(self, url: str, key: str) -> None:
        self.url, self.key = url, key

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("model", "says"),
    [
        (Open, "shows a secret"),
        (Lax, "does not exist"),
        (Careless, "no setting is a SecretStr"),
        (Overheard, "url may be http://, where others listen in"),
        (lambda **_: object(), "differ"),
    ],
    ids=range(5),
)
async def test_settings_that_are_not_handled_with_care_are_found(model: Any, says: str) -> None:
    with pytest.raises(AssertionError, match=says):
        settings_are_read(announced(config_model=model))


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("", None),
        ("import time\nwhile time.process_time() < 0.2: pass", "load what is heavy"),
        ("import time; time.sleep(0.06)", "touches time.sleep"),
        ("open('x', 'w').close()", "touches open"),
        ("import socket; socket.getaddrinfo('localhost', 80)", "touches socket.getaddrinfo"),
        ("1/0", "ZeroDivisionError"),
    ],
    ids=range(6),
)
def test_an_import_that_takes_long_or_touches_the_world_is_found(
    code: str, says: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cashpay.py").write_text(code)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    subject = replace(SUBJECT, module="cashpay")

    if says is None:
        imports_quickly(subject)
    else:
        with pytest.raises(AssertionError, match=says):
            imports_quickly(subject)
