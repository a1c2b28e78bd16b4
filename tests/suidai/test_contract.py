"""The promises of `suidai.contract` to people who write plugins."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest

import plugins
import plugins.health
import plugins.keys
import plugins.making
import suidai.contract

PROMISED = {
    "hookspec",
    "hookimpl",
    "ChannelSpec",
    "Capabilities",
    "ChannelRuntime",
    "PaymentChannel",
    "CreatePayment",
    "PaymentRef",
    "PaymentResult",
    "PaymentState",
    "Action",
    "ChannelError",
    "ErrorKind",
    "Debit",
    "DebitBatch",
    "BatchRef",
    "BatchResult",
    "BeginMandate",
    "ConfirmMandate",
    "MandateRef",
    "MandateResult",
    "MandateState",
    "CloseResult",
    "Refund",
    "RefundRef",
    "RefundResult",
    "RawRequest",
    "Notification",
    "NotificationKind",
    "NoticeOutcome",
    "HttpAnswer",
    "BillRequest",
    "BillFile",
    "BillRow",
    "BillKind",
    "SignatureError",
    "CONTRACT_VERSION",
    "RepaymentMethod",
    "Periods",
    "round_half_up",
    "round_ratio",
    "yuan",
    "Deposit",
    "DepositOutcome",
    "DepositCalculator",
    "CURRENCY",
    "beijing_time",
    "fen_of",
    "require_https",
}

IMPORT_ALL = """
import sys, time
start = time.process_time()
import suidai.contract
took = time.process_time() - start
from suidai.contract import *
heavy = {"sqlalchemy", "pydantic", "httpx", "cryptography", "starlette", "strawberry", "arq"} & set(sys.modules)
print(took * 1000, *heavy)
"""


def in_a_fresh_interpreter(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout


def test_every_promised_name_is_there() -> None:
    assert [name for name in PROMISED if not hasattr(suidai.contract, name)] == []
    assert set(suidai.contract.__all__) >= PROMISED
    assert suidai.contract.CONTRACT_VERSION == "1.1"


def test_plugins_has_the_same_names() -> None:
    assert all(getattr(plugins, name) is getattr(suidai.contract, name) for name in suidai.contract.__all__)


def test_what_a_channel_is_made_with_is_there_by_name_and_comes_with_no_star() -> None:
    assert list(plugins.HEAVY) == plugins.making.__all__
    assert set(plugins.HEAVY) & set(suidai.contract.__all__) == set()
    assert [name for name in plugins.HEAVY if getattr(suidai.contract, name) is not getattr(plugins, name)] == []
    assert suidai.contract.private_key is plugins.keys.private_key
    assert suidai.contract.health_by_query is plugins.health.of


@pytest.mark.parametrize("text", ["", None, "2026-11-21", "20261131000000"])
def test_what_is_no_time_is_none(text: str | None) -> None:
    assert suidai.contract.beijing_time(text) is None


def test_a_time_without_its_offset_is_beijings() -> None:
    instant = datetime(2026, 11, 21, 2, 15, 30, tzinfo=UTC)

    assert suidai.contract.beijing_time("20261121101530") == instant
    assert suidai.contract.beijing_time("2026-11-21 10:15:30", "%Y-%m-%d %H:%M:%S") == instant


def test_a_name_that_is_not_promised_is_not_there() -> None:
    assert not hasattr(suidai.contract, "import_module")


def test_importing_it_is_quick_and_loads_nothing_heavy() -> None:
    runs = [in_a_fresh_interpreter(IMPORT_ALL).split() for _ in range(3)]

    assert [heavy for _, *heavy in runs] == [[], [], []]
    # The quickest of three, in time of the processor: others may be using it too.
    assert min(float(took) for took, *_ in runs) < 50
