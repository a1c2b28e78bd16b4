"""What a loan may cost at worst: on time, late every time, or paid off early with its fee; which of these is dearest.

Months are the grain. A fee on a loan that is paid off on its first day has no yearly rate that means anything, and of
days between two due dates there is no end; what falls due by the month is measured by the month.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any

from domain.lending.rules.account import Account, Row, open_account
from domain.lending.rules.allocation import Tender, pay_what_is_due, total_fen
from domain.lending.rules.cost import CostMeasure, Paying, rate_of_paying
from domain.lending.rules.reckoning import due_dates
from domain.lending.rules.terms import Component, Terms


class Path(StrEnum):
    """How a loan may be paid: as planned; each installment late; off at once, with the fee, at the end of a month."""

    ON_TIME = "ON_TIME"
    LATE = "LATE"
    PREPAID = "PREPAID"


EVERY_PATH = tuple(Path)

LATE_BY = (1, 2, 3)
"""Months. Which of them is dearest depends on the loan: past 90 days a usual product settles principal first. Later still,
a year's cost creeps towards the penalty rate, which is itself held below the ceiling.
"""


@dataclass(frozen=True, slots=True)
class WorstCase:
    """The dearest way to pay a loan, and what it costs a year in the measure asked for.

    `months`: how late each installment is paid, or when the loan is paid off; 0 for one that is paid on time.
    """

    path: Path
    months: int
    rate: Decimal

    def kept(self) -> dict[str, Any]:
        """As it is stored."""
        return {"path": self.path.value, "months": self.months, "rate": str(self.rate)}

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> "WorstCase":
        return cls(Path(kept["path"]), kept["months"], Decimal(kept["rate"]))


@lru_cache(maxsize=4096)
def worst_case(terms: Terms, measure: CostMeasure, paths: Collection[Path] = EVERY_PATH) -> WorstCase:
    """The dearest of these paths; being on time is always among them, and wins where another costs the same."""
    wanted = [Path.ON_TIME, *(path for path in Path if path in paths and path is not Path.ON_TIME)]
    cases = [
        WorstCase(path, months, rate_of_paying(terms, payings, measure))
        for path in wanted
        for months, payings in _PATHS[path](terms)
    ]
    return max(cases, key=lambda case: case.rate)


Paths = Iterator[tuple[int, Sequence[Paying]]]


def _on_time(terms: Terms) -> Paths:
    yield 0, list(_late_by(0, terms))


def _late(terms: Terms) -> Paths:
    for months in LATE_BY:
        yield months, list(_late_by(months, terms))


def _late_by(months: int, terms: Terms) -> Iterator[Paying]:
    """Each installment is paid so many months after its due date, with what is open of it by then; the last brings the rest."""
    account = open_account(terms)
    dues = due_dates(terms.value_date, terms.terms + months)
    rows = {row.due: row for row in account.rows}
    for month in range(1, len(dues)):
        account.roll(dues[month].toordinal())
        meant = account.owing if month == len(dues) - 1 else _of_month(month - months, dues, rows)
        if amount_fen := sum(account.open_fen(row, component) for row in meant for component in Component):
            yield _pay(account, month, amount_fen)


def _of_month(month: int, dues: Sequence[date], rows: Mapping[int, Row]) -> Sequence[Row]:
    """The installment that fell due in a month, if one did."""
    row = rows.get(dues[month].toordinal()) if month > 0 else None
    return [row] if row else []


def _prepaid(terms: Terms) -> Paths:
    """Without a fee, one who pays early pays the same rate for fewer days: that is no path of its own."""
    if not terms.prepay_fee_rate:
        return
    account = open_account(terms)
    dues = due_dates(terms.value_date, terms.terms)
    paid: list[Paying] = []
    for month in range(1, terms.terms):
        account.roll(dues[month].toordinal())
        undue_fen, due_fen = account.undue_fen, sum(account.due_fen(component) for component in Component)
        rest_fen = undue_fen + account.accrued_fen + account.reckoning.fee_fen(undue_fen)
        principal_fen = undue_fen + account.due_fen(Component.PRINCIPAL)
        yield month, [*paid, Paying(month, due_fen + rest_fen, principal_fen)]
        if due_fen:
            paid.append(_pay(account, month, due_fen))


def _pay(account: Account, month: int, amount_fen: int) -> Paying:
    """Pay what is due, as any payment would be applied."""
    tender = Tender(account, amount_fen)
    pay_what_is_due(tender)
    account.mark_paid()
    return Paying(month, amount_fen, total_fen(tender.parts, Component.PRINCIPAL))


_PATHS: Mapping[Path, Callable[[Terms], Paths]] = {Path.ON_TIME: _on_time, Path.LATE: _late, Path.PREPAID: _prepaid}
