"""Reckoning in spans and reckoning day by day come to the same fen, over random histories."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.lending.rules.events import WrittenOff
from domain.lending.rules.position import Position
from domain.lending.rules.replay import replay
from tests.domain.lending.day_by_day import DayByDay
from tests.domain.lending.loans import any_day, any_history, any_terms

NAMES = ("penalty_fen", "interest_fen", "principal_fen", "accrued_fen", "undue_fen", "fee_fen", "dpd")


def answers(position: Position) -> dict[str, Any]:
    return {
        **{name: getattr(position, name) for name in NAMES},
        "open": [(row.due, row.principal_fen, row.interest_fen) for row in position.open],
        "interest_earned_fen": position.totals.interest_earned_fen,
        "penalty_earned_fen": position.totals.penalty_earned_fen,
    }


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_any_history_comes_out_as_it_does_day_by_day(data: st.DataObject) -> None:
    terms = data.draw(any_terms())
    events = data.draw(any_history(terms))
    if data.draw(st.integers(0, 5)) == 0:
        events.append(WrittenOff("off", data.draw(any_day(terms)), len(events)))
    to = data.draw(any_day(terms))

    slow = DayByDay(terms, events, to)
    fast = replay(terms, events, to)

    assert answers(fast) == slow.answers()
    assert slow.allocations == {
        key: {
            name: getattr(allocation, name)
            for name in ("penalty_fen", "interest_fen", "principal_fen", "fee_fen", "excess_fen")
        }
        for key, allocation in fast.allocations.items()
    }
    assert slow.waivers == {
        key: {"penalty_fen": waiver.penalty_fen, "interest_fen": waiver.interest_fen}
        for key, waiver in fast.waivers.items()
    }
