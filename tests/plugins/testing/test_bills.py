"""A bill of which something is lost, or taken for something else, is found."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest

from plugins.testing import Subject, bills_are_fetched, bills_are_read
from suidai.contract import (
    BillAnswer,
    BillEntry,
    BillFile,
    BillKind,
    BillProblem,
    BillRequest,
    BillRow,
    BillTotals,
)
from tests.plugins.testing.allinpay import altered
from tests.plugins.testing.till import Cash, Check, bills, spoiled


def only_rows(self: Cash, file: BillFile) -> Iterator[BillEntry]:
    return (entry for entry in Cash.parse_bill(self, file) if not isinstance(entry, BillProblem))


def signed_sums(self: Cash, file: BillFile) -> Iterator[BillEntry]:
    for entry in Cash.parse_bill(self, file):
        yield replace(entry, amount_fen=-entry.amount_fen) if isinstance(entry, BillRow) else entry


def floats(self: Cash, file: BillFile) -> Iterator[BillEntry]:
    for entry in Cash.parse_bill(self, file):
        yield replace(entry, fee_fen=0.5) if isinstance(entry, BillRow) else entry


def falls_over(self: Cash, file: BillFile) -> Iterator[BillEntry]:
    return iter([*Cash.parse_bill(self, file), *([] if file.content[-3:] == b"end" else [1 / 0])])  # type: ignore[list-item]


def leaves_out(self: Cash, file: BillFile) -> Iterator[BillEntry]:
    """Says that something is wrong with a file that has no row, and passes over a bad line of any other."""
    entries = list(Cash.parse_bill(self, file))
    rows = any(isinstance(entry, BillRow) for entry in entries) and file.content.endswith(b"end")
    return (entry for entry in entries if not rows or not isinstance(entry, BillProblem))


def counts_wrongly(self: Cash, file: BillFile) -> Iterator[BillEntry]:
    for entry in Cash.parse_bill(self, file):
        yield BillTotals(payments=2) if isinstance(entry, BillTotals) else entry


def never_ends(self: Cash, file: BillFile) -> Iterator[BillEntry]:
    """Takes the sums from its lines, and a file for whole that has none after them."""
    ended = file.content if file.content.endswith(b"end") else file.content + b"\nend"
    said = list(Cash.parse_bill(self, replace(file, content=ended)))
    rows = [entry for entry in said if isinstance(entry, BillRow)]
    paid = [row.amount_fen for row in rows if row.kind is BillKind.PAYMENT]
    yield from (entry for entry in said if not isinstance(entry, BillTotals))
    yield BillTotals(payments=len(paid), payments_fen=sum(paid))


@pytest.mark.parametrize(
    ("check", "subject", "says"),
    [
        (bills, spoiled(parse_bill=only_rows), "is read as if it were good"),
        (bills, spoiled(parse_bill=signed_sums), "PAYMENT of -100 fen"),
        (bills, spoiled(parse_bill=floats), "not whole fen"),
        (bills, spoiled(parse_bill=falls_over), "raises ZeroDivisionError: division by zero"),
        (bills, spoiled(parse_bill=leaves_out), "a line is cut in half is read as if it were good: 'PAYMENT 100'"),
        (bills, spoiled(parse_bill=counts_wrongly), "payments are 2 in its totals and 1 in its lines"),
        (bills, spoiled(parse_bill=never_ends), "ends after this line is read as if it were good: 'PAYMENT 100'"),
    ],
    ids=range(7),
)
async def test_a_spoiled_channel_is_found(check: Check, subject: Subject, says: str) -> None:
    with pytest.raises(AssertionError, match=says):
        await check(subject)


@pytest.mark.parametrize(
    "fen_of",
    [lambda yuan: int(float(yuan) * 100), lambda yuan: int(Decimal(yuan) * 100)],
    ids=["through a float", "exactly"],
)
async def test_a_sum_that_goes_through_a_float_is_found(fen_of: Callable[[str], int]) -> None:
    def parse(self: Cash, file: BillFile) -> Iterator[BillEntry]:
        for entry in Cash.parse_bill(self, replace(file, content=file.content.replace(b".", b""))):
            if isinstance(entry, BillRow):
                written = f"{entry.raw[:-2]}.{entry.raw[-2:]}"
                yield replace(entry, amount_fen=fen_of(written.partition(" ")[2]), raw=written)
            else:
                yield entry

    file, till = BillFile(b"PAYMENT 100.00\nREFUND 40.00\nend", "bill", ""), spoiled(parse_bill=parse)
    if fen_of("1.15") == 115:
        bills_are_read(till, file)
    else:
        with pytest.raises(AssertionError, match=r"yuan are read as \[\d+\] fen: money never goes through a float"):
            bills_are_read(till, file)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda bill: replace(bill, sha256=""), "sha256 is not that of its bytes"),
        (lambda bill: replace(bill, day=date(2026, 11, 19)), "2026-11-20 says that it is of 2026-11-19"),
        (lambda bill: replace(bill, kind=BillKind.FUND), "of TRADE says that it is of FUND"),
        (lambda bill: BillFile(b"", "bill", sha256(b"").hexdigest()), "2026-11-20 is not understood"),
    ],
    ids=range(4),
)
async def test_a_bill_that_comes_otherwise_than_it_was_asked_for_is_found(
    change: Callable[[BillFile], BillFile], says: str, tillpay: Subject
) -> None:
    base: Any = type(tillpay.channel())

    async def fetch(self: Any, asked: BillRequest) -> BillAnswer:
        told = await base.fetch_bill(self, asked)
        return change(told) if isinstance(told, BillFile) else told

    await bills_are_fetched(tillpay)
    with pytest.raises(AssertionError, match=says):
        await bills_are_fetched(altered(tillpay, fetch_bill=fetch))
