"""What can happen to a loan after it was paid out; with the terms, these are all there is to know about it.

Events apply in the order of (date, sequence). `date` is the Shanghai day on which the thing counts, `sequence` puts
events of one day in order; when something was recorded does not matter.
"""

import datetime
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

Key = UUID | str
"""What an event is known by, unique within its loan."""


class Intent(StrEnum):
    """What the payer wants done with what is left once everything due is paid."""

    INSTALLMENT = "INSTALLMENT"
    PREPAY = "PREPAY"
    PAYOFF = "PAYOFF"


@dataclass(frozen=True, slots=True)
class Paid:
    """Money received for the loan; `date` is the day the channel says it was paid."""

    key: Key
    date: datetime.date
    sequence: int
    amount_fen: int
    intent: Intent = Intent.INSTALLMENT


@dataclass(frozen=True, slots=True)
class Waived:
    """The lender lets go of penalty and interest that are due, up to these sums; what is not due then lapses."""

    key: Key
    date: datetime.date
    sequence: int
    penalty_fen: int
    interest_fen: int


@dataclass(frozen=True, slots=True)
class Reversed:
    """A payment turned out never to have been: the loan is replayed without it. `date` is when that became known."""

    key: Key
    date: datetime.date
    sequence: int
    payment_key: Key


@dataclass(frozen=True, slots=True)
class WrittenOff:
    """The lender gives the loan up: it earns nothing more, all of it is due, and what still comes is recovery."""

    key: Key
    date: datetime.date
    sequence: int


@dataclass(frozen=True, slots=True)
class ExcessRefunded:
    """Money held for the borrower was sent back to him."""

    key: Key
    date: datetime.date
    sequence: int
    amount_fen: int


Event = Paid | Waived | Reversed | WrittenOff | ExcessRefunded
