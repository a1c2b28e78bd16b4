"""Reckoning in spans and reckoning day by day come to the same fen, over random loans and histories."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.lending.rules.events import ExcessRefunded, WrittenOff
from domain.lending.rules.plan import make_plan
from domain.lending.rules.position import Position
from domain.lending.rules.posting import COMPONENTS, target
from domain.lending.rules.replay import replay
from domain.lending.rules.terms import Terms
from tests.domain.lending.day_by_day import DayByDay
from tests.domain.lending.loans import any_day, any_history, any_terms

NAMES = ("penalty_fen", "interest_fen", "principal_fen", "accrued_fen", "undue_fen", "fee_fen", "dpd")
PARTS = ("penalty_fen", "interest_fen", "principal_fen", "fee_fen", "excess_fen")


def answers(position: Position) -> dict[str, Any]:
    return {
        **{name: getattr(position, name) for name in NAMES},
        "open": [(row.due, row.principal_fen, row.interest_fen) for row in position.open],
        "interest_earned_fen": position.totals.interest_earned_fen,
        "penalty_earned_fen": position.totals.penalty_earned_fen,
    }


def touched(position: Position) -> dict[Any, tuple[int, ...]]:
    found: dict[Any, tuple[int, ...]] = {}
    for row in position.rows:
        paid = (row.paid_penalty_fen, row.paid_interest_fen, row.paid_principal_fen)
        waived = (row.waived_penalty_fen, row.waived_interest_fen, 0)
        if any(paid) or any(waived):
            found[row.due] = (row.principal_fen, *paid, *waived, row.penalty_fen)
    return found


def parts(of: Any, names: tuple[str, ...]) -> dict[Any, dict[str, int]]:
    return {key: {name: getattr(each, name) for name in names} for key, each in of.items()}


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_any_history_comes_out_as_it_does_day_by_day(data: st.DataObject) -> None:
    terms = data.draw(any_terms())
    events = data.draw(any_history(terms))
    if data.draw(st.integers(0, 4)) == 0:
        events.append(WrittenOff("off", data.draw(any_day(terms)), len(events)))
    if data.draw(st.integers(0, 4)) == 0:
        events.append(ExcessRefunded("back", data.draw(any_day(terms)), len(events), data.draw(st.integers(1, 5_000))))
    to = data.draw(any_day(terms))

    slow = DayByDay(terms, events, to)
    fast = replay(terms, events, to)

    assert answers(fast) == slow.answers()
    assert parts(fast.allocations, PARTS) == slow.allocations
    assert parts(fast.waivers, ("penalty_fen", "interest_fen")) == slow.waivers
    assert touched(fast) == slow.touched()
    assert dict(zip(COMPONENTS, target(terms, events, fast).values(), strict=True)) == slow.books()


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(any_terms())
def test_any_plan_comes_out_as_it_does_day_by_day(terms: Terms) -> None:
    slow = DayByDay(terms, [], terms.value_date)

    assert [(row.due, row.principal_fen, row.interest_fen) for row in make_plan(terms)] == slow.answers()["open"]
