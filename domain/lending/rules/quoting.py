"""What a loan would cost: its plan with totals, its yearly cost in three measures, and the ceiling it must keep below."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from domain.lending.errors import CostAboveCeiling, PenaltyAboveCeiling
from domain.lending.rules.cost import Cost, CostMeasure, cost_of
from domain.lending.rules.plan import PlanRow, make_plan
from domain.lending.rules.terms import Terms
from domain.lending.rules.worst_case import EVERY_PATH, Path, WorstCase, worst_case


@dataclass(frozen=True, slots=True)
class QuotedRow:
    """An installment as quoted: what is to be paid on a day, and the principal that is left after it."""

    n: int
    due_on: date
    principal_fen: int
    interest_fen: int
    fee_fen: int
    balance_fen: int

    @property
    def total_fen(self) -> int:
        return self.principal_fen + self.interest_fen + self.fee_fen

    def kept(self) -> dict[str, Any]:
        """The row as it is stored."""
        return {
            "n": self.n,
            "due": self.due_on.isoformat(),
            "principal_fen": self.principal_fen,
            "interest_fen": self.interest_fen,
            "fee_fen": self.fee_fen,
            "balance_fen": self.balance_fen,
        }

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> "QuotedRow":
        return cls(
            n=kept["n"],
            due_on=date.fromisoformat(kept["due"]),
            principal_fen=kept["principal_fen"],
            interest_fen=kept["interest_fen"],
            fee_fen=kept["fee_fen"],
            balance_fen=kept["balance_fen"],
        )


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything a quote says in figures."""

    terms: Terms
    rows: tuple[QuotedRow, ...]
    cost: Cost

    @property
    def total_interest_fen(self) -> int:
        return sum(row.interest_fen for row in self.rows)

    @property
    def total_fee_fen(self) -> int:
        return sum(row.fee_fen for row in self.rows)

    @property
    def total_fen(self) -> int:
        return sum(row.total_fen for row in self.rows)


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The yearly cost that may not be exceeded on a day, the measure and the paths it is tested on, where it comes from."""

    measure: CostMeasure
    limit: Decimal
    source: str
    paths: tuple[Path, ...] = EVERY_PATH

    @classmethod
    def read(cls, policy: Mapping[str, Any], source: str) -> "Ceiling":
        """From the policy value {"measure": "NOMINAL", "limit": "0.24", "paths": ["ON_TIME", "LATE", "PREPAID"]}.

        One that names no paths means all of them.
        """
        paths = tuple(Path(path) for path in policy.get("paths", EVERY_PATH))
        return cls(CostMeasure(policy["measure"]), Decimal(policy["limit"]), source, paths)

    def kept(self) -> dict[str, Any]:
        paths = [path.value for path in self.paths]
        return {"measure": self.measure.value, "limit": str(self.limit), "paths": paths, "source": self.source}


@dataclass(frozen=True, slots=True)
class CeilingTest:
    """What a loan costs kept to and at worst, and what it bears when it is late, beside what all of these may come to."""

    ceiling: Ceiling
    planned_rate: Decimal
    worst: WorstCase
    penalty_rate: Decimal

    @property
    def holds(self) -> bool:
        return self.refusal() is None

    def refusal(self) -> CostAboveCeiling | PenaltyAboveCeiling | None:
        """Why a loan is refused, with the figures; None if it is not. A penalty rate too high is said before its effect."""
        limit, worst = self.ceiling.limit, self.worst
        if self.penalty_rate > limit >= self.planned_rate:
            return PenaltyAboveCeiling(rate=self.penalty_rate, ceiling=limit)
        if worst.rate <= limit:
            return None
        when = when_paid(worst.path, worst.months)
        return CostAboveCeiling(
            rate=worst.rate, ceiling=limit, measure=self.ceiling.measure, when_en=when["en"], when_zh=when["zh"]
        )


def work_out(terms: Terms) -> Figures:
    """The figures of a loan on these terms, kept to as planned."""
    plan = make_plan(terms)
    return Figures(terms, _rows(terms.principal_fen, plan), cost_of(terms, plan))


def ceiling_test(ceiling: Ceiling, figures: Figures) -> CeilingTest:
    """How a loan stands to a ceiling, on the dearest of the paths the ceiling names."""
    worst = worst_case(figures.terms, ceiling.measure, ceiling.paths)
    return CeilingTest(ceiling, figures.cost.by(ceiling.measure), worst, penalty_rate_of(figures.terms))


def hold_below(ceiling: Ceiling, figures: Figures, fields: tuple[str, ...] = ()) -> CeilingTest:
    """Refuse what costs more than it may, however it is paid. Raises CostAboveCeiling, PenaltyAboveCeiling."""
    tested = ceiling_test(ceiling, figures)
    if refusal := tested.refusal():
        refusal.fields = fields
        raise refusal
    return tested


def when_paid(path: Path, months: int) -> dict[str, str]:
    """A path in words, as the beginning of a sentence."""
    plural = "month" if months == 1 else "months"
    return {
        Path.ON_TIME: {"en": "Paid on time", "zh": "按期还款"},
        Path.LATE: {"en": f"Paid {months} {plural} late every time", "zh": f"每期逾期 {months} 个月还款"},
        Path.PREPAID: {"en": f"Paid off after {months} {plural}", "zh": f"第 {months} 个月提前结清"},
    }[path]


def penalty_rate_of(terms: Terms) -> Decimal:
    """What overdue principal bears a year, instead of interest."""
    return penalty_rate(terms.annual_rate, terms.penalty_multiplier)


def penalty_rate(annual_rate: Decimal, multiplier: Decimal) -> Decimal:
    return plain(annual_rate * multiplier)


def plain(rate: Decimal) -> Decimal:
    """The rate without the zeros a column adds: 0.144, not 0.1440000000."""
    text = f"{rate:f}"
    return Decimal(text.rstrip("0").rstrip(".") if "." in text else text)


def _rows(principal_fen: int, plan: Sequence[PlanRow]) -> tuple[QuotedRow, ...]:
    rows: list[QuotedRow] = []
    balance_fen = principal_fen
    for row in plan:
        balance_fen -= row.principal_fen
        rows.append(QuotedRow(row.n, row.due, row.principal_fen, row.interest_fen, 0, balance_fen))
    return tuple(rows)
