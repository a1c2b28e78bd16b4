"""Many debits in one file: how it is written, and what is made of each answer to it."""

import base64
import zlib
from collections.abc import Mapping
from datetime import date
from typing import Any

import httpx
import pytest

from plugins.channels.bank_withholding import batches
from plugins.channels.bank_withholding.config import BankWithholdingConfig
from plugins.channels.bank_withholding.plugin import payment_channels
from suidai.contract import (
    BatchRef,
    Debit,
    DebitBatch,
    ErrorCode,
    ErrorKind,
    PaymentRef,
    PaymentState,
)
from tests.plugins.channels.bank_withholding.unionpay import (
    CONFIG,
    SUBMITTED,
    TXN_TIME,
    asked,
    channel,
    failing,
    saying,
)

NUMBERS = ("PO20261121000001a1b2c3d4", "PO20261121000002a1b2c3d5", "PO20261121000003a1b2c3d6")
BATCH_NO = "BA20261121000042a1b2c3d4"
OURS = {"merId": CONFIG["mer_id"], "batchNo": "0042", "txnTime": TXN_TIME}
TAKEN = OURS | {"respCode": "00", "respMsg": "成功[0000000]"}
HEAD = "5.0.0|151232|3|||100000|1||"
NAMES = "respCode|respMsg|queryId|sysTraNo|sysTm|settleDate|orderId|currencyCode|txnAmt|accType|bindId|bizType"


def a_batch(*sums: int) -> DebitBatch:
    items = zip(NUMBERS, sums or (1000_00, 512_32), strict=False)
    return DebitBatch(
        BATCH_NO,
        tuple(
            Debit(number, fen, "CNY", f"MD{at}", date(2026, 11, 21), "第3期", submitted_at=SUBMITTED)
            for at, (number, fen) in enumerate(items)
        ),
        submitted_at=SUBMITTED,
    )


REF = BatchRef(
    BATCH_NO,
    SUBMITTED,
    items=tuple(
        PaymentRef(number, SUBMITTED, batch_no=BATCH_NO, batch_position=at) for at, number in enumerate(NUMBERS)
    ),
)


def line(
    number: str, code: str, fen: str = "100000", *, said: str = "成功", query_id: str = "2026112110153012345"
) -> str:
    return "|".join((code, said, query_id, "012345", "1121103000", "1121", number, "156", fen, "01", "MD0", "000501"))


def finished(*lines: str, encoding: str = "gbk") -> dict[str, str]:
    content = "\r\n".join((HEAD, NAMES, *lines)).encode(encoding)
    return TAKEN | {"fileContent": base64.b64encode(zlib.compress(content)).decode()}


# What is sent


async def test_a_batch_is_one_file_with_a_line_a_debit() -> None:
    heard: list[httpx.Request] = []

    def gateway(request: httpx.Request) -> httpx.Response:
        heard.append(request)
        return saying(TAKEN)(request)

    result = await channel(gateway, batch_size=100).debit_batch(a_batch())

    (request,), fields = heard, asked(heard[0])
    assert request.url.path.endswith("/batchTrans.do")
    assert (fields["txnType"], fields["txnSubType"], fields["bizType"]) == ("21", "02", "000501")
    assert (fields["batchNo"], fields["txnTime"]) == ("0042", TXN_TIME)
    assert (fields["totalQty"], fields["totalAmt"]) == ("2", "151232")
    assert "orderId" not in fields
    assert zlib.decompress(base64.b64decode(fields["fileContent"])).decode().split("\r\n") == [
        "5.0.0|151232|2||",
        "orderId|currencyCode|txnAmt|accType|bindId|bizType",
        f"{NUMBERS[0]}|156|100000|01|MD0|000501",
        f"{NUMBERS[1]}|156|51232|01|MD1|000501",
    ]
    assert {number: told.state for number, told in result.items.items()} == dict.fromkeys(
        NUMBERS[:2], PaymentState.PROCESSING
    )
    assert (result.error, result.complete, result.retry_after) == (None, False, batches.FIRST_ASK)


async def test_the_column_that_names_the_account_can_be_another() -> None:
    assert batches.written(a_batch().items, "contractAgrNo").split("\r\n")[1].split("|")[4] == "contractAgrNo"


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (BATCH_NO, "0042"),
        ("BA20261121000001a1b2c3d4", "0001"),
        ("BA20261121009999a1b2c3d4", "9999"),
        ("BA20261121010000a1b2c3d4", None),
        ("BA20261121000000a1b2c3d4", None),
        ("0042", None),
        ("BA20261121000042a1b2-3d4", None),
    ],
)
def test_its_number_there_is_the_count_within_the_day(ours: str, theirs: str | None) -> None:
    assert batches.batch_number(ours) == theirs


async def test_a_number_that_cannot_be_written_there_is_not_sent() -> None:
    batch = DebitBatch("BA20261121010000a1b2c3d4", a_batch().items, submitted_at=SUBMITTED)

    result = await channel(failing(AssertionError("sent"))).debit_batch(batch)

    assert result.error
    assert result.error.kind is ErrorKind.NOT_EXECUTED
    assert all(told.not_executed for told in result.items.values())


# The answer


@pytest.mark.parametrize(
    ("code", "state", "kind"),
    [
        ("05", PaymentState.UNKNOWN, ErrorKind.UNKNOWN),
        ("10", PaymentState.UNKNOWN, ErrorKind.INVALID_REQUEST),
        ("31", PaymentState.UNKNOWN, ErrorKind.CONFIG),
        ("33", PaymentState.DECLINED, ErrorKind.DECLINED),
        ("77", PaymentState.UNKNOWN, ErrorKind.UNKNOWN),
    ],
)
async def test_what_is_said_of_the_batch_is_said_of_each_debit_in_it(
    code: str, state: PaymentState, kind: ErrorKind
) -> None:
    result = await channel(saying(OURS | {"respCode": code})).debit_batch(a_batch())

    assert result.error
    assert (result.error.kind, result.complete) == (kind, False)
    assert {told.state for told in result.items.values()} == {state}


@pytest.mark.parametrize(
    ("failure", "kind"),
    [(httpx.ConnectError("x"), ErrorKind.NOT_EXECUTED), (httpx.ReadTimeout("x"), ErrorKind.UNKNOWN)],
)
async def test_a_call_that_fails_says_whether_it_surely_did_nothing(failure: Exception, kind: ErrorKind) -> None:
    bank = channel(failing(failure))

    for result in (await bank.debit_batch(a_batch()), await bank.query_batch(REF)):
        assert result.error
        assert (result.error.kind, {told.state for told in result.items.values()} - {PaymentState.UNKNOWN}) == (
            kind,
            set(),
        )


@pytest.mark.parametrize("other", [{"batchNo": "0043"}, {"txnTime": "20261120101530"}, {"merId": "777290058110098"}])
async def test_an_answer_about_another_batch_says_nothing(other: Mapping[str, str]) -> None:
    bank = channel(saying(finished(line(NUMBERS[0], "00")) | other))

    sent, known = await bank.debit_batch(a_batch()), await bank.query_batch(REF)

    for result in (sent, known):
        assert result.error
        assert result.error.code is ErrorCode.MALFORMED_ANSWER
        assert {told.state for told in result.items.values()} <= {PaymentState.UNKNOWN}


async def test_one_that_was_sent_before_is_asked_about() -> None:
    duplicate = OURS | {"respCode": "12"}
    bank = channel(saying(duplicate, finished(line(NUMBERS[0], "00"), line(NUMBERS[1], "51", said="余额不足"))))

    result = await bank.debit_batch(a_batch())

    assert [result.items[number].state for number in NUMBERS[:2]] == [PaymentState.SUCCEEDED, PaymentState.DECLINED]


# What is known of it


@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
async def test_a_finished_batch_says_what_became_of_each(encoding: str) -> None:
    lines = (
        line(NUMBERS[0], "00"),
        line(NUMBERS[1], "51", "51232", said="余额不足", query_id=""),
        line(NUMBERS[2], "05"),
    )

    result = await channel(saying(finished(*lines, encoding=encoding))).query_batch(REF)

    paid, short, open_still = (result.items[number] for number in NUMBERS)
    assert (paid.state, paid.amount_fen, paid.currency) == (PaymentState.SUCCEEDED, 1000_00, "CNY")
    assert paid.paid_at
    assert (paid.provider_no, paid.paid_at.isoformat()) == ("2026112110153012345", "2026-11-21T10:30:00+08:00")
    assert short.error
    assert (short.state, short.error.code, short.provider_no) == (
        PaymentState.DECLINED,
        ErrorCode.INSUFFICIENT_FUNDS,
        None,
    )
    assert (open_still.state, result.complete, result.error) == (PaymentState.UNKNOWN, True, None)


async def test_a_letter_that_looks_like_the_end_of_a_line_to_python_ends_none() -> None:
    told = finished(line(NUMBERS[0], "51", "51232", said="余额\x1c不足\u2028", query_id=""), encoding="utf-8")

    result = await channel(saying(told)).query_batch(REF)

    assert (result.items[NUMBERS[0]].state, result.complete) == (PaymentState.DECLINED, True)


async def test_a_batch_that_is_not_finished_has_no_file() -> None:
    result = await channel(saying(TAKEN)).query_batch(REF)
    assert (dict(result.items), result.complete, result.error) == ({}, False, None)


async def test_a_query_that_is_refused_says_nothing_of_the_batch() -> None:
    result = await channel(saying(OURS | {"respCode": "01"})).query_batch(REF)
    assert result.error
    assert (dict(result.items), result.error.kind) == ({}, ErrorKind.UNKNOWN)


async def test_a_batch_they_do_not_know_is_not_found_with_all_that_is_in_it() -> None:
    result = await channel(saying(OURS | {"respCode": "34"})).query_batch(REF)
    assert result.error
    assert {number: told.state for number, told in result.items.items()} == dict.fromkeys(
        NUMBERS, PaymentState.NOT_FOUND
    )


@pytest.mark.parametrize(
    "content",
    [
        "",
        "5.0.0|0|0||",
        f"{HEAD}\r\norderId|txnAmt\r\n{NUMBERS[0]}|100000",
        "\r\n".join((HEAD, NAMES, line(NUMBERS[0], "00"), line(NUMBERS[0], "51"))),
        f"{HEAD}\r\n{NAMES}|orderId\r\n{line(NUMBERS[0], '00')}|{NUMBERS[1]}",
        "\r\n".join((HEAD, NAMES, line(NUMBERS[0], "00"), line(NUMBERS[1], "00").partition("|")[0])),
    ],
    ids=["empty", "a head", "no codes", "a number twice", "a column twice", "a line cut off"],
)
async def test_a_file_that_is_none_says_nothing(content: str) -> None:
    packed = base64.b64encode(zlib.compress(content.encode("gbk"))).decode()

    result = await channel(saying(TAKEN | {"fileContent": packed})).query_batch(REF)

    assert result.error
    assert (dict(result.items), result.complete, result.error.code) == ({}, False, ErrorCode.MALFORMED_ANSWER)


@pytest.mark.parametrize("content", ["%%%", "AAAA", base64.b64encode(zlib.compress(b"x" * 99)[:-4]).decode()])
async def test_a_file_that_does_not_unpack_says_nothing(content: str) -> None:
    result = await channel(saying(TAKEN | {"fileContent": content})).query_batch(REF)
    assert result.error
    assert (dict(result.items), result.complete) == ({}, False)


async def test_a_file_that_refuses_all_of_it_declines_each() -> None:
    packed = base64.b64encode(zlib.compress("10|报文格式错误[6000010]".encode("gbk"))).decode()

    result = await channel(saying(TAKEN | {"fileContent": packed})).query_batch(REF)

    assert ({told.state for told in result.items.values()}, result.complete) == ({PaymentState.DECLINED}, True)


@pytest.mark.parametrize(
    ("code", "fen", "state"),
    [
        ("00", "", PaymentState.UNKNOWN),
        ("00", "0", PaymentState.UNKNOWN),
        ("00", "-5", PaymentState.UNKNOWN),
        ("", "100000", PaymentState.UNKNOWN),
        ("A6", "100000", PaymentState.UNKNOWN),
        ("00", "99999", PaymentState.SUCCEEDED),
    ],
)
async def test_a_line_is_read_as_a_query_is(code: str, fen: str, state: PaymentState) -> None:
    result = await channel(saying(finished(line(NUMBERS[0], code, fen)))).query_batch(REF)
    assert {number: told.state for number, told in result.items.items()} == {NUMBERS[0]: state}


async def test_nobodys_line_is_left_out() -> None:
    result = await channel(saying(finished(line("PO20261121000009a1b2c3d9", "00")))).query_batch(REF)
    assert (dict(result.items), result.complete) == ({}, True)


# One of them alone

ALONE = REF.items[0]
NO_TRADE: dict[str, str] = {"merId": CONFIG["mer_id"], "orderId": NUMBERS[0], "txnTime": TXN_TIME, "respCode": "34"}
PAID_ALONE = NO_TRADE | {"respCode": "00", "origRespCode": "00", "txnAmt": "100000", "queryId": "2026112110153012345"}


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        ((finished(line(NUMBERS[0], "00")),), PaymentState.SUCCEEDED),
        ((OURS | {"respCode": "34"},), PaymentState.NOT_FOUND),
        ((OURS | {"respCode": "05"},), PaymentState.UNKNOWN),
        ((TAKEN,), PaymentState.UNKNOWN),
        ((finished(), PAID_ALONE), PaymentState.SUCCEEDED),
        ((finished(line(NUMBERS[0], "05")), PAID_ALONE), PaymentState.SUCCEEDED),
        ((finished(), NO_TRADE), PaymentState.UNKNOWN),
    ],
    ids=["told", "no batch", "asked too early", "no file", "left out", "open in it", "nowhere"],
)
async def test_one_of_a_batch_is_asked_about_with_its_batch_and_only_then_alone(
    answers: tuple[dict[str, str], ...], state: PaymentState
) -> None:
    assert (await channel(saying(*answers)).query_payment(ALONE)).state is state


# What it is set up with


@pytest.mark.parametrize(("size", "able"), [(0, 0), (100, 100), ("250", 250)])
def test_a_merchant_says_how_many_go_together(size: Any, able: int) -> None:
    (spec,) = payment_channels()
    assert spec.capabilities_of(BankWithholdingConfig(**CONFIG | {"batch_size": size})).batch_autodebit == able


@pytest.mark.parametrize(
    "wrong", [{"batch_size": -1}, {"batch_size": 100_001}, {"batch_size": True}, {"batch_size": "x"}]
)
def test_a_size_that_is_none_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        BankWithholdingConfig(**CONFIG | wrong)


@pytest.mark.parametrize("column", ["", "a|b", "a b", "账号"])
def test_a_column_that_is_none_is_refused(column: str) -> None:
    with pytest.raises(ValueError, match="batch_account"):
        BankWithholdingConfig(**CONFIG | {"batch_account": column})
