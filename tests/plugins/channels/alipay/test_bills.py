"""Alipay's daily bill: what its lines say, and everything that is shown to a person instead of being guessed."""

import json
import zipfile
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import pytest

from plugins.channels.alipay.bills import parse
from suidai.contract import (
    BillEntry,
    BillFile,
    BillKind,
    BillProblem,
    BillRow,
    BillTotals,
)
from tests.plugins.channels.alipay.bill_files import (
    DETAILS,
    FOLDER,
    FUND_HEADER,
    MOVES,
    SUMMARY,
    bill,
    changed,
    fund_table,
    vector,
    zipped,
)

SELLER = "2088000000000001"
EXPECTED = json.loads((FOLDER / "alipay_20261120.expected.json").read_text())
FILE = bill((FOLDER / "alipay_20880000000000010156_20261120.csv.zip").read_bytes())


def read(file: BillFile) -> list[BillEntry]:
    return list(parse(file, SELLER))


def rows(entries: list[BillEntry]) -> list[BillRow]:
    return [entry for entry in entries if isinstance(entry, BillRow)]


def problems(file: BillFile) -> list[BillProblem]:
    return [entry for entry in read(file) if isinstance(entry, BillProblem)]


def totals(entries: list[BillEntry]) -> BillTotals:
    (found,) = (entry for entry in entries if isinstance(entry, BillTotals))
    return found


def as_expected(row: BillRow) -> dict[str, Any]:
    assert row.occurred_at
    return {
        "provider_trade_no": row.provider_no,
        "merchant_order_no": row.order_no,
        "kind": row.kind,
        "amount_fen": row.amount_fen,
        "received_fen": row.received_fen,
        "fee_fen": row.fee_fen,
        "merchant_refund_no": row.refund_no,
        "finished_at": str(row.occurred_at),
    }


def test_the_vectors_bill_says_what_is_expected() -> None:
    entries = read(FILE)

    expected = [{name: row[name] for name in row if name != "created_at"} for row in EXPECTED["rows"]]
    assert [as_expected(row) for row in rows(entries)] == expected
    assert {row.currency for row in rows(entries)} == {"CNY"}
    said = EXPECTED["totals"]
    assert totals(entries) == BillTotals(
        payments=said["payments"],
        payments_fen=said["payment_received_fen"],
        refunds=said["refunds"],
        refunds_fen=said["refund_received_fen"],
        fees_fen=said["fee_net_fen"],
    )
    assert problems(FILE) == []
    assert entries[-1] == totals(entries)


def test_the_empty_bill_has_no_line_and_no_problem() -> None:
    content = (FOLDER / "alipay_20880000000000010156_20261121_empty.csv.zip").read_bytes()

    (only,) = read(bill(content, day=date(2026, 11, 21)))

    assert only == BillTotals(payments=0, payments_fen=0, refunds=0, refunds_fen=0)


def test_a_line_is_kept_as_it_was_written() -> None:
    first = rows(read(FILE))[0]

    assert first.raw.startswith("2026112022001477311400000001\t,RP202611200001\t,交易\t,小额贷款还款-第3期,")
    assert "159****5620" not in repr(first)


def test_a_comma_in_a_subject_is_shown_and_the_other_lines_are_read() -> None:
    entries = read(changed("小额贷款还款-第1期", "还款, 第1期"))

    (problem,) = [entry for entry in entries if isinstance(entry, BillProblem)]
    assert (problem.line, "26 cells" in problem.message, "RP202611200002" in problem.raw) == (7, True, True)
    assert len(rows(entries)) == len(EXPECTED["rows"]) - 1
    assert totals(entries).payments == 8


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("300.00,300.00,", "300.00,30０.00,", "is not a sum"),
        ("300.00,300.00,", "300.005,300.00,", "is not a sum"),
        ("300.00,300.00,", "-300.00,-300.00,", "other way"),
        ("-50.00,-50.00,", "50.00,50.00,", "other way"),
        ("RP202611200002\t,交易\t", "RP202611200002\t,转账\t", "neither a trade nor a refund"),
        ("2026-11-20 08:12:50", "20/11/2026", "is not a time"),
        ("2026112022001477311400000002\t,", "\t,", "支付宝交易号 is empty"),
        ("*四(138****0001)\t,300.00,", "*四(138****0001)\t300.00,", "24 cells"),
    ],
    ids=["letters", "a tenth of a fen", "negative payment", "positive refund", "other business", "time", "id", "cells"],
)
def test_a_line_that_is_not_understood_is_not_guessed(old: str, new: str, says: str) -> None:
    (problem,) = problems(changed(old, new))

    assert says in problem.message
    assert problem.line in {7, 13}


def test_a_letter_that_is_none_spoils_its_own_line_only() -> None:
    tables = vector()
    spoiled = tables[DETAILS].encode("gb18030").replace("自动代扣第2期".encode("gbk"), b"\xff\xff")

    file = bill(zipped({DETAILS: spoiled, SUMMARY: tables[SUMMARY]}))

    (problem,) = problems(file)
    assert (problem.line, len(rows(read(file)))) == (8, 9)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("#交易合计：8笔", "#交易合计：9笔", "payments: the table says 9"),
        ("商家实收共12191.42元", "商家实收共12191.41元", "the table says 8 with 12191.41"),
        ("商家实收退款共-170.00元", "商家实收退款共-170.01元", "refunds: the table says 2 with -170.01"),
        ("#退款合计", "#什么", "does not say what it adds up to"),
        ("#交易合计：8笔", f"#交易合计：{'8' * 5000}笔", "does not say what it adds up to"),
        ("明细列表结束", "明细列表", "breaks off"),
    ],
    ids=["count", "received", "given back", "silent", "a number nobody can read", "cut off"],
)
def test_a_file_that_does_not_add_up_is_shown(old: str, new: str, says: str) -> None:
    (problem,) = problems(changed(old, new))

    assert says in problem.message


def test_a_line_that_vanished_is_missed_by_count_even_where_another_was_set_aside() -> None:
    tables = vector()
    lines = tables[DETAILS].splitlines(keepends=True)
    del lines[5]
    spoiled = "".join(lines).replace("小额贷款还款-第1期", "还款, 第1期")

    assert len(problems(bill(zipped({**tables, DETAILS: spoiled})))) == 2


def test_fees_that_do_not_agree_with_the_summary_are_shown() -> None:
    (problem,) = problems(changed("-72.13", "-72.14", table=SUMMARY))

    assert "72.14 yuan of fees, the lines have 72.13" in problem.message


def test_without_a_summary_the_bill_is_silent_about_its_fees() -> None:
    entries = read(bill(zipped({DETAILS: vector()[DETAILS]})))

    assert totals(entries).fees_fen is None
    assert len(rows(entries)) == 10


def test_columns_are_found_by_name_wherever_they_stand_and_whatever_brackets_they_have() -> None:
    tables = vector()
    lines = [
        ",".join(["新列（元）" if line.startswith("支付宝") else "1.00", *reversed(line.split(","))])
        if line[:1] not in {"#", ""}
        else line
        for line in tables[DETAILS].split("\r\n")
    ]
    turned = "\r\n".join(lines).replace("订单金额（元）", "订单金额(元)")

    assert [as_expected(row) for row in rows(read(bill(zipped({**tables, DETAILS: turned}))))] == [
        as_expected(row) for row in rows(read(FILE))
    ]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("商家实收（元）", "实收（元）", "no column 商家实收"),
        ("券名称", "订单金额（元）", "same name"),
        ("[20880000000000010156]", "[20880000000000020156]", "another account"),
        ("起始日期：[2026年11月20日", "起始日期：[2026年11月19日", "is not of 2026-11-20"),
    ],
)
def test_a_table_that_is_not_the_one_is_not_read_at_all(old: str, new: str, says: str) -> None:
    entries = read(changed(old, new))

    assert len(entries) == 1
    assert isinstance(entries[0], BillProblem)
    assert says in entries[0].message


def test_no_row_is_given_of_an_archive_that_cannot_be_trusted() -> None:
    content = FILE.content
    details = vector()[DETAILS]
    archives = {
        "empty": b"",
        "cut": content[:-30],
        "flipped": content[:200] + bytes([content[200] ^ 1]) + content[201:],
        "no tables": zipped({}),
        "two tables": zipped({DETAILS: details, "more_业务明细.csv": details}),
        "many files": zipped({f"{number:06}.csv": "" for number in range(65)}),
        "another packing": _packed(details, zipfile.ZIP_BZIP2),
        "an empty table": zipped({DETAILS: ""}),
    }

    for name, archive in archives.items():
        entries = read(bill(archive))
        assert [type(entry) for entry in entries] == [BillProblem], name


def _packed(table: str, way: int) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", way) as archive:
        archive.writestr("x.csv", table.encode("gb18030"))
    return file.getvalue()


def move(number: int, order: str, income: str, expense: str, business: str) -> str:
    when = f"2026-11-20 10:00:{number:02d}"
    return (
        f"7000{number}\t,2026112{number}\t,{order}\t,还款,{when},*三\t,{income},{expense},100.00,支付宝,{business}\t,"
    )


@pytest.mark.parametrize("expense", ["3笔，共-90.60元", "3笔，共90.60元"], ids=["with its sign", "without"])
def test_what_moved_on_the_account_is_read_too(expense: str) -> None:
    table = fund_table(
        [
            move(1, "RP1", "100.00", "0.00", "在线支付"),
            move(2, "RP1", " 0.00", "-0.60", "收费"),
            move(3, "RP1", "0.00", "-40.00", "交易退款"),
            move(4, "RP1", "0.24", "", "退费"),
            move(5, "", "0.00", "-50.00", "提现"),
        ],
        income="2笔，共100.24元",
        expense=expense,
    )

    entries = read(bill(zipped({MOVES: table}), kind=BillKind.FUND))

    assert [(row.kind, row.order_no, row.amount_fen, row.status) for row in rows(entries)] == [
        (BillKind.PAYMENT, "RP1", 10000, "在线支付"),
        (BillKind.FEE, "RP1", 60, "收费"),
        (BillKind.REFUND, "RP1", 4000, "交易退款"),
        (BillKind.FEE, "RP1", -24, "退费"),
        (BillKind.OTHER, None, -5000, "提现"),
    ]
    assert rows(entries)[0].occurred_at == datetime(2026, 11, 20, 2, 0, 1, tzinfo=UTC)
    assert [entry for entry in entries if isinstance(entry, BillProblem)] == []


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (move(1, "RP1", "100.00", "-1.00", "在线支付"), "both ways"),
        (move(1, "RP1", "0.00", "0.00", "在线支付"), "not at all"),
        (move(1, "RP1", "a lot", "0.00", "在线支付"), "not a sum"),
        (move(1, "RP1", "100.01", "0.00", "在线支付"), "income: the table says 1 with 100.00"),
    ],
)
def test_a_move_that_cannot_be_is_shown(line: str, says: str) -> None:
    assert FUND_HEADER.count(",") == line.count(",")
    (problem,) = problems(bill(zipped({MOVES: fund_table([line])}), kind=BillKind.FUND))

    assert says in problem.message
