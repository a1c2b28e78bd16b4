"""What it takes to pay a loan off, and what a payment would do before it is made."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.lending.rules.allocation import Allocation
from domain.lending.rules.events import Event, Paid
from domain.lending.rules.position import OpenRow, Position
from domain.lending.rules.replay import replay
from domain.lending.rules.terms import Terms
from domain.shared.days import end_of


@dataclass(frozen=True, slots=True)
class PayoffQuote:
    """What closes the loan on a day, in its parts: what is due, what has accrued, what is not due yet, and the fee."""

    on: date
    penalty_fen: int
    interest_fen: int
    principal_fen: int
    accrued_fen: int
    undue_fen: int
    fee_fen: int

    @property
    def total_fen(self) -> int:
        due_fen = self.penalty_fen + self.interest_fen + self.principal_fen
        return due_fen + self.accrued_fen + self.undue_fen + self.fee_fen


@dataclass(frozen=True, slots=True)
class Preview:
    """What a payment would do: where it goes, what the loan's next bill is after it, and what would be due still."""

    allocation: Allocation
    next_bill: OpenRow | None
    due_fen: int
    payoff_fen: int

    @property
    def closes(self) -> bool:
        return self.payoff_fen == 0


def payoff_quote(terms: Terms, events: Iterable[Event], on: date) -> PayoffQuote:
    """The payoff on a day, with what is known: a payment of `total_fen` with intent PAYOFF on that day closes the loan."""
    position = replay(terms, events, on)
    return PayoffQuote(
        on=on,
        penalty_fen=position.penalty_fen,
        interest_fen=position.interest_fen,
        principal_fen=position.principal_fen,
        accrued_fen=position.accrued_fen,
        undue_fen=position.undue_fen,
        fee_fen=position.fee_fen,
    )


def valid_until(on: date, at: datetime, validity: timedelta) -> datetime:
    """When a quote for a day, given at an instant, lapses: never later than the end of that day in Shanghai."""
    return min(at + validity, end_of(on))


def next_bill(position: Position) -> OpenRow | None:
    """The next row that asks for money if nothing is paid before; what is due already is not in it."""
    return next((row for row in position.open if row.principal_fen or row.interest_fen), None)


def preview(terms: Terms, events: Iterable[Event], payment: Paid) -> Preview:
    """What `payment` would do on its day, if nothing else happened; its key and place are as if it were recorded."""
    position = replay(terms, [*events, payment], payment.date)
    return Preview(
        allocation=position.allocations[payment.key],
        next_bill=next_bill(position),
        due_fen=position.due_fen,
        payoff_fen=position.payoff_fen,
    )
