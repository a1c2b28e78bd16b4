"""What is read in UnionPay's file, and what is not guessed."""

import zipfile
from collections.abc import Mapping
from datetime import date, datetime
from hashlib import sha256
from io import BytesIO

import pytest

from plugins.channels.bank_withholding.bills import COLUMNS, LINE, parse
from suidai.contract import BillEntry, BillFile, BillKind, BillProblem, BillRow, BillTotals

MERCHANT = "777290058110048"
DAY = date(2026, 11, 20)
PAYMENT = {
    "trade_code": "S22",
    "trans_time": "1120090001",
    "txn_amt": "000000102450",
    "query_id": "202611200900000000001",
    "order_id": "WD20261120000001",
    "fee": "D000000000200",
    "settle_amt": "C000000102450",
    "txn_type": "11",
    "mer_id": MERCHANT,
    "net_amt": "C000000102250",
}
REFUND = {
    **PAYMENT,
    "txn_type": "04",
    "order_id": "RF20261120000001",
    "fee": "C000000000000",
    "net_amt": "D000000102450",
}


def line(fields: Mapping[str, str]) -> bytes:
    return b" ".join(fields.get(name, "").encode("gb18030").ljust(width) for name, width in COLUMNS.items())


def read(*lines: bytes, name: str = f"INN26112088ZM_{MERCHANT}", day: date | None = DAY) -> list[BillEntry]:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, b"".join(one + b"\r\n" for one in lines))
    file = BillFile(packed.getvalue(), "x.zip", sha256(packed.getvalue()).hexdigest(), day=day)
    *entries, totals = parse(file, MERCHANT)
    assert totals == BillTotals()
    return entries


def only_row(*lines: bytes, day: date | None = DAY) -> BillRow:
    (row,) = read(*lines, day=day)
    assert isinstance(row, BillRow), row
    return row


def test_a_line_has_the_width_of_its_columns() -> None:
    assert len(line(PAYMENT)) == LINE == sum(COLUMNS.values()) + 41


def test_bytes_are_cut_before_they_are_decoded() -> None:
    # 㐀 is four bytes long, and no letter of GBK.
    row = only_row(line({**PAYMENT, "sub_mer_abbr": "随贷小额贷款有限公司", "mer_reserved": "第三期㐀"}))

    assert (row.amount_fen, row.fee_fen, row.received_fen) == (102450, 200, 102250)
    assert "随贷小额贷款有限公司" in row.raw
    assert row.occurred_at == datetime.fromisoformat("2026-11-20T09:00:01+08:00")


@pytest.mark.parametrize(
    ("changes", "fee", "received"),
    [
        ({}, 200, 102250),
        ({"fee": "C000000000200", "net_amt": "C000000102650"}, -200, 102650),
        ({"txn_amt": "000000000001", "net_amt": "D000000000199"}, 200, -199),
    ],
    ids=["charged", "given back", "more than the sum"],
)
def test_a_fee_and_what_is_left_have_their_direction(changes: dict[str, str], fee: int, received: int) -> None:
    row = only_row(line({**PAYMENT, **changes}))

    assert (row.fee_fen, row.received_fen) == (fee, received)


def test_a_refund_names_the_payment_where_the_file_does() -> None:
    known = only_row(line({**REFUND, "orig_order_id": "WD20261119000042"}))
    unknown = only_row(line(REFUND))

    assert (known.kind, known.order_no, known.refund_no) == (BillKind.REFUND, "WD20261119000042", "RF20261120000001")
    assert (known.amount_fen, known.received_fen, known.fee_fen) == (102450, 102450, 0)
    assert unknown.order_no is None


def test_another_kind_of_trade_is_other() -> None:
    assert only_row(line({**PAYMENT, "txn_type": "12"})).kind is BillKind.OTHER


@pytest.mark.parametrize(
    ("day", "trans_time", "expected"),
    [
        (date(2027, 1, 1), "1231235959", "2026-12-31T23:59:59+08:00"),
        (date(2026, 12, 31), "0101000001", "2027-01-01T00:00:01+08:00"),
        (date(2028, 2, 29), "0229120000", "2028-02-29T12:00:00+08:00"),
        (None, "1120090001", "2026-11-20T09:00:01+08:00"),
    ],
    ids=["old year", "new year", "leap day", "no day known"],
)
def test_a_time_without_a_year_is_the_nearest(day: date | None, trans_time: str, expected: str) -> None:
    row = only_row(line({**PAYMENT, "trans_time": trans_time}), day=day)

    assert row.occurred_at == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    "changes",
    [
        {"txn_amt": "00000010245x"},
        {"txn_amt": ""},
        {"fee": "X000000000200"},
        {"fee": "000000000200"},
        {"net_amt": "C00000010225"},
        {"order_id": ""},
        {"query_id": ""},
        {"trans_time": "1345000000"},
        {"trans_time": ""},
        {"mer_id": "777290058110097"},
    ],
    ids=str,
)
def test_a_line_that_is_not_understood_is_a_persons(changes: dict[str, str]) -> None:
    problem, row = read(line({**PAYMENT, **changes}), line(PAYMENT))

    assert isinstance(problem, BillProblem)
    assert problem.line == 1
    assert isinstance(row, BillRow)


def test_a_line_of_another_width_is_a_persons() -> None:
    whole = line(PAYMENT)
    shifted = whole[:40] + b"x" + whole[40:-1]

    problems = read(whole + b"x", shifted, whole[:200], line({**PAYMENT, "mer_reserved": "贷"})[:-1] + b"\xff")

    assert all(isinstance(problem, BillProblem) for problem in problems)
    assert len(problems) == 4


def test_blanks_that_were_lost_at_the_end_change_nothing() -> None:
    assert only_row(line(PAYMENT).rstrip()) == only_row(line(PAYMENT).rstrip(), b"")


def test_a_dispute_is_shown_to_a_person() -> None:
    problem, none = read(b"S64 dispute", name=f"INN26112088ZME_{MERCHANT}")

    assert isinstance(problem, BillProblem)
    assert isinstance(none, BillProblem)
    assert {"dispute" in one.message for one in (problem, none)} == {True, False}


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"hello"])
def test_a_file_that_is_damaged_is_a_persons(content: bytes) -> None:
    (problem,) = parse(BillFile(content, "x.zip", ""), MERCHANT)

    assert isinstance(problem, BillProblem)
