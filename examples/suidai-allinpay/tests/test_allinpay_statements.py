"""The daily statement: when there is one, what its lines say, and that they add up."""

import zipfile
from datetime import date, datetime, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from allinpay_cases import MERCHANT, NOW, ORDER, REFUND, TODAY, Town, channel, debit, refund, town
from suidai_allinpay import statements
from suidai_allinpay.sandbox import Fault, papers

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
    DebitBatch,
    NotOffered,
)

DAY = "20261122"
BEFORE = timedelta(hours=21)
"""From NOW to a quarter past seven of the next morning."""
AFTER = timedelta(hours=23)


async def a_day() -> Town:
    """A debit, a refund of a part, and a batch of two of which one failed."""
    here = town()
    asked = await here.debit()
    await here.channel.debit(asked)
    await here.channel.refund(refund(100_00))
    items = (debit(asked.token, 50_00, "PO1"), debit("AIP-nobodys", 60_00, "PO2"))
    await here.channel.debit_batch(DebitBatch("BT1", items))
    here.clock.forward(AFTER)
    return here


async def fetched(here: Town) -> BillFile:
    bill = await here.channel.fetch_bill(BillRequest(TODAY))
    assert isinstance(bill, BillFile)
    return bill


def read(text: str, **more: object) -> list[BillEntry]:
    file = BillFile(papers.zipped(text, DAY), "s.zip", "", day=TODAY)
    return list(channel().parse_bill(file if not more else BillFile(**more)))


def problems(entries: list[BillEntry]) -> list[str]:
    return [entry.message for entry in entries if isinstance(entry, BillProblem)]


def text_of(bill: BillFile) -> str:
    with zipfile.ZipFile(BytesIO(bill.content)) as archive:
        return archive.read(archive.namelist()[0]).decode("gbk")


async def test_a_statement_has_what_moved_and_adds_up() -> None:
    here = await a_day()

    entries = list(here.channel.parse_bill(await fetched(here)))

    rows = [entry for entry in entries if isinstance(entry, BillRow)]
    assert [(row.kind, row.order_no, row.refund_no, row.amount_fen) for row in rows] == [
        (BillKind.PAYMENT, ORDER, None, 1022_50),
        (BillKind.REFUND, ORDER, REFUND, 100_00),
        (BillKind.PAYMENT, "PO1", None, 50_00),
    ]
    assert [entry for entry in entries if isinstance(entry, BillTotals)] == [BillTotals(2, 1072_50, 1, 100_00, 2_00)]
    assert not problems(entries)


async def test_a_payment_says_what_is_kept_of_it_and_when_it_was() -> None:
    here = await a_day()

    row = next(entry for entry in here.channel.parse_bill(await fetched(here)) if isinstance(entry, BillRow))

    assert (row.fee_fen, row.received_fen) == (1_00, 1021_50)
    assert row.occurred_at == datetime(2026, 11, 22, 10, 15, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert row.raw.startswith(ORDER)


async def test_the_statement_of_a_day_is_asked_for_with_its_fees() -> None:
    here = await a_day()

    bill = await fetched(here)

    asked = here.gateway.heard[-1].one("QTRANSREQ")
    assert (asked["START_DAY"], asked["END_DAY"], asked["CONTFEE"]) == ("20261122000000", "20261122235959", "1")
    assert (bill.day, bill.name, len(bill.sha256)) == (TODAY, f"{MERCHANT}_20261122.zip", 64)


async def test_there_is_no_statement_of_a_day_that_is_not_over() -> None:
    here = town()

    told = await here.channel.fetch_bill(BillRequest(TODAY))

    assert told == BillNotReady(datetime(2026, 11, 23, 9, tzinfo=ZoneInfo("Asia/Shanghai")) - NOW)
    assert not here.gateway.heard


async def test_no_statement_before_nine_is_no_day_without_trades() -> None:
    here = town()
    here.clock.forward(BEFORE)
    early = await here.channel.fetch_bill(BillRequest(TODAY))
    here.clock.forward(AFTER - BEFORE)
    later = await here.channel.fetch_bill(BillRequest(TODAY))

    assert isinstance(early, BillNotReady)
    assert later == BillEmpty()


@pytest.mark.parametrize("code", ["1000", "2000", "2008", "0014", "9999"])
async def test_a_statement_that_is_refused_may_come_later(code: str) -> None:
    here = await a_day()
    here.gateway.plan("200002", Fault(Fault.INFO, code))

    told = await here.channel.fetch_bill(BillRequest(TODAY))

    assert isinstance(told, BillNotReady)
    assert told.error
    assert told.error.provider_code == code


async def test_only_trades_are_on_offer() -> None:
    with pytest.raises(NotOffered):
        await channel().fetch_bill(BillRequest(TODAY, BillKind.FUND))


async def test_an_empty_statement_has_totals_and_no_line() -> None:
    assert read(papers.statement(MERCHANT, DAY, [])) == [BillTotals(0, 0, 0, 0, 0)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("|102250|", "|102251|"),
        (f"{ORDER}|0000|1|", f"{ORDER}|0000|0|"),
        ("|2|107250|", "|3|107250|"),
        ("|200\r", "|300\r"),
    ],
)
async def test_a_statement_that_does_not_add_up_says_so(old: str, new: str) -> None:
    text = text_of(await fetched(await a_day()))
    assert old in text

    assert "the lines do not add up to the totals" in problems(read(text.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("|102250|", "|1022.50|", "no sum"),
        ("|102250|", "|-102250|", "no sum"),
        (ORDER, "", "no number"),
        ("20261122101530", "20261322101530", "no time"),
        ("|0000|" + ORDER, "|3008|" + ORDER, "did not succeed|that succeeded"),
        ("|还款", "|还|款", "12 fields"),
    ],
)
async def test_a_line_that_is_not_understood_is_shown_to_a_person(old: str, new: str, said: str) -> None:
    first, line, *rest = text_of(await fetched(await a_day())).split("\r\n")
    told = problems(read("\r\n".join([first, line.replace(old, new, 1), *rest])))

    assert len(told) == 2
    assert any(part in told[0] for part in said.split("|"))


async def test_a_statement_of_another_merchant_or_day_is_not_read() -> None:
    text = text_of(await fetched(await a_day()))

    assert problems(read(text.replace(MERCHANT, "200604000000999", 1))) == ["the statement is another merchant's"]
    assert problems(read(text.replace(f"{DAY}|{MERCHANT}", f"20261121|{MERCHANT}"))) == [
        "the statement is of another day"
    ]


def test_a_zip_that_grows_without_end_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "MOST_BYTES", 1000)

    assert problems(read("0" * 10_000)) == ["the statement cannot be opened: ValueError"]


def unnamed(text: str) -> bytes:
    """The text in a zip, under a name without a letter."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.txt", text)
    return file.getvalue().replace(b"a.txt", b"\0.txt")


@pytest.mark.parametrize("content", [b"", b"PK", b"<html>busy</html>", unnamed(papers.statement(MERCHANT, DAY, []))])
def test_what_is_no_zip_is_a_problem(content: bytes) -> None:
    told = read("", content=content, name="s.zip", sha256="", day=date(2026, 11, 22))

    assert len(problems(told)) == 1
