"""The answers to a loan scenario, in the notation of the worked histories: each step with what was known at it."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from domain.lending.rules.allocation import Allocation
from domain.lending.rules.events import Event
from domain.lending.rules.plan import PlanRow, make_plan
from domain.lending.rules.position import OpenRow, Position
from domain.lending.rules.replay import replay
from domain.lending.rules.terms import Terms
from suidai.loan_scenarios import Ask, Close, Pay, Reverse, Scenario, Step, Waive, event_of, key_of


def answered(scenario: Scenario) -> dict[str, Any]:
    """The scenario as it was written, with its plan and every answer filled in."""
    loan = _Loan(scenario.terms, latest=scenario.terms.value_date)
    steps = zip(scenario.steps, scenario.steps_as_written, strict=True)
    return {
        "id": scenario.id,
        "terms": dict(scenario.terms_as_written),
        "plan": [{"n": row.n, **_row(row)} for row in make_plan(scenario.terms)],
        "steps": [{**written, **loan.take(step, n)} for n, (step, written) in enumerate(steps)],
    }


@dataclass(slots=True)
class _Loan:
    """A loan as its steps become known."""

    terms: Terms
    latest: date
    events: list[Event] = field(default_factory=list[Event])

    def take(self, step: Step, n: int) -> dict[str, Any]:
        """Learn of a step, and answer it with what is known then."""
        if not isinstance(step, Close):
            self.latest = max(self.latest, step.on)
        if event := event_of(step, n):
            self.events.append(event)
        match step:
            case Ask(on):
                return {"ask": _ask(self._position(on))}
            case Pay(on):
                return {"allocated": _allocated(self._position(on).allocations[key_of(n)])}
            case Waive(on):
                waiver = self._position(on).waivers[key_of(n)]
                return {"waived": {"penalty_fen": waiver.penalty_fen, "interest_fen": waiver.interest_fen}}
            case Reverse():
                return {}
            case Close():
                return {"closed": self._position(self.latest).closed}

    def _position(self, on: date) -> Position:
        return replay(self.terms, self.events, on)


def _ask(position: Position) -> dict[str, Any]:
    return {
        "penalty_fen": position.penalty_fen,
        "interest_fen": position.interest_fen,
        "principal_fen": position.principal_fen,
        "accrued_fen": position.accrued_fen,
        "undue_fen": position.undue_fen,
        "fee_fen": position.fee_fen,
        "due_fen": position.due_fen,
        "payoff_fen": position.payoff_fen,
        "dpd": position.dpd,
        "open": [_row(row) for row in position.open],
    }


def _allocated(allocation: Allocation) -> dict[str, Any]:
    return {
        "penalty_fen": allocation.penalty_fen,
        "interest_fen": allocation.interest_fen,
        "principal_fen": allocation.principal_fen,
        "fee_fen": allocation.fee_fen,
        "excess_fen": allocation.excess_fen,
    }


def _row(row: PlanRow | OpenRow) -> dict[str, Any]:
    return {"due": row.due.isoformat(), "principal_fen": row.principal_fen, "interest_fen": row.interest_fen}
