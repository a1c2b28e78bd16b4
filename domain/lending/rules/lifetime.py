"""What a loan costs from its first day to its last: what was paid, and what is to come if all is paid as planned."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pyxirr

from domain.lending.rules.cost import rounded
from domain.lending.rules.events import Event, Paid
from domain.lending.rules.position import Position
from domain.lending.rules.reckoning import due_dates
from domain.lending.rules.replay import in_effect
from domain.lending.rules.terms import Terms
from domain.shared.money import round_half_up

_PLACES = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Charges:
    """What a borrower pays for a loan beside its principal."""

    penalty_fen: int
    interest_fen: int
    fee_fen: int

    @property
    def total_fen(self) -> int:
        return self.penalty_fen + self.interest_fen + self.fee_fen


@dataclass(frozen=True, slots=True)
class ToCome:
    """What is still to be paid: what is due at once, every row on its due day."""

    penalty_fen: int
    interest_fen: int
    principal_fen: int

    @property
    def total_fen(self) -> int:
        return self.penalty_fen + self.interest_fen + self.principal_fen


@dataclass(frozen=True, slots=True)
class YearlyCost:
    """A year's cost in the measures of a quote (`cost.Cost`), each to 6 decimals; None where one is not defined.

    Nominal has no meaning once money moves on other days than the due days.
    """

    nominal: Decimal | None
    effective: Decimal | None
    simple: Decimal | None


@dataclass(frozen=True, slots=True)
class _Flow:
    """What is paid on a day: principal, and what is paid beside it."""

    on: date
    principal_fen: int
    charges_fen: int


def to_come(position: Position) -> ToCome:
    return ToCome(
        penalty_fen=position.penalty_fen,
        interest_fen=position.interest_fen + sum(row.interest_fen for row in position.open),
        principal_fen=position.principal_fen + position.undue_fen,
    )


def charges(position: Position) -> Charges | None:
    """All that was and will be paid beside principal; None once written off, for then nothing is planned."""
    if position.written_off:
        return None
    rest, paid = to_come(position), position.totals
    return Charges(
        penalty_fen=paid.paid_penalty_fen + rest.penalty_fen,
        interest_fen=paid.paid_interest_fen + rest.interest_fen,
        fee_fen=paid.paid_fee_fen,
    )


def yearly_cost(terms: Terms, events: Iterable[Event], position: Position) -> YearlyCost | None:
    """The cost a year of the position's loan, its events known; None once written off."""
    if position.written_off:
        return None
    flows = sorted(_flows(events, position), key=lambda flow: flow.on)
    return YearlyCost(_nominal(terms, flows), _effective(terms, flows), _simple(terms, flows))


def _flows(events: Iterable[Event], position: Position) -> Iterable[_Flow]:
    """Excess is left out: it goes back."""
    for event in in_effect(events):
        if isinstance(event, Paid) and event.key in position.allocations:
            went = position.allocations[event.key]
            yield _Flow(event.date, went.principal_fen, went.penalty_fen + went.interest_fen + went.fee_fen)
    yield _Flow(position.on, position.principal_fen, position.penalty_fen + position.interest_fen)
    for row in position.open:
        yield _Flow(row.due, row.principal_fen, row.interest_fen)


def _nominal(terms: Terms, flows: Sequence[_Flow]) -> Decimal | None:
    months = {day: month for month, day in enumerate(due_dates(terms.value_date, terms.terms))}
    sums = [terms.principal_fen] + [0] * terms.terms
    for flow in flows:
        if paid_fen := flow.principal_fen + flow.charges_fen:
            if flow.on not in months:
                return None
            sums[months[flow.on]] -= paid_fen
    monthly = pyxirr.irr(sums) if _has_both(sums) else None
    return None if monthly is None else rounded(monthly * 12)


def _effective(terms: Terms, flows: Sequence[_Flow]) -> Decimal | None:
    sums = {terms.value_date: terms.principal_fen}
    for flow in flows:
        sums[flow.on] = sums.get(flow.on, 0) - flow.principal_fen - flow.charges_fen
    yearly = pyxirr.xirr(list(sums), list(sums.values())) if _has_both(sums.values()) else None
    return None if yearly is None else rounded(yearly)


def _simple(terms: Terms, flows: Sequence[_Flow]) -> Decimal | None:
    """All charges over the sum of balance x years, a year being 365 days."""
    balance_fen, start, fen_days = terms.principal_fen, terms.value_date, 0
    for flow in flows:
        fen_days += balance_fen * (flow.on - start).days
        balance_fen, start = balance_fen - flow.principal_fen, flow.on
    charges_fen = sum(flow.charges_fen for flow in flows)
    return round_half_up(Fraction(charges_fen * 365 * 10**6, fen_days)) * _PLACES if fen_days else None


def _has_both(sums: Iterable[int]) -> bool:
    listed = list(sums)
    return max(listed) > 0 > min(listed)
