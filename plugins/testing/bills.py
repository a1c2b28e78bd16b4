"""Checks of bills: every line is a row or a problem, sums are whole fen, and no file makes the reader fall over."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import cache
from hashlib import sha256
from io import BytesIO
from zipfile import ZipFile, is_zipfile

from domain.payments.ports import BillEntry, BillFile, BillKind, BillProblem, BillRequest, BillRow, BillTotals
from domain.shared.days import business_day
from plugins.testing.subject import NothingToTry, Subject, must
from plugins.testing.town import pays, town

Seen = Callable[[list[BillEntry]], bool]
"""Whether what was read shows that something is wrong."""

_MOVES = {BillKind.PAYMENT, BillKind.REFUND}


def bills_are_read(subject: Subject, file: BillFile, *, empty: BillFile | None = None) -> None:
    """A file with payments and refunds is read to its end; an empty one has no line; a broken one is a problem."""
    entries = _read(subject, "the file", file)
    rows = [entry for entry in entries if isinstance(entry, BillRow)]
    must({row.kind for row in rows} >= _MOVES, "the file to check with needs a payment and a refund")
    must(not _problems(entries), f"a line of a good file is not understood: {_problems(entries)}")
    must(sum(isinstance(entry, BillTotals) for entry in entries) == 1, "a bill states its totals once")
    must(not _disagreement(entries), f"the lines of a good file add up to something else: {_disagreement(entries)}")
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
    for row in rows:
        for what, spoiled, seen in _spoiled(file, row, totalled=_states_totals(entries)):
            must(seen(_read(subject, what, spoiled)), f"{what} is read as if it were good: {row.raw!r}")
        for yuan, fen, other in _other_sums(file, row):
            read = [entry for entry in _read(subject, "a file of another sum", other) if isinstance(entry, BillRow)]
            lost = [said for one in read for said in _sums(one) if said in {fen - 1, fen + 1}]
            must(not lost, f"{yuan} yuan are read as {lost[:1]} fen: money never goes through a float")


async def bills_are_fetched(subject: Subject) -> None:
    """A bill that the gateway has comes whole, with its own hash, of the day and kind that were asked, and can be read."""
    had = False
    async with town(subject) as here:
        if pays(subject):
            await here.paid()
        for days in (1, 7):
            asked = BillRequest(business_day(subject.now) - timedelta(days=days))
            bill = await here.ask("fetch_bill", lambda channel, asked=asked: channel.fetch_bill(asked))
            if isinstance(bill, BillFile):
                had = True
                must(
                    bill.sha256.lower() == sha256(bill.content).hexdigest(), "a bill's sha256 is not that of its bytes"
                )
                must(bill.day in {None, asked.date}, f"the bill of {asked.date} says that it is of {bill.day}")
                must(bill.kind is asked.kind, f"the bill of {asked.kind} says that it is of {bill.kind}")
                problems = _problems(_read(subject, f"the bill of {asked.date}", bill))
                must(not problems, f"the bill of {asked.date} is not understood: {problems}")
    if not had:
        raise NothingToTry("its gateway has no bill of the day before the subject's now, nor of a week before")


def _spoiled(file: BillFile, row: BillRow, *, totalled: bool) -> Iterator[tuple[str, BillFile, Seen]]:
    """The file with this line cut in half; and cut off after it, which the file's own totals or its end give away."""
    for encoding in ("utf-8", "gbk"):
        with suppress(UnicodeEncodeError):
            line = row.raw.encode(encoding)
            if cut := altered(file, line, line[: len(line) // 2]):
                yield "a file in which a line is cut in half", cut, _has_problems
                shorter = altered(file, line, line, then=b"")
                if totalled and shorter and shorter.content != file.content:
                    yield "a file that ends after this line", shorter, _does_not_add_up
                return


def _other_sums(file: BillFile, row: BillRow) -> Iterator[tuple[str, int, BillFile]]:
    """The file with a sum of this line, where it is written in yuan, replaced by one as long that a float gets wrong."""
    for fen in {said for said in _sums(row) if said}:
        written = f"{abs(fen) // 100}.{abs(fen) % 100:02d}"
        other = _lost_by_floats(len(written))
        for encoding in ("utf-8", "gbk") if other else ():
            with suppress(UnicodeEncodeError):
                line = row.raw.encode(encoding)
                by = re.sub(rb"(?<![0-9.])" + re.escape(written.encode()) + rb"(?![0-9.])", other.encode(), line)
                spoiled = altered(file, line, by) if by != line else None
                if spoiled:
                    yield other, int(other.replace(".", "")), spoiled
                    break


@cache
def _lost_by_floats(letters: int) -> str:
    """A sum in yuan of so many letters that loses a fen on its way through a float."""
    least = 10 ** (letters - 2) if letters > 4 else 100
    sums = (f"{fen // 100}.{fen % 100:02d}" for fen in range(least, least + 10_000))
    return next((yuan for yuan in sums if int(float(yuan) * 100) != int(yuan.replace(".", ""))), "")


def altered(file: BillFile, line: bytes, by: bytes, *, then: bytes | None = None) -> BillFile | None:
    """The file, or the one in the zip, with this line replaced, and all that follows it; None where it is not found."""
    if not is_zipfile(BytesIO(file.content)):
        content = _replaced(file.content, line, by, then)
        return None if content is None else replace(file, content=content)
    found, into = False, BytesIO()
    with ZipFile(BytesIO(file.content)) as old, ZipFile(into, "w") as new:
        for entry in old.infolist():
            content = _replaced(old.read(entry), line, by, then)
            found = found or content is not None
            new.writestr(entry, old.read(entry) if content is None else content)
    return replace(file, content=into.getvalue()) if found else None


def _replaced(content: bytes, line: bytes, by: bytes, then: bytes | None) -> bytes | None:
    before, found, after = content.partition(line)
    if not found or not line:
        return None
    # What ends with this line as it is loses nothing by ending there.
    return before + by + (after if then is None or not after.strip() else then)


def _states_totals(entries: list[BillEntry]) -> bool:
    return any(isinstance(entry, BillTotals) and entry != BillTotals() for entry in entries)


def _has_problems(entries: list[BillEntry]) -> bool:
    return bool(_problems(entries))


def _does_not_add_up(entries: list[BillEntry]) -> bool:
    return bool(_problems(entries) or _disagreement(entries))


def _disagreement(entries: list[BillEntry]) -> str:
    """Where the rows and what the file itself says of them differ; nothing where it is silent."""
    rows = [entry for entry in entries if isinstance(entry, BillRow)]
    paid, back = ([row for row in rows if row.kind is kind] for kind in (BillKind.PAYMENT, BillKind.REFUND))
    fees = sum(row.amount_fen if row.kind is BillKind.FEE else row.fee_fen or 0 for row in rows)
    for totals in (entry for entry in entries if isinstance(entry, BillTotals)):
        for what, said, is_so in (
            ("payments", totals.payments, [len(paid)]),
            ("payments_fen", totals.payments_fen, _sums_of(paid)),
            ("refunds", totals.refunds, [len(back)]),
            ("refunds_fen", totals.refunds_fen, _sums_of(back)),
            ("fees_fen", totals.fees_fen, [fees]),
        ):
            if said is not None and said not in is_so:
                return f"{what} are {said} in its totals and {is_so[0]} in its lines"
    return ""


def _sums_of(rows: list[BillRow]) -> list[int]:
    """What was asked for, and what was received of it: some add up the one, some the other."""
    received = (row.amount_fen if row.received_fen is None else row.received_fen for row in rows)
    return [sum(row.amount_fen for row in rows), sum(received)]


def _read(subject: Subject, what: str, file: BillFile) -> list[BillEntry]:
    try:
        # Without a transport: a reader that calls somebody fails here.
        return list(subject.channel().parse_bill(file))
    except Exception as error:
        raise AssertionError(f"reading {what} raises {type(error).__name__}: {error}") from error


def _broken(file: BillFile) -> Iterator[tuple[str, BillFile]]:
    yield "a file without content", replace(file, content=b"")
    yield "a file cut in half", replace(file, content=file.content[: len(file.content) // 2])
    yield "a file of something else", replace(file, content=b"<html>busy</html>\r\n" * 40)


def _problems(entries: list[BillEntry]) -> list[BillProblem]:
    return [entry for entry in entries if isinstance(entry, BillProblem)]


def _sums(row: BillRow) -> tuple[int | None, ...]:
    return row.amount_fen, row.received_fen, row.fee_fen
