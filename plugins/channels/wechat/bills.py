"""Reads WeChat's daily bill (交易账单): a table in UTF-8 whose every value begins with a backtick.

A line that is not understood becomes a BillProblem and is never guessed. Columns are found by their names, as their
order is not promised. Amounts are positive; `kind` tells the direction. A fee is positive when it was charged and
negative when it was given back.
"""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from re import compile as pattern

from domain.payments.ports import (
    BillEntry,
    BillFile,
    BillKind,
    BillProblem,
    BillRow,
    BillTotals,
)
from domain.shared.days import SHANGHAI
from domain.shared.money import round_ratio

_MOST_BYTES = 256 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"

_AT, _MERCHANT, _TRADE_NO, _ORDER_NO = "交易时间", "商户号", "微信订单号", "商户订单号"
_STATE, _CURRENCY = "交易状态", "货币种类"
_ORDERED, _SETTLED, _FEE = "订单金额", "应结订单金额", "手续费"
_REFUND_NO, _REFUND_STATE = "商户退款单号", "退款状态"
_REFUND_ASKED, _REFUNDED = "申请退款金额", "退款金额"
_NEEDED = frozenset({_AT, _TRADE_NO, _ORDER_NO, _STATE, _CURRENCY, _ORDERED, _SETTLED, _FEE})

_COUNT = "总交易单数"
# What a column adds up to is said in the summary under another name.
_SUMS = {
    _ORDERED: "订单总金额",
    _SETTLED: "应结订单总金额",
    _REFUND_ASKED: "申请退款总金额",
    _REFUNDED: "退款总金额",
    _FEE: "手续费总金额",
}

_SUM = pattern(r"([0-9]{1,12})(?:\.([0-9]{1,5}))?")
_PER_FEN = 1000
"""Sums are counted in hundred-thousandths of a yuan, the finest the bill writes."""

Cells = dict[str, str]


class NotUnderstood(ValueError):
    """Why a line, or the whole file, is not read."""


def parse(file: BillFile, mchid: str) -> Iterator[BillEntry]:
    """Every line of a bill, then the problems of the whole, then its totals."""
    try:
        lines = unpacked(file.content).removeprefix(_BOM).split(b"\n")
        table = _Table(mchid, _header(lines[0]))
    except NotUnderstood as why:
        yield BillProblem(0, str(why))
        return
    for number, line in enumerate(lines[1:], start=2):
        if entry := table.read(number, line.removesuffix(b"\r")):
            yield entry
    yield from table.ended(len(lines))


@dataclass(slots=True)
class _Table:
    """A table while it is read: what its rows add up to, and what its summary says of them."""

    mchid: str
    names: list[str]
    rows: int = 0
    set_aside: int = 0
    sums: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_SUMS, 0))
    summary_names: list[str] = field(default_factory=list[str])
    summary: Cells | None = None

    def read(self, number: int, raw: bytes) -> BillRow | BillProblem | None:
        """One line; None where it says nothing of its own."""
        line = raw.decode("utf-8", "replace")
        if not line.strip():
            return None
        is_row = line.startswith("`")
        # Also a row that is not understood is one of those that the summary counts.
        self.rows += is_row and not self.summary_names
        try:
            if line.encode() != raw:
                raise NotUnderstood("the line is not UTF-8")
            if self.summary is not None:
                raise NotUnderstood("there is a line after the summary")
            if not is_row:
                self._summary_header(line)
            elif self.summary_names:
                self.summary = _cells(self.summary_names, line)
            else:
                return self._row(line)
        except NotUnderstood as why:
            return self._problem(number, line, str(why))
        return None

    def ended(self, number: int) -> Iterator[BillProblem | BillTotals]:
        """Whether the file adds up, and its totals."""
        if self.summary is None:
            yield BillProblem(number, "the file has no summary: it may have been cut off")
            return
        said = self.summary
        try:
            yield from self._contradictions(number, said)
            yield BillTotals(
                payments_fen=_fen_said(said, _ORDERED),
                refunds_fen=_fen_said(said, _REFUND_ASKED),
                fees_fen=_fen_said(said, _FEE),
            )
        except NotUnderstood as why:
            yield BillProblem(number, f"the summary: {why}")

    def _contradictions(self, number: int, said: Cells) -> Iterator[BillProblem]:
        if said.get(_COUNT) != str(self.rows):
            yield BillProblem(number, f"the summary counts {said.get(_COUNT)} lines, there are {self.rows}")
        if self.set_aside:
            return
        for name, total in _SUMS.items():
            if total in said and _exact(said[total]) != self.sums[name]:
                yield BillProblem(number, f"{total} is {said[total]}, and the lines do not add up to it")

    def _problem(self, number: int, line: str, why: str) -> BillProblem:
        self.set_aside += 1
        return BillProblem(number, why, line)

    def _summary_header(self, line: str) -> None:
        names = line.split(",")
        if _COUNT not in names or self.summary_names:
            raise NotUnderstood("the line is neither a row nor a summary")
        self.summary_names = names

    def _row(self, line: str) -> BillRow:
        cells = _cells(self.names, line)
        if cells.get(_MERCHANT, self.mchid) != self.mchid:
            raise NotUnderstood("the line is another merchant's")
        row = _row(cells, line)
        for name in _SUMS:
            self.sums[name] += _exact(cells.get(name, "0"))
        return row


def _row(cells: Cells, line: str) -> BillRow:
    kind, amount, received, status = _meaning(cells)
    return BillRow(
        kind,
        order_no=_number(cells[_ORDER_NO]),
        amount_fen=amount,
        currency=cells[_CURRENCY],
        provider_no=_number(cells[_TRADE_NO]),
        refund_no=_number(cells.get(_REFUND_NO, "")),
        received_fen=received,
        fee_fen=round_ratio(_exact(cells[_FEE]), _PER_FEN),
        occurred_at=_instant(cells[_AT]),
        status=status,
        raw=line,
    )


def _meaning(cells: Cells) -> tuple[BillKind, int, int, str]:
    """Kind, amount, what was moved on our account, status."""
    match state := cells[_STATE]:
        case "SUCCESS":
            return BillKind.PAYMENT, _fen(cells[_ORDERED]), _fen(cells[_SETTLED]), state
        case "REFUND":
            if missing := {_REFUND_NO, _REFUND_STATE, _REFUND_ASKED, _REFUNDED} - cells.keys():
                raise NotUnderstood(f"a refund without {', '.join(sorted(missing))}")
            # Of a refund under way only a query says how it ended: the bill shows how it stood that night.
            return BillKind.REFUND, _fen(cells[_REFUND_ASKED]), _fen(cells[_REFUNDED]), cells[_REFUND_STATE]
        case "REVOKED":
            return BillKind.OTHER, _fen(cells[_ORDERED]), _fen(cells[_SETTLED]), state
        case _:
            raise NotUnderstood(f"the state {state!r} is not known")


def _header(line: bytes) -> list[str]:
    try:
        names = line.removesuffix(b"\r").decode("utf-8").split(",")
    except UnicodeDecodeError:
        raise NotUnderstood("the header is not UTF-8") from None
    if missing := _NEEDED - set(names):
        raise NotUnderstood(f"the header has no {', '.join(sorted(missing))}")
    return names


def _cells(names: list[str], line: str) -> Cells:
    # A comma may stand within a value, and so may a backtick; both together separate.
    values = line[1:].split(",`")
    if len(values) != len(names):
        raise NotUnderstood(f"the line has {len(values)} values, and there are {len(names)} columns")
    return dict(zip(names, values, strict=True))


def _exact(written: str) -> int:
    found = _SUM.fullmatch(written.removeprefix("-"))
    if not found:
        raise NotUnderstood(f"{written!r} is not a sum")
    sum_ = int(found[1] + (found[2] or "").ljust(5, "0"))
    return -sum_ if written.startswith("-") else sum_


def _fen(written: str) -> int:
    fen, rest = divmod(_exact(written), _PER_FEN)
    if rest or fen < 0:
        raise NotUnderstood(f"{written!r} is not a sum in whole fen")
    return fen


def _fen_said(said: Cells, name: str) -> int | None:
    return round_ratio(_exact(said[_SUMS[name]]), _PER_FEN) if _SUMS[name] in said else None


def _number(written: str) -> str | None:
    """A number of an order or refund; the bill writes 0 where there is none."""
    return written if written not in {"", "0"} else None


def _instant(written: str) -> datetime:
    try:
        return datetime.strptime(written, "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI)
    except ValueError:
        raise NotUnderstood(f"{written!r} is not a time") from None


def unpacked(content: bytes) -> bytes:
    """The table in a file, packed or not. Raises NotUnderstood."""
    if not content.startswith(b"\x1f\x8b"):
        return content
    try:
        with gzip.GzipFile(fileobj=BytesIO(content)) as packed:
            # One byte more than allowed: what a file says of its own size proves nothing.
            table = packed.read(_MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as damage:
        raise NotUnderstood(f"the file cannot be unpacked: {damage}") from damage
    if len(table) > _MOST_BYTES:
        raise NotUnderstood("the file is too large when unpacked")
    return table
