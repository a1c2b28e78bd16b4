"""The promises of `suidai.contract` to people who write plugins."""

import subprocess
import sys
from datetime import UTC, date, datetime
from typing import Any

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


@pytest.mark.parametrize(
    "told",
    [datetime(2026, 11, 21, 2, 15, 30, tzinfo=UTC), "2026-11-21T10:15:30+08:00", 1795227330, 1795227330.0],
    ids=type,
)
def test_a_request_comes_at_an_instant_however_that_is_written(told: Any) -> None:
    request = suidai.contract.RawRequest("POST", "/notify", "", {}, b"", told)  # type: ignore[arg-type] - a mapping will do

    assert request.received_at == datetime(2026, 11, 21, 2, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "headers", [{"X-Serial": "1", "x-nonce": "2"}, [("x-SERIAL", "1"), ("X-Nonce", "2"), ("x-serial", "3")]]
)
def test_a_request_has_its_headers_by_any_case_and_the_first_of_each(headers: Any) -> None:
    request = suidai.contract.RawRequest("POST", "/notify", "", headers, b"", 0)  # type: ignore[arg-type] - as outside code may

    assert (request.headers["X-SERIAL"], request.headers.get("X-Nonce"), request.headers.get("X-Other")) == (
        "1",
        "2",
        None,
    )


def test_values_are_made_in_the_order_in_which_the_contract_lists_them() -> None:
    at, day = datetime(2026, 11, 21, tzinfo=UTC), date(2026, 11, 21)
    order = suidai.contract.CreatePayment(
        "RP1",
        100,
        "CNY",
        "qr",
        "还款",
        at,
        "127.0.0.1",
        "openid",
        "https://back",
        "https://notify",
        {"loan": "1"},  # type: ignore[arg-type] - the product's word will do
    )
    ref = suidai.contract.PaymentRef("RP1", at, "4200", {"txnTime": "20261121101530"})
    debit = suidai.contract.Debit("WD1", 100, "CNY", "TOKEN", day, "还款", "https://notify")
    refund = suidai.contract.Refund("RF1", ref, 50, 100, "多收")
    result = suidai.contract.PaymentResult(suidai.contract.PaymentState("succeeded"), 100, "CNY", "4200", "o***", at)
    mandate = suidai.contract.MandateResult(
        suidai.contract.MandateState("ACTIVE"), "TOKEN", "6222 **** 0018", "ICBC", day
    )
    row = suidai.contract.BillRow(suidai.contract.BillKind("payment"), "RP1", 100, "CNY")

    assert (str(order.product), order.payer_id, order.metadata) == ("qr", "openid", {"loan": "1"})
    assert (ref.provider_no, debit.token, debit.due_date, refund.payment, refund.total_fen) == (
        "4200",
        "TOKEN",
        day,
        ref,
        100,
    )
    assert (str(result.state), result.paid_at, str(mandate.state), mandate.valid_to) == ("SUCCEEDED", at, "ACTIVE", day)
    assert (str(row.kind), str(suidai.contract.BillRequest(day, "trade").kind)) == ("PAYMENT", "TRADE")  # type: ignore[arg-type] - its word will do
    assert suidai.contract.ConfirmMandate("M1", "123456").sms_code.reveal() == "123456"  # type: ignore[arg-type] - sealed on the way in


def test_a_name_that_is_not_promised_is_not_there() -> None:
    assert not hasattr(suidai.contract, "import_module")


def test_importing_it_is_quick_and_loads_nothing_heavy() -> None:
    runs = [in_a_fresh_interpreter(IMPORT_ALL).split() for _ in range(3)]

    assert [heavy for _, *heavy in runs] == [[], [], []]
    # The quickest of three, in time of the processor: others may be using it too.
    assert min(float(took) for took, *_ in runs) < 50
