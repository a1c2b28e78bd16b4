"""Reads Alipay's daily bill: a zip of tables in GBK, one of details and one that sums them up.

What is not understood becomes a BillProblem and is never guessed: a comma in a subject moves every cell behind it.
Columns are found by name, as some accounts have more of them or in another order. The file's own totals are checked
here, so a problem is also what does not add up, what breaks off, and what is another merchant's or another day's.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from domain.payments.ports import BillEntry, BillFile, BillProblem, BillTotals
from domain.shared.money import yuan
from plugins.archives import BadArchive, unpacked
from plugins.channels.alipay.bill_rows import TABLES, Cells, NotUnderstood, Side, Table, signed_fen

_ACCOUNT = re.compile(r"#账号[:：]\[([0-9]+)\]")
_FROM = re.compile(r"#起始日期[:：]\[([0-9]{4})年([0-9]{2})月([0-9]{2})日")
_END = "列表结束"
_SUMMARY = "汇总"
_FEE, _SUMMED_UP = "服务费(元)", "合计"
_BRACKETS = str.maketrans("（）", "()")

# A superset of GBK, for the rare names that GBK lacks.
_GBK = "gb18030"


@dataclass(slots=True)
class _Tally:
    count: int = 0
    fen: int = 0

    def __str__(self) -> str:
        return f"{self.count} with {yuan(self.fen)} yuan"


@dataclass(slots=True)
class _Reading:
    """How far a table of details was read."""

    table: Table
    columns: list[str]
    said: dict[Side, _Tally] = field(default_factory=dict[Side, _Tally])
    found: dict[Side, _Tally] = field(default_factory=dict[Side, _Tally])
    fees_fen: int = 0
    set_aside: int = 0
    ended: bool = False

    def line(self, text: str) -> BillEntry:
        """The row a line is, or why it is none."""
        row, side, counted = self.table.read(_cells(self.columns, text), text)
        tally = self.found.setdefault(side, _Tally())
        tally.count += 1
        tally.fen += counted
        self.fees_fen += row.fee_fen or 0
        return row

    def remark(self, text: str) -> None:
        """What a line that begins with # says of the table."""
        self.ended = self.ended or _END in text
        for side, pattern in self.table.totals.items():
            if said := pattern.match(text):
                fen = signed_fen(said[2])
                # What was spent is told with its sign or without.
                self.said[side] = _Tally(int(said[1]), -abs(fen) if side is Side.EXPENSE else fen)

    def wrong(self) -> Iterator[str]:
        """What the end of the table says that is not so."""
        if not self.ended:
            yield "the table breaks off: it has no end"
        if len(self.said) < len(self.table.totals):
            yield "the table does not say what it adds up to"
        elif self.set_aside:
            count = sum(tally.count for tally in self.found.values()) + self.set_aside
            if count != (said := sum(tally.count for tally in self.said.values())):
                yield f"the table says it has {said} lines and has {count}"
        else:
            for side, said in self.said.items():
                if said != (found := self.found.get(side, _Tally())):
                    yield f"{side.name.lower()}: the table says {said}, its lines are {found}"

    def totals(self, fees_fen: int | None) -> BillTotals:
        paid, refunded = self.said.get(Side.PAYMENTS), self.said.get(Side.REFUNDS)
        return BillTotals(
            payments=paid.count if paid else None,
            payments_fen=paid.fen if paid else None,
            refunds=refunded.count if refunded else None,
            refunds_fen=-refunded.fen if refunded else None,
            fees_fen=fees_fen,
        )


def parse(file: BillFile, seller_id: str) -> Iterator[BillEntry]:
    """Every line of a bill, what is wrong with the whole of it, and last the totals it states of itself.

    `payments_fen` and `refunds_fen` of the totals are what the merchant received and gave back (商家实收).
    """
    try:
        tables = [(name, _lines(data)) for name, data in unpacked(file.content)]
    except BadArchive as damage:
        yield BillProblem(0, str(damage))
        return
    details = [lines for name, lines in tables if not _is_summary(name, lines)]
    summaries = [lines for name, lines in tables if _is_summary(name, lines)]
    if len(details) == 1:
        yield from _details(details[0], summaries, file.day, seller_id)
    else:
        yield BillProblem(0, f"the archive holds {len(details)} tables of details")


def _details(lines: list[bytes], summaries: list[list[bytes]], day: date | None, seller_id: str) -> Iterator[BillEntry]:
    reading: _Reading | None = None
    for number, line in enumerate(lines, 1):
        try:
            text = line.decode(_GBK)
            if not text.strip():
                continue
            if reading is None and text.startswith("#"):
                _must_be_ours(text, day, seller_id)
            elif reading is None:
                reading = _begun(text)
            elif text.startswith("#"):
                reading.remark(text)
            else:
                yield reading.line(text)
        except (NotUnderstood, UnicodeDecodeError) as why:
            yield BillProblem(number, str(why), line.decode(_GBK, "replace"))
            if reading is None:
                return
            reading.set_aside += 1
    if reading is None:
        yield BillProblem(0, "the table of details is empty")
        return
    yield from _closing(reading, summaries)


def _closing(reading: _Reading, summaries: list[list[bytes]]) -> Iterator[BillEntry]:
    fees_fen = _summed_fees(summaries)
    wrong = list(reading.wrong())
    if fees_fen is not None and not reading.set_aside and fees_fen != reading.fees_fen:
        wrong.append(f"the summary says {yuan(fees_fen)} yuan of fees, the lines have {yuan(reading.fees_fen)}")
    yield from (BillProblem(0, what) for what in wrong)
    yield reading.totals(fees_fen)


def _begun(header: str) -> _Reading:
    columns = _names(header)
    known = [name for name in columns if name]
    if len(set(known)) < len(known):
        raise NotUnderstood("two columns have the same name")
    for table in TABLES:
        if table.columns <= set(columns):
            return _Reading(table, columns)
    fewest = min((table.columns - set(columns) for table in TABLES), key=len)
    raise NotUnderstood(f"there is no column {', '.join(sorted(fewest))}")


def _must_be_ours(remark: str, day: date | None, seller_id: str) -> None:
    if (account := _ACCOUNT.match(remark)) and not account[1].startswith(seller_id):
        raise NotUnderstood("the bill is another account's")
    if day and (begins := _FROM.match(remark)) and "-".join(begins.groups()) != day.isoformat():
        raise NotUnderstood(f"the bill is not of {day}")


def _summed_fees(summaries: list[list[bytes]]) -> int | None:
    """The fees that the summary's last row (合计) tells, charged ones positive; None where it tells none."""
    columns: list[str] = []
    for line in (line.decode(_GBK, "replace") for lines in summaries for line in lines):
        if not columns and _FEE in (names := _names(line)):
            columns = names
        elif columns and line.startswith(_SUMMED_UP):
            try:
                return -signed_fen(_cells(columns, line)[_FEE])
            except NotUnderstood:
                return None
    return None


def _cells(columns: list[str], text: str) -> Cells:
    cells = text.split(",")
    if len(cells) != len(columns):
        raise NotUnderstood(f"{len(cells)} cells where there are {len(columns)} columns")
    return {name: cell.strip() for name, cell in zip(columns, cells, strict=True)}


def _names(header: str) -> list[str]:
    return [name.strip().translate(_BRACKETS) for name in header.split(",")]


def _lines(data: bytes) -> list[bytes]:
    # Before decoding: neither byte of a GBK letter is a line's end, and one bad letter spoils one line only.
    return [line.rstrip(b"\r") for line in data.split(b"\n")]


def _is_summary(name: str, lines: list[bytes]) -> bool:
    return _SUMMARY in name or _SUMMARY in lines[0].decode(_GBK, "replace")
