"""The promises of `suidai.contract` to people who write plugins."""

import subprocess
import sys

import plugins
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
    assert suidai.contract.CONTRACT_VERSION == "1.0"


def test_plugins_has_the_same_names() -> None:
    assert all(getattr(plugins, name) is getattr(suidai.contract, name) for name in suidai.contract.__all__)


def test_a_name_that_is_not_promised_is_not_there() -> None:
    assert not hasattr(suidai.contract, "import_module")


def test_importing_it_is_quick_and_loads_nothing_heavy() -> None:
    runs = [in_a_fresh_interpreter(IMPORT_ALL).split() for _ in range(3)]

    assert [heavy for _, *heavy in runs] == [[], [], []]
    # The quickest of three, in time of the processor: others may be using it too.
    assert min(float(took) for took, *_ in runs) < 50
