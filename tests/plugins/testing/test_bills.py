"""A bill of which something is lost, or taken for something else, is found."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from plugins.testing import Subject
from suidai.contract import BillEntry, BillFile, BillKind, BillProblem, BillRow, BillTotals
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
