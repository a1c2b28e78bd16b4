"""How the daily bill is read and fetched: what is not understood is shown, never guessed."""

import gzip
import hashlib
import random
from datetime import date, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.shared.days import SHANGHAI
from domain.shared.money import yuan
from suidai.contract import (
    BillEmpty,
    BillEntry,
    BillFile,
    BillKind,
    BillNotReady,
    BillProblem,
    BillRequest,
    BillRow,
    BillTotals,
    ErrorCode,
    NotOffered,
)
from tests.plugins.channels.wechat.platform import FOLDER, answer, answering, channel

READER = channel()
DAY = date(2026, 11, 20)
TABLE = gzip.decompress((FOLDER / "bills" / "wechat_ALL_20261120.csv.gz").read_bytes())
LINES = TABLE.decode("utf-8-sig").split("\r\n")
NAMES = LINES[0].split(",")
SUMMARY_NAMES = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"


def read(table: str | bytes) -> list[BillEntry]:
    content = table if isinstance(table, bytes) else b"\xef\xbb\xbf" + table.encode()
    return list(READER.parse_bill(BillFile(content, "bill.csv", hashlib.sha256(content).hexdigest())))


def written(lines: list[str]) -> str:
    return "\r\n".join(lines)


def replaced(number: int, old: str, new: str) -> list[BillEntry]:
    """The vectors' bill with one line of it changed."""
    assert old in LINES[number - 1]
    return read(written([*LINES[: number - 1], LINES[number - 1].replace(old, new, 1), *LINES[number:]]))


def problems(entries: list[BillEntry]) -> list[tuple[int, str]]:
    return [(entry.line, entry.message) for entry in entries if isinstance(entry, BillProblem)]


def rows(entries: list[BillEntry]) -> list[BillRow]:
    return [entry for entry in entries if isinstance(entry, BillRow)]


def test_columns_are_found_by_their_names_whatever_their_order() -> None:
    order = list(range(len(NAMES)))
    random.Random(7).shuffle(order)
    table = [",".join(NAMES[at] for at in order)]
    for line in LINES[1:11]:
        values = line[1:].split(",`")
        table.append(",".join(f"`{values[at]}" for at in order))

    def said(entries: list[BillEntry]) -> list[tuple[object, ...]]:
        return [
            (row.kind, row.order_no, row.amount_fen, row.received_fen, row.fee_fen, row.refund_no, row.occurred_at)
            for row in rows(entries)
        ]

    shuffled = read(written([*table, *LINES[11:]]))
    assert said(shuffled) == said(read(TABLE))
    assert len(said(shuffled)) == 10
    assert problems(shuffled) == []


def test_a_column_more_is_no_trouble() -> None:
    table = [f"{LINES[0]},新的一列", *(f"{line},`值" for line in LINES[1:11]), *LINES[11:]]

    assert problems(read(written(table))) == []
    assert len(rows(read(written(table)))) == 10


def test_a_name_with_a_comma_moves_nothing() -> None:
    assert rows(read(TABLE))[1].amount_fen == 30000


def test_the_line_as_it_came_is_kept_and_does_not_show() -> None:
    row = rows(read(TABLE))[0]

    assert row.raw == LINES[1]
    assert "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o" not in repr(row)


@pytest.mark.parametrize(
    ("number", "old", "new", "why"),
    [
        (2, "`小额贷款还款-第3期", "`小额,`贷款", "28 values"),
        (2, "`NATIVE,", "", "26 values"),
        (2, "`1024.50,`0.00,`0", "`1,024.50,`0.00,`0", "not a sum"),
        (2, "`6.15000", "`6.150001", "not a sum"),
        (2, "`6.15000", "`NaN", "not a sum"),
        (2, "`0.60%,`1024.50", "`0.60%,`1024.505", "whole fen"),
        (2, "`0.60%,`1024.50", "`0.60%,`-1024.50", "whole fen"),
        (2, "`SUCCESS", "`PAYING", "PAYING"),
        (2, "00:00:09", "24:00:09", "not a time"),
        (2, "2026-11-20 ", "11/20/2026 ", "not a time"),
        (2, "1900000109", "1900000108", "another merchant"),
        (9, "`50.00,`0.00,`ORIGINAL", "`-,`0.00,`ORIGINAL", "not a sum"),
        (3, "`2026", "2026", "neither a row nor a summary"),
    ],
    ids=range(13),
)
def test_a_line_that_is_not_understood_is_shown_and_the_others_are_read(
    number: int, old: str, new: str, why: str
) -> None:
    entries = replaced(number, old, new)

    found = problems(entries)
    assert found[0][0] == number
    assert why in found[0][1]
    assert len(rows(entries)) == 9
    assert isinstance(entries[-1], BillTotals)


def test_a_line_that_is_not_utf8_is_shown() -> None:
    entries = read(TABLE.replace("第3期".encode(), "第3期".encode("gbk")))

    assert problems(entries) == [(2, "the line is not UTF-8")]
    assert len(rows(entries)) == 9


def test_a_reversal_is_neither_payment_nor_refund() -> None:
    entries = replaced(2, "`SUCCESS", "`REVOKED")

    assert (rows(entries)[0].kind, rows(entries)[0].amount_fen) == (BillKind.OTHER, 102450)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("`10,", "`11,", "counts 11 lines, there are 10"),
        ("`12201.42", "`12201.43", "订单总金额 is 12201.43"),
        ("`12200.42", "`12200.41", "应结订单总金额 is 12200.41"),
        ("`72.18000", "`72.18001", "手续费总金额 is 72.18001"),
        ("`170.00\r", "`170.01\r", "申请退款总金额 is 170.01"),
    ],
    ids=range(5),
)
def test_a_file_that_does_not_add_up_says_so(old: str, new: str, why: str) -> None:
    table = TABLE.decode("utf-8-sig")
    head, _, tail = table.rpartition("申请退款总金额")
    assert old in tail + "\r"

    found = problems(read(head + "申请退款总金额" + (tail + "\r").replace(old, new)))

    assert [why in message for _, message in found] == [True]


def test_a_row_that_is_missing_is_noticed() -> None:
    entries = read(written(LINES[:5] + LINES[6:]))

    assert any("counts 10 lines, there are 9" in message for _, message in problems(entries))


@pytest.mark.parametrize("last", [5, 11, 12])
def test_a_file_that_was_cut_off_says_so(last: int) -> None:
    entries = read(written(LINES[:last]))

    assert any("no summary" in message for _, message in problems(entries))
    assert not any(isinstance(entry, BillTotals) for entry in entries)


def test_lines_after_the_summary_are_shown() -> None:
    assert problems(read(written([*LINES, LINES[1]])))[0] == (15, "there is a line after the summary")


def test_a_day_without_rows_adds_up_to_nothing() -> None:
    table = written([LINES[0], SUMMARY_NAMES, "`0,`0.00,`0.00,`0.00,`0.00000,`0.00,`0.00", ""])

    assert read(table) == [BillTotals(payments_fen=0, refunds_fen=0, fees_fen=0)]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xef\xbb\xbf",
        b"hello",
        b'{"code":"SYSTEM_ERROR"}',
        b"\xff\xfe",
        b"\x1f\x8b damaged",
        gzip.compress(TABLE)[:-20],
        TABLE.replace("订单金额".encode(), b"x"),
        TABLE.partition(b"\r\n")[2],
    ],
    ids=range(9),
)
def test_what_is_no_bill_is_one_problem(content: bytes) -> None:
    entries = read(content)

    assert [type(entry) for entry in entries] == [BillProblem]


PAYMENTS = st.tuples(st.integers(1, 10**10), st.integers(0, 1000), st.booleans())
SUBJECTS = st.text(st.characters(codec="utf-8", exclude_characters="\r\n`"), max_size=30)


@given(given_rows=st.lists(st.tuples(PAYMENTS, SUBJECTS), max_size=12))
def test_what_is_written_as_a_bill_is_read_as_it_was(given_rows: list[tuple[tuple[int, int, bool], str]]) -> None:
    table, settled, asked, fees = [LINES[0]], 0, 0, 0
    for number, ((fen, fee, back), subject) in enumerate(given_rows):
        cells = dict.fromkeys(NAMES, "") | {
            "交易时间": "2026-11-20 12:00:00",
            "商户号": "1900000109",
            "微信订单号": f"W{number}",
            "商户订单号": f"PO{number}",
            "交易状态": "REFUND" if back else "SUCCESS",
            "货币种类": "CNY",
            "应结订单金额": "0.00" if back else yuan(fen),
            "订单金额": "0.00" if back else yuan(fen),
            "商户退款单号": f"RF{number}" if back else "0",
            "申请退款金额": yuan(fen) if back else "0.00",
            "退款金额": yuan(fen) if back else "0.00",
            "退款状态": "SUCCESS" if back else "",
            "手续费": f"{'-' if back else ''}{yuan(fee)}000",
            "商品名称": subject,
        }
        table.append(",".join(f"`{cells[name]}" for name in NAMES))
        settled, asked = settled + (not back) * fen, asked + back * fen
        fees += -fee if back else fee
    sums = [yuan(settled), yuan(asked), "0.00", f"{yuan(fees)}000", yuan(settled), yuan(asked)]
    table += [SUMMARY_NAMES, ",".join(f"`{value}" for value in [str(len(given_rows)), *sums]), ""]

    *entries, totals = read(written(table))

    assert [(row.kind, row.order_no, row.amount_fen, row.fee_fen, row.refund_no) for row in rows(entries)] == [
        (
            BillKind.REFUND if back else BillKind.PAYMENT,
            f"PO{number}",
            fen,
            -fee if back else fee,
            f"RF{number}" if back else None,
        )
        for number, ((fen, fee, back), _) in enumerate(given_rows)
    ]
    assert {row.occurred_at for row in rows(entries)} <= {datetime(2026, 11, 20, 12, tzinfo=SHANGHAI)}
    assert totals == BillTotals(payments_fen=settled, refunds_fen=asked, fees_fen=fees)


# Fetching

SIGNED_FOR: dict[str, Any] = {
    "hash_type": "SHA1",
    "hash_value": hashlib.sha1(TABLE).hexdigest(),
    "download_url": "https://api.mch.weixin.qq.com/v3/billdownload/file?token=abc",
}
PACKED = gzip.compress(TABLE)


async def fetched(*answers: httpx.Response) -> Any:
    return await channel(answering(*answers)).fetch_bill(BillRequest(DAY))


@pytest.mark.parametrize(
    ("changes", "content", "ok"),
    [
        ({}, PACKED, True),
        ({}, TABLE, True),
        ({"hash_value": SIGNED_FOR["hash_value"].upper()}, PACKED, True),
        ({}, gzip.compress(TABLE + b" "), False),
        ({}, PACKED[:-9], False),
        ({"hash_type": "MD5"}, PACKED, False),
        ({"hash_value": ""}, PACKED, False),
    ],
    ids=range(7),
)
async def test_a_file_is_what_its_hash_says_or_is_said_not_to_be(
    changes: dict[str, str], content: bytes, ok: bool
) -> None:
    found = await fetched(answer({**SIGNED_FOR, **changes}), httpx.Response(200, content=content))

    assert isinstance(found, BillFile)
    assert (found.hash_ok, found.content, found.day, found.kind) == (ok, content, DAY, BillKind.TRADE)


TEN = datetime(2026, 11, 21, 10, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("now", "found"),
    [(TEN, BillEmpty()), (TEN - timedelta(minutes=1), BillNotReady(timedelta(minutes=1)))],
    ids=["ten", "before"],
)
async def test_that_there_is_no_bill_means_no_trades_only_from_ten_oclock_on(now: datetime, found: Any) -> None:
    none = answer({"code": "NO_STATEMENT_EXIST"}, 400, at=now)

    assert await channel(answering(none), now=now).fetch_bill(BillRequest(DAY)) == found


async def test_a_day_that_is_not_over_is_not_asked_about() -> None:
    assert await channel(now=TEN).fetch_bill(BillRequest(TEN.date())) == BillNotReady(timedelta(days=1))


async def test_a_bill_that_is_being_made_is_asked_for_later() -> None:
    found = await fetched(answer({"code": "STATEMENT_CREATING"}, 400))

    assert found == BillNotReady(timedelta(minutes=30))


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ([httpx.Response(400, json={"code": "NO_STATEMENT_EXIST"})], ErrorCode.BAD_SIGNATURE_ON_ANSWER),
        ([answer({"code": "NO_AUTH"}, 403)], ErrorCode.NO_PERMISSION),
        ([answer({})], ErrorCode.MALFORMED_ANSWER),
        ([answer({"download_url": "http://elsewhere.example/x"})], ErrorCode.MALFORMED_ANSWER),
        ([answer({"download_url": "https://elsewhere.example:port/x"})], ErrorCode.MALFORMED_ANSWER),
        ([answer(SIGNED_FOR), httpx.Response(404)], ErrorCode.SYSTEM_ERROR),
        ([answer(SIGNED_FOR), httpx.Response(200)], ErrorCode.MALFORMED_ANSWER),
    ],
    ids=range(7),
)
async def test_a_bill_that_does_not_come_says_why_and_is_not_taken_for_none(
    answers: list[httpx.Response], code: ErrorCode
) -> None:
    found = await fetched(*answers)

    assert isinstance(found, BillNotReady)
    assert found.error
    assert found.error.code is code


async def test_there_is_no_bill_of_funds() -> None:
    with pytest.raises(NotOffered):
        await channel().fetch_bill(BillRequest(DAY, BillKind.FUND))
