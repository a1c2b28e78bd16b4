"""Comparing the lines of a bill with our payments and refunds: everything lands in exactly one finding."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.payments.ports import BillKind, BillTotals
from domain.reconciliation.rules.states import Finding
from domain.shared.money import CURRENCY


class Way(StrEnum):
    """Which way money went; a fee went to the channel."""

    PAYMENT = "PAYMENT"
    REFUND = "REFUND"
    FEE = "FEE"

    def signed(self, amount_fen: int) -> int:
        """The amount as it counts for us."""
        return amount_fen if self is Way.PAYMENT else -amount_fen


_WAYS: Mapping[BillKind, Way] = {
    BillKind.PAYMENT: Way.PAYMENT,
    BillKind.REFUND: Way.REFUND,
    BillKind.FEE: Way.FEE,
}

Key = tuple[Way, str]
"""A payment by its order number, a refund by its refund number: what both sides know it by."""


@dataclass(frozen=True, slots=True)
class Theirs:
    """A line of a bill. `understood` is false for one nobody could read."""

    n: int
    kind: BillKind
    number: str | None
    amount_fen: int
    received_fen: int | None = None
    fee_fen: int = 0
    currency: str = CURRENCY
    understood: bool = True

    @property
    def way(self) -> Way | None:
        """None for a line that no rule can judge."""
        way = _WAYS.get(self.kind) if self.understood and self.currency == CURRENCY else None
        return way if self.number or way is Way.FEE else None

    @property
    def sum_fen(self) -> int:
        """What the channel owes us for it, or we for a refund, its fee aside.

        Some bills say what is received before the fee, some after it; anything else is another sum than was paid.
        """
        after_fee = self.amount_fen + (self.fee_fen if self.way is Way.REFUND else -self.fee_fen)
        return self.amount_fen if self.received_fen in (None, self.amount_fen, after_fee) else self.received_fen or 0


@dataclass(frozen=True, slots=True)
class Ours:
    """A payment or refund as we know it. `booked`: it stands in the clearing account.

    `of_day`: it is to be in this bill or in one beside it. `beside`: a bill beside this one has it, too. `taken`: it was
    settled by a line of another bill.
    """

    way: Way
    number: str
    amount_fen: int
    booked: bool = True
    of_day: bool = True
    beside: bool = False
    taken: bool = False

    @property
    def key(self) -> Key:
        return self.way, self.number


@dataclass(frozen=True, slots=True)
class Found:
    """One thing a comparison found, with the line and the record it is about; amounts are signed as they count for us."""

    finding: Finding
    line: Theirs | None = None
    ours: Ours | None = None
    note: str = ""

    @property
    def theirs_fen(self) -> int:
        way = self.line.way if self.line else None
        return way.signed(self.line.sum_fen) if self.line and way else 0

    @property
    def ours_fen(self) -> int:
        return self.ours.way.signed(self.ours.amount_fen) if self.ours and self.ours.booked else 0

    @property
    def subject(self) -> str:
        """What it is about, the same at every comparison: "payment:PO2026...", "line:7", "totals:fees_fen"."""
        if self.finding in (Finding.MATCHED, Finding.AMOUNT_DIFF, Finding.ONLY_CHANNEL, Finding.ONLY_OURS):
            way, number = (self.line.way, self.line.number) if self.line else (None, None)
            if self.ours:
                way, number = self.ours.key
            if way and number:
                return f"{way.lower()}:{number}"
        return f"line:{self.line.n}" if self.line else self.note


def match(lines: Iterable[Theirs], ours: Iterable[Ours], totals: BillTotals | None = None) -> list[Found]:
    """Every line and every record in one finding each, and then what the file's own totals contradict.

    A record without a line is found only if it is booked, belongs to the day and stands in no bill beside it. Of several
    lines with one number the one with our amount counts; the others are DUPLICATE_LINE.
    """
    lines = list(lines)
    records = {record.key: record for record in ours}
    several: defaultdict[Key, list[Theirs]] = defaultdict(list)
    found: list[Found] = []
    for line in lines:
        if (way := line.way) is None:
            found.append(Found(Finding.PROBLEM, line))
        elif way is Way.FEE:
            found.append(Found(Finding.FEE, line))
        else:
            several[way, line.number or ""].append(line)
    for key, same in several.items():
        found += _one_number(same, records.get(key))
    found += [
        Found(Finding.ONLY_OURS, ours=record)
        for key, record in records.items()
        if key not in several and record.booked and record.of_day and not record.beside and not record.taken
    ]
    return [*found, *_contradicted(totals, lines)]


def _one_number(lines: Sequence[Theirs], ours: Ours | None) -> Iterator[Found]:
    """The lines that bear one number, against the one record we can have of it."""
    booked = ours is not None and ours.booked
    first = next((line for line in lines if booked and ours and line.sum_fen == ours.amount_fen), lines[0])
    if ours is not None and ours.taken:
        yield Found(Finding.DUPLICATE_LINE, first)
    elif not booked:
        yield Found(Finding.ONLY_CHANNEL, first, ours)
    else:
        same_sum = ours is not None and first.sum_fen == ours.amount_fen
        yield Found(Finding.MATCHED if same_sum else Finding.AMOUNT_DIFF, first, ours)
    yield from (Found(Finding.DUPLICATE_LINE, line) for line in lines if line is not first)


def sums(lines: Iterable[Theirs]) -> Mapping[str, int]:
    """What the lines add up to, under the names of the file's totals."""
    total = Counter[str](payments=0, payments_fen=0, refunds=0, refunds_fen=0, fees_fen=0)
    for line in lines:
        total["fees_fen"] += line.fee_fen
        if line.kind is BillKind.PAYMENT:
            total.update(payments=1, payments_fen=line.amount_fen)
        elif line.kind is BillKind.REFUND:
            total.update(refunds=1, refunds_fen=line.amount_fen)
        elif line.kind is BillKind.FEE:
            total["fees_fen"] += line.amount_fen
    return total


def _contradicted(totals: BillTotals | None, lines: Sequence[Theirs]) -> Iterator[Found]:
    for name, fen in sums(lines).items():
        said = getattr(totals, name, None)
        if said is not None and said != fen:
            yield Found(Finding.TOTALS_DIFF, note=f"totals:{name}")
