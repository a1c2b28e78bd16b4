"""Checks of bills: every line is a row or a problem, sums are whole fen, and no file makes the reader fall over."""

from collections.abc import Iterator
from dataclasses import replace

from domain.payments.ports import BillEntry, BillFile, BillKind, BillProblem, BillRow, BillTotals
from plugins.testing.subject import Subject, must

_MOVES = {BillKind.PAYMENT, BillKind.REFUND}


def bills_are_read(subject: Subject, file: BillFile, *, empty: BillFile | None = None) -> None:
    """A file with payments and refunds is read to its end; an empty one has no line; a broken one is a problem."""
    entries = _read(subject, "the file", file)
    rows = [entry for entry in entries if isinstance(entry, BillRow)]
    must({row.kind for row in rows} >= _MOVES, "the file to check with needs a payment and a refund")
    must(not _problems(entries), f"a line of a good file is not understood: {_problems(entries)}")
    must(sum(isinstance(entry, BillTotals) for entry in entries) == 1, "a bill states its totals once")
    must(_read(subject, "the file", file) == entries, "the same file is read in two ways")
    for row in rows:
        must(row.kind not in _MOVES or row.amount_fen > 0, f"a {row.kind} of {row.amount_fen} fen")
        must(all(type(sum_fen) in {int, type(None)} for sum_fen in _sums(row)), "a sum that is not whole fen")
        must(row.occurred_at is None or row.occurred_at.tzinfo, "a time without its offset")
        must(row.raw, "a row does not keep its line as it was written")
    if empty:
        nothing = _read(subject, "the empty file", empty)
        must(not [entry for entry in nothing if not isinstance(entry, BillTotals)], "an empty bill has a line")
    for what, broken in _broken(file):
        must(_problems(_read(subject, what, broken)), f"{what} is read as if it were good")


def _read(subject: Subject, what: str, file: BillFile) -> list[BillEntry]:
    try:
        # Without a transport: a reader that calls somebody fails here.
        return list(subject.channel().parse_bill(file))
    except Exception as error:
        raise AssertionError(f"reading {what} raises {type(error).__name__}") from error


def _broken(file: BillFile) -> Iterator[tuple[str, BillFile]]:
    yield "a file without content", replace(file, content=b"")
    yield "a file cut in half", replace(file, content=file.content[: len(file.content) // 2])
    yield "a file of something else", replace(file, content=b"<html>busy</html>\r\n" * 40)


def _problems(entries: list[BillEntry]) -> list[BillProblem]:
    return [entry for entry in entries if isinstance(entry, BillProblem)]


def _sums(row: BillRow) -> tuple[int | None, ...]:
    return row.amount_fen, row.received_fen, row.fee_fen
