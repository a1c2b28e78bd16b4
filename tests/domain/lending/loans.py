"""Loans to test with: builders that name only what a test is about, and hypothesis strategies for whole histories."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from itertools import permutations
from typing import Any

from hypothesis import strategies as st

from domain.lending.rules.allocation import Allocation
from domain.lending.rules.daycount import DayCount
from domain.lending.rules.events import Event, Intent, Paid, Reversed, Waived
from domain.lending.rules.methods import BUILT_IN
from domain.lending.rules.plan import make_plan
from domain.lending.rules.position import Position
from domain.lending.rules.terms import Component, PenaltyBase, PrepayPolicy, Terms
from domain.shared.days import add_months

VALUE_DATE = date(2026, 1, 15)
USUAL_ORDERS: dict[str, Any] = {
    "waterfall": (Component.PENALTY, Component.INTEREST, Component.PRINCIPAL),
    "late_waterfall": (Component.PRINCIPAL, Component.INTEREST, Component.PENALTY),
    "recovery_waterfall": (Component.PRINCIPAL, Component.INTEREST, Component.PENALTY),
}
ORDERS: list[dict[str, Any]] = [
    *[USUAL_ORDERS] * 3,
    *[
        {"waterfall": one, "late_waterfall": two, "recovery_waterfall": three}
        for one, two, three in permutations(permutations(Component), 3)
    ][::17],
]
"""Those every product has unless it says otherwise, and a few of all that may be."""
METHODS = [method.code for method in BUILT_IN]

# What does not depend on what was drawn before is made once: hypothesis looks every new strategy through before it draws.
INTENTS = st.sampled_from([Intent.INSTALLMENT, Intent.INSTALLMENT, Intent.PREPAY, Intent.PAYOFF])
FIRST_MONTHS = st.integers(0, 80).map(timedelta)
KINDS = st.sampled_from(["pay", "pay", "pay", "pay", "waive", "reverse"])
WAIVED = st.integers(0, 2_000)
CROWDED = st.sampled_from([False, False, True])
PRODUCTS: dict[str, st.SearchStrategy[Any]] = {
    "principal_fen": st.one_of(st.integers(1, 2_000), st.integers(1_000_00, 200_000_00)),
    "annual_rate": st.sampled_from(["0", "0.0365", "0.12", "0.144", "0.2399", "0.36", "1.5"]).map(Decimal),
    "method": st.sampled_from(METHODS),
    "terms": st.integers(1, 14),
    "value_date": st.dates(date(2023, 10, 1), date(2025, 3, 31)),
    "day_count": st.sampled_from(DayCount),
    "penalty_multiplier": st.sampled_from(["0", "1", "1.3", "1.5"]).map(Decimal),
    "penalty_base": st.sampled_from(PenaltyBase),
    "grace_days": st.sampled_from([0, 0, 3, 10]),
    "prepay": st.sampled_from(PrepayPolicy),
    "prepay_fee_rate": st.sampled_from(["0", "0", "0.01", "0.035"]).map(Decimal),
    "min_tail_fen": st.sampled_from([0, 1_000, 50_000]),
    "dpd_switch": st.sampled_from([0, 30, 90]),
    "dpd_threshold_fen": st.sampled_from([0, 100, 5_000]),
}
SOME_ORDERS = st.sampled_from(ORDERS)


def loan(**changes: Any) -> Terms:
    """12,000.00 yuan at 14.4 % over 12 months from 2026-01-15: the loan of the worked examples."""
    usual: dict[str, Any] = {
        "principal_fen": 12_000_00,
        "annual_rate": Decimal("0.144"),
        "method": "EQUAL_INSTALLMENT",
        "terms": 12,
        "value_date": VALUE_DATE,
        "day_count": DayCount.THIRTY_360,
        "penalty_multiplier": Decimal("1.5"),
        "penalty_base": PenaltyBase.PRINCIPAL,
        "grace_days": 0,
        "prepay": PrepayPolicy.REDUCE_INSTALLMENT,
        "prepay_fee_rate": Decimal(0),
        "min_tail_fen": 0,
        "dpd_switch": 90,
        "dpd_threshold_fen": 0,
    }
    return Terms(**(usual | changes))


def payments() -> Callable[..., Paid]:
    """Makes payments, one after another in sequence; each is known by its number."""
    sequence = iter(range(10_000))

    def paid(on: date, amount_fen: int, intent: Intent = Intent.INSTALLMENT) -> Paid:
        n = next(sequence)
        return Paid(str(n), on, n, amount_fen, intent)

    return paid


@st.composite
def any_terms(draw: st.DrawFn, **fixed: Any) -> Terms:
    """Terms of every kind a product may have, small and large, with and without grace, fee and threshold."""
    drawn = {name: draw(values) for name, values in PRODUCTS.items()} | draw(SOME_ORDERS)
    return loan(**(drawn | fixed))


@st.composite
def any_history(draw: st.DrawFn, terms: Terms, most: int = 10, reversals: bool = True) -> list[Event]:
    """Payments small and large of every intent, waivers, and reversals of some payments; some crowd the first months."""
    days = FIRST_MONTHS.map(terms.value_date.__add__) if draw(CROWDED) else days_of(terms, 120)
    amounts = sums(terms)
    events: list[Event] = []
    for n in range(draw(up_to(most))):
        on = draw(days)
        kind = draw(KINDS)
        paid = [event for event in events if isinstance(event, Paid)]
        if kind == "reverse" and paid and reversals:
            events.append(Reversed(str(n), on, n, draw(st.sampled_from(paid)).key))
        elif kind == "waive":
            events.append(Waived(str(n), on, n, draw(WAIVED), draw(WAIVED)))
        else:
            events.append(Paid(str(n), on, n, draw(amounts), draw(INTENTS)))
    return events


@cache
def up_to(most: int) -> st.SearchStrategy[int]:
    """From 0 to this many."""
    return st.integers(0, most)


def sums(terms: Terms) -> st.SearchStrategy[int]:
    """A few fen, about an installment, about all of it, or anything up to more than the loan."""
    usual = terms.principal_fen // terms.terms
    return st.one_of(
        st.integers(1, 200),
        st.integers(max(terms.principal_fen * 98 // 100, 1), terms.principal_fen * 103 // 100 + 1),
        st.integers(max(usual * 9 // 10, 1), usual * 6 // 5 + 1),
        st.integers(1, terms.principal_fen * 5 // 4 + 1),
    )


@st.composite
def any_day(draw: st.DrawFn, terms: Terms) -> date:
    """A day from the value date to well past the last due date."""
    return draw(days_of(terms, 200))


def days_of(terms: Terms, beyond: int) -> st.SearchStrategy[date]:
    """Days of a loan's life and some beyond it; half of them where something changes: due dates, grace, 90 days late."""
    edges = (-1, 0, 0, 1, terms.grace_days, terms.grace_days + 1, 30, 31, 89, 90, 91)
    span = 31 * terms.terms + beyond

    def day(n: int) -> date:
        if n <= span:
            return terms.value_date + timedelta(days=n)
        month, edge = divmod(n - span, len(edges))
        return add_months(terms.value_date, 1 + month % terms.terms) + timedelta(days=edges[edge])

    return st.integers(0, 2 * span).map(day)


def on(text: str) -> date:
    return date.fromisoformat(text)


def went(allocation: Allocation) -> tuple[int, int, int]:
    return allocation.penalty_fen, allocation.interest_fen, allocation.principal_fen


def due(position: Position) -> tuple[int, int, int]:
    return position.penalty_fen, position.interest_fen, position.principal_fen


def paid_on_time(terms: Terms, rows: int) -> list[Event]:
    plan = make_plan(terms)[:rows]
    return [Paid(f"row {row.n}", row.due, row.n, row.principal_fen + row.interest_fen) for row in plan]
