"""An account that notes what it does while its loan is replayed: the one arithmetic, with its steps written down."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from typing_extensions import override

from domain.lending.rules.account import Account, Row, open_account
from domain.lending.rules.events import Event
from domain.lending.rules.position import Position
from domain.lending.rules.replay import in_effect, live
from domain.lending.rules.terms import Component, PenaltyBase, Terms


class Why(StrEnum):
    """What made interest or penalty whole fen: its row fell due, money came before that, or the loan was written off.

    FORECAST: its row will fall due, if nothing more is paid. ASKED: nothing; it is what a payoff would take on this day.
    """

    DUE = "DUE"
    EARLY = "EARLY"
    WRITTEN_OFF = "WRITTEN_OFF"
    FORECAST = "FORECAST"
    ASKED = "ASKED"


@dataclass(frozen=True, slots=True)
class Earned:
    """From one day to another undue principal earned the running row `exact` units of interest. Then `event` came."""

    start: int
    end: int
    balance_fen: int
    exact: int
    event: Event | None


@dataclass(frozen=True, slots=True)
class Rounded:
    """`exact` units had accrued, and became interest of the row; the remainder stays accrued."""

    on: int
    exact: int
    fen: int
    why: Why
    event: Event | None


@dataclass(frozen=True, slots=True)
class Dropped:
    """The running row's period ended with a remainder below a fen, which nobody owes."""


@dataclass(frozen=True, slots=True)
class Bore:
    """From one day to another what was unpaid of a row bore `exact` units of penalty. Then `event` came."""

    start: int
    end: int
    principal_fen: int
    interest_fen: int
    exact: int
    event: Event | None


@dataclass(frozen=True, slots=True)
class Replanned:
    """A balance spread anew over `rows`: what stays on each because it is paid, and the principal it is given now."""

    on: int
    event: Event | None
    balance_fen: int
    rows: tuple[int, ...]
    dues: tuple[int, ...]
    paid: tuple[int, ...]
    principals: tuple[int, ...]


@dataclass
class WatchedAccount(Account):
    """An account that does the same and remembers it, row by row. `event` is what is happening now."""

    event: Event | None = None
    interest: dict[int, list[Earned | Rounded | Dropped]] = field(default_factory=lambda: defaultdict(list))
    penalty: dict[int, list[Bore]] = field(default_factory=lambda: defaultdict(list))
    plans: list[Replanned] = field(default_factory=list[Replanned])

    def told_of(self, counting: Iterable[Event]) -> Iterator[Event]:
        """The same events, each announced before it happens."""
        for event in counting:
            self.event = event
            yield event
        self.event = None

    @override
    def _accrue(self, day: int) -> None:
        start, before = self.day, self.accrued
        super()._accrue(day)
        if self.accrued != before:
            earned = Earned(start, day, self.undue_fen, self.accrued - before, self.event)
            self.interest[self.undue[0].n].append(earned)

    @override
    def _bill(self, row: Row) -> None:
        self._note_rounding(row, Why.DUE if self.day == row.due else Why.WRITTEN_OFF)
        super()._bill(row)

    @override
    def bill_accrued_early(self) -> None:
        if self.undue:
            self._note_rounding(self.undue[0], Why.EARLY)
        super().bill_accrued_early()

    def _note_rounding(self, row: Row, why: Why) -> None:
        notes = self.interest[row.n]
        if notes and isinstance(notes[-1], Earned):
            event = None if why is Why.DUE else self.event
            notes.append(Rounded(self.day, self.accrued, self.accrued_fen, why, event))

    @override
    def settle(self, row: Row) -> None:
        self.interest[self.undue[0].n].append(Dropped())
        super().settle(row)

    @override
    def plan_anew(self, principals: Sequence[int]) -> None:
        rows = self.undue
        self.interest[rows[0].n].append(Dropped())
        self.plans.append(
            Replanned(
                on=self.day,
                event=self.event,
                balance_fen=self.undue_fen,
                rows=tuple(row.n for row in rows),
                dues=tuple(row.due for row in rows),
                paid=tuple(row.paid[Component.PRINCIPAL] for row in rows),
                principals=tuple(principals),
            )
        )
        super().plan_anew(principals)

    @override
    def _carry_penalty(self, row: Row) -> None:
        self._note_penalty(row)
        super()._carry_penalty(row)

    def bearing_fen(self, row: Row) -> tuple[int, int]:
        """Of an installment that is late, the principal and the interest that bear penalty."""
        both = self.terms.penalty_base is PenaltyBase.PRINCIPAL_AND_INTEREST
        return row.principal_open_fen, row.interest_open_fen if both else 0

    def oldest_past_threshold(self) -> Row | None:
        """The installment from whose due date days past due are counted."""
        threshold_fen = self.terms.dpd_threshold_fen
        return next((row for row in self.owing if row.principal_open_fen + row.interest_open_fen > threshold_fen), None)

    def _note_penalty(self, row: Row) -> None:
        if exact := self._penalty_exact(row) - row.penalty_exact:
            bore = Bore(row.penalty_since, self.day, *self.bearing_fen(row), exact, self.event)
            self.penalty[row.n].append(bore)

    def note_penalty_running(self) -> None:
        """Note what the rows bore since it was last carried, up to today."""
        for row in self.rows:
            self._note_penalty(row)


def watched(terms: Terms, events: Iterable[Event], to: date) -> tuple[WatchedAccount, Position]:
    """The replay, and the account that noted it."""
    account = open_account(terms, WatchedAccount)
    position = live(account, account.told_of(in_effect(events)), to)
    account.note_penalty_running()
    return account, position
