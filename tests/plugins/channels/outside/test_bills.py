"""The bills of the vectors, fetched and read through the contract alone; and the same files with something wrong in them."""

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from hashlib import sha1
from typing import Any

import httpx
import pytest

from suidai.contract import BillFile, BillProblem, BillRequest, BillRow, PaymentChannel
from tests.plugins.channels.outside import test_alipay as alipay
from tests.plugins.channels.outside import test_unionpay as unionpay
from tests.plugins.channels.outside import test_wechat as wechat
from tests.plugins.channels.outside.door import FOLDER, made

BILLS = FOLDER / "bills"
DAY = date(2026, 11, 20)
ZIPPED = (BILLS / "alipay_20880000000000010156_20261120.csv.zip").read_bytes()
TABLE = gzip.decompress((BILLS / "wechat_ALL_20261120.csv.gz").read_bytes())
ASKED = BillRequest(DAY, "trade")  # type: ignore[arg-type] - its word will do

Change = Callable[[str], str]


def expected(name: str) -> list[dict[str, Any]]:
    return json.loads((BILLS / f"{name}.expected.json").read_text())["rows"]


def from_alipay(content: bytes, url: str = "https://dwbillcenter.alipay.com/x?token=1") -> PaymentChannel:
    told = alipay.answer(
        "alipay.data.dataservice.bill.downloadurl.query", {"code": "10000", "msg": "m", "bill_download_url": url}
    )

    def handle(request: httpx.Request) -> httpx.Response:
        at_the_gateway = request.url.host == "openapi.alipay.com"
        return httpx.Response(200, content=told.encode() if at_the_gateway else content)

    return made("alipay", alipay.CONFIG, handle)


def from_wechat(content: bytes, hash_value: str | None = None) -> PaymentChannel:
    said = {"hash_type": "SHA1", "hash_value": hash_value or sha1(TABLE, usedforsecurity=False).hexdigest()}
    body = json.dumps(said | {"download_url": "https://api.mch.weixin.qq.com/v3/billdownload/file?token=1"})

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v3/bill/tradebill":
            return httpx.Response(200, headers=wechat.proof(body), content=body.encode())
        return httpx.Response(200, content=content)

    return made("wechat", wechat.CONFIG, handle, now=wechat.NOW)


def from_unionpay() -> PaymentChannel:
    told = json.loads((BILLS / "unionpay_ZM_20261120.expected.json").read_text())
    fields = {"signMethod": "01", "merId": unionpay.CONFIG["mer_id"], "txnType": "76", "respCode": "00", "respMsg": "m"}
    return unionpay.before(fields | {name: told[name] for name in ("fileName", "fileContent")})


async def read(channel: PaymentChannel) -> tuple[BillFile, list[BillRow], list[str]]:
    file = await channel.fetch_bill(ASKED)
    assert isinstance(file, BillFile)
    entries = list(channel.parse_bill(file))
    rows = [entry for entry in entries if isinstance(entry, BillRow)]
    return file, rows, [entry.message for entry in entries if isinstance(entry, BillProblem)]


def said(row: BillRow, number: str | None) -> tuple[Any, ...]:
    return str(row.kind), number, row.provider_no, row.amount_fen, row.received_fen, row.fee_fen


@pytest.mark.parametrize(
    "url", ["https://dwbillcenter.alipay.com/x?token=1", "http://dwbillcenter.alipay.com/x?token=1"]
)
async def test_alipays_rows_are_as_expected(url: str) -> None:
    _, rows, problems = await read(from_alipay(ZIPPED, url))

    wanted = [
        (
            row["kind"],
            row["merchant_order_no"],
            row["provider_trade_no"],
            row["amount_fen"],
            row["received_fen"],
            row["fee_fen"],
        )
        for row in expected("alipay_20261120")
    ]
    assert ([said(row, row.order_no) for row in rows], problems) == (wanted, [])
    assert [row.refund_no for row in rows] == [row["merchant_refund_no"] for row in expected("alipay_20261120")]


async def test_wechats_rows_are_as_expected() -> None:
    file, rows, problems = await read(from_wechat(gzip.compress(TABLE)))

    wanted = [
        (
            row["kind"],
            row["merchant_order_no"],
            row["provider_trade_no"],
            row["amount_fen"],
            row["settle_fen"],
            row["fee_fen"],
        )
        for row in expected("wechat_ALL_20261120")
    ]
    assert ([said(row, row.order_no) for row in rows], problems, file.hash_ok) == (wanted, [], True)


async def test_unionpays_rows_are_as_expected() -> None:
    file, rows, problems = await read(from_unionpay())

    wanted = [
        (row["kind"], row["order_id"], row["query_id"], row["amount_fen"], row["fee_fen"])
        for row in expected("unionpay_ZM_20261120")
    ]
    told = [(kind, *rest) for kind, *rest in (said(row, row.refund_no or row.order_no) for row in rows)]
    assert ([(*row[:4], row[5]) for row in told], problems) == (wanted, [])
    assert file.name == "777290058110048_20261120.zip"


@pytest.mark.parametrize(
    "hash_value",
    [sha1(gzip.compress(TABLE), usedforsecurity=False).hexdigest(), "0" * 40],
    ids=["of the packed", "another"],
)
async def test_a_file_of_another_hash_is_said_to_be_one(hash_value: str) -> None:
    file, *_ = await read(from_wechat(gzip.compress(TABLE), hash_value))

    assert file.hash_ok is False


def changed(change: Change) -> bytes:
    """Alipay's archive with its table of details changed, and names in UTF-8 as other zip programs write them."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(ZIPPED)) as old, zipfile.ZipFile(packed, "w") as new:
        for entry in old.infolist():
            name, text = entry.filename.encode("cp437").decode("gbk"), old.read(entry).decode("gbk")
            new.writestr(name, (text if "汇总" in name else change(text)).encode("gbk"))
    return packed.getvalue()


def without_row(text: str) -> str:
    return "\r\n".join(line for line in text.split("\r\n") if "RP202611200002" not in line)


def wider(text: str) -> str:
    lines = text.split("\r\n")
    return "\r\n".join(
        line + (",新列" if line.startswith("支付宝交易号") else ",x" * line.startswith("2026")) for line in lines
    )


@pytest.mark.parametrize(
    ("change", "rows", "problem"),
    [
        (str, 10, ""),
        (lambda text: text.replace("\r\n", "\n"), 10, ""),
        (lambda text: text.replace("（元）", "(元)"), 10, ""),
        (wider, 10, ""),
        (lambda text: text.replace("第1期", "第1期,逾期"), 9, "26 cells where there are 25 columns"),
        (without_row, 9, "the table says 8 with 12191.42 yuan, its lines are 7 with 11891.42 yuan"),
        (lambda text: text.replace("300.00", "30０.00"), 9, "is not a sum"),
        (
            lambda text: text.partition("#----------------------------------------业务明细列表结束")[0][:-400],
            8,
            "breaks off",
        ),
        (lambda text: text.replace("2088000000000001", "2088000000000009"), 0, "another account's"),
    ],
    ids=[
        "same",
        "line feeds",
        "brackets",
        "a column more",
        "a comma",
        "a row less",
        "no number",
        "cut off",
        "not ours",
    ],
)
async def test_what_is_wrong_with_alipays_table_is_told(change: Change, rows: int, problem: str) -> None:
    _, found, problems = await read(from_alipay(changed(change)))

    assert problem in " ".join(problems)
    assert bool(problems) is bool(problem)
    assert len(found) == rows


@pytest.mark.parametrize("code", ["alipay", "bank_withholding", "wechat"])
async def test_of_a_day_that_is_not_over_there_is_no_bill_and_nobody_is_asked(code: str) -> None:
    config = {"alipay": alipay.CONFIG, "bank_withholding": unionpay.CONFIG, "wechat": wechat.CONFIG}[code]

    told = await made(code, config).fetch_bill(BillRequest(DAY + timedelta(days=1)))

    assert type(told).__name__ == "BillNotReady"
