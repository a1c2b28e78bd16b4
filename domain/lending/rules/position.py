"""Where a loan stands on a day: everything one may ask of it, worked out from the replayed account."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.lending.rules.account import Account, Row
from domain.lending.rules.accrual import Accrual, accrual_of
from domain.lending.rules.allocation import Allocation, Part, total_fen
from domain.lending.rules.events import Key
from domain.lending.rules.machine import LoanStatus
from domain.lending.rules.terms import Component


@dataclass(frozen=True, slots=True)
class WriteOff:
    """What the lender gave up, and when."""

    on: date
    penalty_fen: int
    interest_fen: int
    principal_fen: int


class RowStatus(StrEnum):
    """PENDING: not due yet and not settled. DUE: nothing of it paid. PARTIAL: some of it. PAID: nothing left to pay."""

    PENDING = "PENDING"
    DUE = "DUE"
    PARTIAL = "PARTIAL"
    PAID = "PAID"


@dataclass(frozen=True, slots=True)
class RowPosition:
    """An installment as it stands; of one that is not due yet, the interest as it will fall due.

    What is open of a component is the row's sum less what was paid and waived. `settled`: paid whole before it was due;
    `paid_on`: the day on which nothing was left of it.
    """

    n: int
    due: date
    status: RowStatus
    principal_fen: int
    interest_fen: int
    penalty_fen: int
    paid_principal_fen: int
    paid_interest_fen: int
    paid_penalty_fen: int
    waived_interest_fen: int
    waived_penalty_fen: int
    billed: bool
    settled: bool
    paid_on: date | None

    @property
    def open_principal_fen(self) -> int:
        return self.principal_fen - self.paid_principal_fen

    @property
    def open_interest_fen(self) -> int:
        return self.interest_fen - self.paid_interest_fen - self.waived_interest_fen

    @property
    def open_penalty_fen(self) -> int:
        return self.penalty_fen - self.paid_penalty_fen - self.waived_penalty_fen

    @property
    def outstanding_fen(self) -> int:
        return self.open_principal_fen + self.open_interest_fen + self.open_penalty_fen

    @property
    def paid_fen(self) -> int:
        return self.paid_principal_fen + self.paid_interest_fen + self.paid_penalty_fen


@dataclass(frozen=True, slots=True)
class OpenRow:
    """A row neither due nor settled, as it will fall due if nothing more is paid before."""

    n: int
    due: date
    principal_fen: int
    interest_fen: int


@dataclass(frozen=True, slots=True)
class Totals:
    """Since the value date, each whole fen: what the loan earned, and what became of what it owed.

    Paid and waived sums are those up to a write-off; after it money is recovery, whatever component it goes to, and a
    waiver gives up nothing that is still in the books.
    """

    interest_earned_fen: int
    penalty_earned_fen: int
    fee_earned_fen: int
    paid_principal_fen: int
    paid_interest_fen: int
    paid_penalty_fen: int
    paid_fee_fen: int
    excess_fen: int
    excess_refunded_fen: int
    recovery_fen: int
    waived_interest_fen: int
    waived_penalty_fen: int


@dataclass(frozen=True, slots=True)
class Waiver:
    """What a waiver really let go of, row by row."""

    parts: tuple[Part, ...]
    after_write_off: bool = False

    @property
    def penalty_fen(self) -> int:
        return total_fen(self.parts, Component.PENALTY)

    @property
    def interest_fen(self) -> int:
        return total_fen(self.parts, Component.INTEREST)


@dataclass(frozen=True, slots=True)
class Position:
    """A loan on a day, events of that day included. `penalty_fen`, `interest_fen`, `principal_fen` are due and unpaid.

    `accrual`: how its interest grows from here on if nothing happens; None when it earns none any more.
    """

    on: date
    rows: tuple[RowPosition, ...]
    open: tuple[OpenRow, ...]
    penalty_fen: int
    interest_fen: int
    principal_fen: int
    accrued_fen: int
    undue_fen: int
    fee_fen: int
    dpd: int
    totals: Totals
    allocations: Mapping[Key, Allocation]
    waivers: Mapping[Key, Waiver]
    written_off: WriteOff | None
    accrual: Accrual | None

    @property
    def due_fen(self) -> int:
        return self.penalty_fen + self.interest_fen + self.principal_fen

    @property
    def payoff_fen(self) -> int:
        """What closes the loan on this day."""
        return self.due_fen + self.accrued_fen + self.undue_fen + self.fee_fen

    @property
    def closed(self) -> bool:
        return self.payoff_fen == 0

    @property
    def status(self) -> LoanStatus:
        """Of a loan that was paid out.

        Where history was mended and nothing was owed any more on the day of the write-off, nothing was given up: the loan
        is settled, and what was paid after is excess.
        """
        if (given_up := self.written_off) and given_up.penalty_fen + given_up.interest_fen + given_up.principal_fen:
            return LoanStatus.WRITTEN_OFF
        return LoanStatus.SETTLED if self.closed else LoanStatus.ACTIVE

    @property
    def excess_fen(self) -> int:
        """What is held for the borrower and still to be refunded."""
        return max(self.totals.excess_fen - self.totals.excess_refunded_fen, 0)

    @property
    def over_refunded_fen(self) -> int:
        """What was refunded as excess and, history having changed, was none."""
        return max(self.totals.excess_refunded_fen - self.totals.excess_fen, 0)


def position_of(
    account: Account, allocations: Mapping[Key, Allocation], waivers: Mapping[Key, Waiver], refunded_fen: int
) -> Position:
    """The account's position at its day."""
    forecast = _interest_to_come(account)
    totals = _totals(account, allocations, waivers, refunded_fen)
    early_fen = sum(row.interest_open_fen for row in account.undue)
    return Position(
        on=date.fromordinal(account.day),
        rows=tuple(_row(account, row, forecast) for row in account.rows),
        open=tuple(_open_row(row, forecast) for row in account.undue),
        penalty_fen=account.due_fen(Component.PENALTY),
        interest_fen=account.due_fen(Component.INTEREST),
        principal_fen=account.due_fen(Component.PRINCIPAL),
        accrued_fen=early_fen + account.accrued_fen,
        undue_fen=account.undue_fen,
        fee_fen=account.reckoning.fee_fen(account.undue_fen),
        dpd=account.days_past_due(),
        totals=totals,
        allocations=allocations,
        waivers=waivers,
        written_off=_write_off(account),
        accrual=accrual_of(account),
    )


def _write_off(account: Account) -> WriteOff | None:
    if account.written_off is None:
        return None
    day, given_up = account.written_off
    return WriteOff(
        on=date.fromordinal(day),
        penalty_fen=given_up[Component.PENALTY],
        interest_fen=given_up[Component.INTEREST],
        principal_fen=given_up[Component.PRINCIPAL],
    )


def periods_to_come(account: Account) -> Iterator[tuple[Row, int, int]]:
    """Each undue row, from which day it earns interest still, and on what balance, if nothing more is paid."""
    start, balance_fen = account.day, account.undue_fen
    for row in account.undue:
        yield row, start, balance_fen
        start, balance_fen = row.due, balance_fen - row.principal_open_fen


def _interest_to_come(account: Account) -> dict[int, int]:
    """For each undue row, what will be billed on its due day on top of what was billed early."""
    interest = account.reckoning.interest
    to_come: dict[int, int] = {}
    exact = account.accrued
    for row, start, balance_fen in periods_to_come(account):
        to_come[row.n] = interest.rounded_fen(exact + balance_fen * interest.per_fen(start, row.due))
        exact = 0
    return to_come


def _open_row(row: Row, to_come: Mapping[int, int]) -> OpenRow:
    return OpenRow(row.n, date.fromordinal(row.due), row.principal_open_fen, row.interest_open_fen + to_come[row.n])


def _row(account: Account, row: Row, to_come: Mapping[int, int]) -> RowPosition:
    return RowPosition(
        n=row.n,
        due=date.fromordinal(row.due),
        status=_status(account, row),
        principal_fen=row.principal_fen,
        interest_fen=row.interest_fen + to_come.get(row.n, 0),
        penalty_fen=account.penalty_fen(row),
        paid_principal_fen=row.paid[Component.PRINCIPAL],
        paid_interest_fen=row.paid[Component.INTEREST],
        paid_penalty_fen=row.paid[Component.PENALTY],
        waived_interest_fen=row.waived[Component.INTEREST],
        waived_penalty_fen=row.waived[Component.PENALTY],
        billed=row.billed,
        settled=row.settled,
        paid_on=None if row.paid_on is None else date.fromordinal(row.paid_on),
    )


def _status(account: Account, row: Row) -> RowStatus:
    if row.settled or (not row.billed and not account.undue_fen):
        return RowStatus.PAID
    if not row.billed:
        return RowStatus.PENDING
    if not any(account.open_fen(row, component) for component in Component):
        return RowStatus.PAID
    return RowStatus.PARTIAL if any(row.paid.values()) or any(row.waived.values()) else RowStatus.DUE


def _totals(
    account: Account, allocations: Mapping[Key, Allocation], waivers: Mapping[Key, Waiver], refunded_fen: int
) -> Totals:
    booked = [each for each in allocations.values() if not each.recovery]
    given_up = [each for each in waivers.values() if not each.after_write_off]
    return Totals(
        interest_earned_fen=sum(row.interest_fen for row in account.rows) + account.accrued_fen,
        penalty_earned_fen=sum(account.penalty_fen(row) for row in account.rows),
        fee_earned_fen=sum(each.fee_fen for each in booked),
        paid_principal_fen=sum(each.principal_fen for each in booked),
        paid_interest_fen=sum(each.interest_fen for each in booked),
        paid_penalty_fen=sum(each.penalty_fen for each in booked),
        paid_fee_fen=sum(each.fee_fen for each in booked),
        excess_fen=sum(each.excess_fen for each in allocations.values()),
        excess_refunded_fen=refunded_fen,
        recovery_fen=sum(each.recovery_fen for each in allocations.values()),
        waived_interest_fen=sum(each.interest_fen for each in given_up),
        waived_penalty_fen=sum(each.penalty_fen for each in given_up),
    )
