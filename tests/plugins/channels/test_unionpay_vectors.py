"""Requests, answers and notices made with independent libraries, judged as each one's `expect` says; and the ZM file."""

import base64
import json
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from plugins import rsa256
from plugins.channels.bank_withholding import answers, signing
from plugins.channels.bank_withholding.bills import COLUMNS, inflated
from plugins.channels.bank_withholding.people import customer_info
from plugins.channels.bank_withholding.plugin import payment_channels
from plugins.keys import private_key, public_key
from plugins.testing import runtime
from suidai.contract import (
    BillFile,
    BillKind,
    BillRow,
    BillTotals,
    Debit,
    ErrorCode,
    ErrorKind,
    Notification,
    NotificationKind,
    PaymentChannel,
    PaymentRef,
    PaymentResult,
    PaymentState,
    RawRequest,
    SignatureError,
)

FOLDER = Path(__file__).parents[2] / "vectors" / "channels"
VECTORS = json.loads((FOLDER / "unionpay.json").read_text())
KEYS = json.loads((FOLDER / "keys.json").read_text())
BILL = json.loads((FOLDER / "bills" / "unionpay_ZM_20261120.expected.json").read_text())
# The certificates of the vectors are good from the day they were made, which is after the trades they tell of.
NOW = datetime(2026, 11, 23, tzinfo=UTC)
SUBMITTED = datetime.fromisoformat("2026-11-21T10:15:30+08:00")
OUR_KEY = private_key(KEYS["up_merchant.pkcs8.pem"], "merchant")
OUR_PUBLIC = public_key(KEYS["up_merchant.pub.pem"], "merchant")
CONFIG: dict[str, Any] = {
    "mer_id": "777290058110048",
    "cert_id": "68759663125",
    "private_key": KEYS["up_merchant.pkcs8.pem"],
    "root_cert": KEYS["up_root.cert.pem"],
    "middle_cert": KEYS["up_mid.cert.pem"],
    "encrypt_cert": KEYS["up_sign.cert.pem"],
    "expected_cn": "00040000:SIGN",
}
ORDER = "WD20261121000001"
DEBIT = Debit(
    ORDER,
    51233,
    "CNY",
    "LOANUSER00000042",
    date(2026, 11, 21),
    "第3期",
    notify_url="https://loan.example.com/notify/unionpay",
    submitted_at=SUBMITTED,
)


def channel(answer: str | None = None, seen: list[httpx.Request] | None = None, **config: Any) -> PaymentChannel:
    """The channel before a gateway that always answers this."""
    (spec,) = payment_channels()

    def handle(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        return httpx.Response(200, content=(answer or "").encode())

    given = runtime(now=NOW, transport=httpx.MockTransport(handle) if answer else None)
    return spec.factory(spec.config_model(**CONFIG | config), given)


def named(kind: str) -> list[Any]:
    return [pytest.param(vector, id=vector["name"]) for vector in VECTORS[kind]]


def vector_of(kind: str, name: str) -> dict[str, Any]:
    return next(vector for vector in VECTORS[kind] if vector["name"] == name)


def posted(form: str) -> RawRequest:
    return RawRequest("POST", "/notify/payments/bank_withholding", "", {}, form.encode(), NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize("vector", named("requests"))
def test_a_request_is_written_down_and_signed_as_unionpay_does(vector: dict[str, Any]) -> None:
    fields = vector["params_without_signature"]

    assert signing.string_to_sign(fields) == vector["string"]
    assert signing.digest(fields) == vector["sha256_hex_lower"]
    assert signing.sign(fields, OUR_KEY) == vector["signature"]
    assert signing.holds({**fields, "signature": vector["signature"]}, OUR_PUBLIC)


def test_a_signature_over_the_fields_themselves_is_refused() -> None:
    wrong = VECTORS["wrong_single_hash"]
    fields = vector_of("requests", wrong["request"])["params_without_signature"]

    assert rsa256.holds(wrong["signature"], signing.string_to_sign(fields).encode(), OUR_PUBLIC)
    assert not signing.holds({**fields, "signature": wrong["signature"]}, OUR_PUBLIC)


async def test_the_channel_makes_the_same_withholding_of_its_own() -> None:
    seen: list[httpx.Request] = []
    wire = vector_of("responses", "withhold_accepted")["sync_answer_wire"]

    await channel(wire, seen).debit(DEBIT)

    made = dict(parse_qsl(seen[0].content.decode(), strict_parsing=True))
    assert str(seen[0].url) == "https://gateway.95516.com/gateway/api/backTransReq.do"
    assert signing.holds(made, OUR_PUBLIC)
    expected = vector_of("requests", "withhold_11_00_bindid")["params_without_signature"]
    assert made == {k: v for k, v in expected.items() if k != "reqReserved"} | {"signature": made["signature"]}


def test_customer_info_is_written_as_unionpay_reads_it() -> None:
    expected = vector_of("requests", "bind_realauth_72_01")["params_without_signature"]["customerInfo"]
    person = {"certifTp": "01", "certifId": "341126197709218366", "customerNm": "全渠道", "phoneNo": "13552535506"}

    assert customer_info(person) == expected


@pytest.mark.parametrize("vector", named("responses"))
def test_an_answer_is_read_through_its_groups_and_certificates(vector: dict[str, Any]) -> None:
    fields = answers.read(vector["sync_answer_wire"])

    assert fields == vector["params"]
    assert answers.write(fields) == vector["sync_answer_wire"]
    assert signing.string_to_sign(fields) == vector["string"]
    assert signing.holds(fields, public_key(KEYS["up_sign.pub.pem"], "sign")) is vector["verify_by_peer"]


def verdict(result: PaymentResult, notice: Notification | None = None) -> str:
    """What the core would do, said in the vectors' words."""
    match result:
        case PaymentResult(state=PaymentState.PROCESSING, error=None):
            return "PENDING: 00 on 11/00 means accepted only; confirm by back notify or query"
        case PaymentResult(state=PaymentState.UNKNOWN, error=error):
            assert error
            assert error.kind is ErrorKind.UNKNOWN
            return "signature false" if error.code is ErrorCode.BAD_SIGNATURE_ON_ANSWER else "UNKNOWN -> query"
        case PaymentResult(state=PaymentState.SUCCEEDED, amount_fen=51233, currency="CNY"):
            if notice:
                return "PAID 51233 fen after a query (or directly); answer HTTP 200"
            return "respCode 00 AND origRespCode 00 = PAID"
        case other:
            raise AssertionError(other)


@pytest.mark.parametrize("name", ["withhold_accepted", "withhold_05", "query_paid", "notify_tampered"])
async def test_an_answer_is_judged_as_expected(name: str) -> None:
    vector = vector_of("responses", name)
    bank = channel(vector["sync_answer_wire"])

    asked = bank.query_payment(PaymentRef(ORDER, SUBMITTED)) if name == "query_paid" else bank.debit(DEBIT)
    result = await asked

    assert verdict(result) == vector["expect"]
    assert result.channel_state == {"txnTime": "20261121101530"}
    if name in {"withhold_accepted", "query_paid"}:
        assert result.provider_no == "202611211015301234568"


@pytest.mark.parametrize("name", ["withhold_accepted", "withhold_05", "notify_success", "notify_tampered"])
async def test_a_notice_is_judged_as_expected(name: str) -> None:
    vector = vector_of("responses", name)
    bank = channel()

    if not vector["verify_by_peer"]:
        with pytest.raises(SignatureError):
            await bank.parse_notification(posted(vector["back_notify_form"]))
        return
    notice = await bank.parse_notification(posted(vector["back_notify_form"]))

    assert (notice.kind, notice.order_no) == (NotificationKind.PAYMENT, ORDER)
    assert isinstance(notice.result, PaymentResult)
    assert verdict(notice.result, notice) == vector["expect"]


async def test_a_payment_tells_when_and_from_which_card() -> None:
    form = vector_of("responses", "notify_success")["back_notify_form"]

    result = (await channel().parse_notification(posted(form))).result

    assert isinstance(result, PaymentResult)
    assert result.paid_at == SUBMITTED
    assert result.payer_id_masked == "6216***********0018"


async def test_a_certificate_that_is_not_unionpays_in_production_proves_nothing_there() -> None:
    wire = vector_of("responses", "query_paid")["sync_answer_wire"]

    result = await channel(wire, expected_cn="中国银联股份有限公司").query_payment(PaymentRef(ORDER, SUBMITTED))

    assert verdict(result) == "signature false"


def bill() -> BillFile:
    content = (FOLDER / "bills" / "unionpay_777290058110048_20261120.zip").read_bytes()
    return BillFile(content, BILL["fileName"], sha256(content).hexdigest(), day=date(2026, 11, 20))


def test_the_columns_are_those_of_the_interface() -> None:
    assert list(COLUMNS) == BILL["names"]
    assert list(COLUMNS.values()) == BILL["lengths"]


def test_the_file_is_unpacked_from_its_answer() -> None:
    assert inflated(BILL["fileContent"]) == bill().content
    assert inflated(BILL["fileContent"][:400]) is None
    assert inflated(base64.b64encode(b"no zlib").decode()) is None


def test_every_line_of_the_file_is_read_as_expected() -> None:
    *rows, totals = channel().parse_bill(bill())

    assert all(isinstance(row, BillRow) for row in rows)
    assert totals == BillTotals()
    assert [
        {
            "kind": str(row.kind),
            "order_id": row.refund_no or row.order_no,
            "query_id": row.provider_no,
            "amount_fen": row.amount_fen,
            "fee_fen": row.fee_fen,
        }
        for row in rows
        if isinstance(row, BillRow)
    ] == [{k: v for k, v in row.items() if k not in {"net_sign", "orig_query_id"}} for row in BILL["rows"]]


def test_a_line_tells_what_came_in_and_when() -> None:
    rows = [row for row in channel().parse_bill(bill()) if isinstance(row, BillRow)]
    paid, refunded = rows[0], rows[-2]

    assert (paid.received_fen, paid.currency, paid.order_no) == (102250, "CNY", "WD20261120000001")
    assert paid.occurred_at == datetime.fromisoformat("2026-11-20T09:00:01+08:00")
    assert (refunded.kind, refunded.order_no, refunded.received_fen) == (BillKind.REFUND, "WD20261120000007", 5000)
