"""Getting a day's bill from Alipay: when it is there, when it is not yet, and what is no bill at all."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from plugins.channels.alipay import bill_fetching
from suidai.contract import (
    BillEmpty,
    BillFile,
    BillKind,
    BillNotReady,
    BillRequest,
    ErrorCode,
    ErrorKind,
    NotOffered,
)
from tests.plugins.channels.alipay.bill_files import DAY, FOLDER, bill
from tests.plugins.channels.alipay.test_channel import Answer, channel_at, signed

FILE = bill((FOLDER / "alipay_20880000000000010156_20261120.csv.zip").read_bytes())
ADDRESS = "https://dwbillcenter.alipay.com/downloadBillFile.resource?fileId=1"
NINE = datetime(2026, 11, 21, 1, tzinfo=UTC)


def provider(fields: dict[str, Any], download: Callable[[httpx.Request], httpx.Response]) -> tuple[Answer, list[Any]]:
    """A gateway that signs these fields, and whatever lies at the bill's address; keeps what was asked."""
    asked: list[Any] = []

    def handle(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            asked.append(str(request.url))
            return download(request)
        asked.append(json.loads(dict(parse_qsl(request.content.decode()))["biz_content"]))
        return httpx.Response(200, text=signed("alipay_data_dataservice_bill_downloadurl_query_response", fields))

    return handle, asked


def lies_there(content: bytes, status: int = 200) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _: httpx.Response(status, content=content)


OK = {"code": "10000", "bill_download_url": ADDRESS}
NONE = {"code": "40004", "sub_code": "isp.bill_not_exist", "sub_msg": "账单不存在"}


@pytest.mark.parametrize(("kind", "word"), [(BillKind.TRADE, "trade"), (BillKind.FUND, "signcustomer")])
async def test_a_bill_is_downloaded_at_once(kind: BillKind, word: str) -> None:
    handle, asked = provider(OK, lies_there(FILE.content))

    got = await channel_at(NINE, handle).fetch_bill(BillRequest(DAY, kind))

    assert asked == [{"bill_date": "2026-11-20", "bill_type": word}, ADDRESS]
    assert got == BillFile(FILE.content, f"alipay_{word}_20261120.csv.zip", FILE.sha256, kind, DAY)


async def test_a_bill_is_never_carried_over_an_open_line() -> None:
    handle, asked = provider({**OK, "bill_download_url": ADDRESS.replace("https", "http")}, lies_there(FILE.content))

    await channel_at(NINE, handle).fetch_bill(BillRequest(DAY))

    assert asked[1] == ADDRESS


@pytest.mark.parametrize(
    ("now", "answer"),
    [
        (NINE, BillEmpty()),
        (NINE - timedelta(minutes=20), BillNotReady(timedelta(minutes=20))),
        (NINE - timedelta(hours=9), BillNotReady(timedelta(hours=9))),
    ],
    ids=["nine o'clock", "20 to nine", "midnight"],
)
async def test_that_there_is_no_bill_means_no_trades_only_from_nine_oclock_on(now: datetime, answer: Any) -> None:
    handle, _ = provider(NONE, lies_there(b""))

    assert await channel_at(now, handle).fetch_bill(BillRequest(DAY)) == answer


async def test_a_day_that_is_not_over_is_not_asked_about() -> None:
    handle, asked = provider(NONE, lies_there(b""))

    answer = await channel_at(NINE, handle).fetch_bill(BillRequest(DAY + timedelta(days=1)))

    assert answer == BillNotReady(timedelta(days=1))
    assert asked == []


def breaks(_: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("x")


@pytest.mark.parametrize(
    ("fields", "download", "kind", "code"),
    [
        (OK, lies_there(FILE.content, 403), ErrorKind.UNKNOWN, ErrorCode.MALFORMED_ANSWER),
        (OK, lies_there(b"<html>busy</html>"), ErrorKind.UNKNOWN, ErrorCode.MALFORMED_ANSWER),
        (OK, lies_there(b""), ErrorKind.UNKNOWN, ErrorCode.MALFORMED_ANSWER),
        (OK, breaks, ErrorKind.UNKNOWN, ErrorCode.TIMEOUT),
        ({"code": "10000"}, breaks, ErrorKind.UNKNOWN, ErrorCode.MALFORMED_ANSWER),
        ({**OK, "bill_download_url": "file:///etc/passwd"}, breaks, ErrorKind.UNKNOWN, ErrorCode.MALFORMED_ANSWER),
        (
            {"code": "40006", "sub_code": "isv.insufficient-isv-permissions"},
            breaks,
            ErrorKind.CONFIG,
            ErrorCode.NO_PERMISSION,
        ),
        ({"code": "20000", "sub_code": "isp.unknow-error"}, breaks, ErrorKind.UNKNOWN, ErrorCode.SYSTEM_ERROR),
    ],
    ids=["403", "html", "nothing", "timeout", "no address", "a file", "no rights", "fault"],
)
async def test_a_bill_that_could_not_be_had_is_asked_for_later_and_says_why(
    fields: dict[str, Any], download: Any, kind: ErrorKind, code: ErrorCode
) -> None:
    handle, _ = provider(fields, download)

    answer = await channel_at(NINE, handle).fetch_bill(BillRequest(DAY))

    assert isinstance(answer, BillNotReady)
    assert answer.retry_after
    assert answer.error
    assert (answer.error.kind, answer.error.code) == (kind, code)


async def test_a_bill_that_is_too_long_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bill_fetching, "MOST_BYTES", len(FILE.content) - 1)
    handle, _ = provider(OK, lies_there(FILE.content))

    answer = await channel_at(NINE, handle).fetch_bill(BillRequest(DAY))

    assert isinstance(answer, BillNotReady)


async def test_there_is_no_bill_of_another_kind() -> None:
    handle, _ = provider(OK, lies_there(FILE.content))

    with pytest.raises(NotOffered):
        await channel_at(NINE, handle).fetch_bill(BillRequest(DAY, BillKind.OTHER))
