"""The lines of a transfer: so much on this side of that account, and in all as much debit as credit."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.ledger.rules.chart import Side


class Unbalanced(ValueError):
    """Debits and credits differ: a bug of whoever made the lines."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line, in fen. A negative amount means the other side."""

    account_code: str
    debit_fen: int = 0
    credit_fen: int = 0


@dataclass(frozen=True, slots=True)
class Draft:
    """A transfer that is to be posted. `source` says what happened, once ("payment:<attempt id>")."""

    source: str
    kind: str
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Posted:
    """A line as it is kept: an amount above zero on one side."""

    account_code: str
    side: Side
    amount_fen: int


def debit(account_code: str, amount_fen: int) -> Line:
    return Line(account_code, debit_fen=amount_fen)


def credit(account_code: str, amount_fen: int) -> Line:
    return Line(account_code, credit_fen=amount_fen)


def settled(lines: Iterable[Line]) -> tuple[Posted, ...]:
    """The lines as they are kept: zeros dropped, negatives flipped, those of one account and side added up.

    Raises Unbalanced.
    """
    sums: defaultdict[tuple[str, Side], int] = defaultdict(int)
    for line in lines:
        for side, amount_fen in ((Side.DEBIT, line.debit_fen), (Side.CREDIT, line.credit_fen)):
            sums[line.account_code, side if amount_fen > 0 else _other(side)] += abs(amount_fen)
    kept = tuple(Posted(code, side, fen) for (code, side), fen in sorted(sums.items()) if fen)
    if difference_fen := _total_fen(kept, Side.DEBIT) - _total_fen(kept, Side.CREDIT):
        raise Unbalanced(f"debits less credits are {difference_fen} fen: {kept}")
    return kept


def _other(side: Side) -> Side:
    return Side.CREDIT if side is Side.DEBIT else Side.DEBIT


def _total_fen(lines: Iterable[Posted], side: Side) -> int:
    return sum(line.amount_fen for line in lines if line.side is side)
