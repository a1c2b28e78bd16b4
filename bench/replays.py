"""A loan's whole life replayed, beside the slow second reckoning of it that the tests keep."""

from bench.loans import EVENTS, eventful, forget
from bench.report import Group
from bench.timing import Effort, race
from domain.lending.rules.daycount import DayCount
from domain.lending.rules.plan import make_plan
from domain.lending.rules.posting import target
from domain.lending.rules.replay import replay
from tests.domain.lending.day_by_day import DayByDay

OURS = "replay"


def groups(effort: Effort) -> list[Group]:
    return [_of(DayCount.ACT_365, effort), _of(DayCount.THIRTY_360, effort)]


def _of(day_count: DayCount, effort: Effort) -> Group:
    terms, events, last = eventful(day_count)

    def anew() -> None:
        forget()
        replay(terms, events, last)

    def plan() -> None:
        forget()
        make_plan(terms)

    timings = race(
        {
            OURS: lambda: replay(terms, events, last),
            "replay, nothing kept of its plan": anew,
            "replay, and what the books should hold": lambda: target(terms, events, replay(terms, events, last)),
            "its plan alone": plan,
            "day by day, in fractions": lambda: DayByDay(terms, events, last).answers(),
        },
        effort,
        EVENTS,
    )
    title = f"{EVENTS} events on a loan of {terms.terms} terms, {day_count}"
    a_replay = {name: f"{timing.seconds * 1e6:,.0f} µs a loan" for name, timing in timings.items()}
    return Group(title, "event", OURS, timings, a_replay)
