"""What a loan would cost: its plan with totals, its yearly cost in three measures, and the ceiling it must keep below."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from domain.lending.errors import PenaltyAboveCeiling
from domain.lending.rules.cost import Cost, CostMeasure, cost_of, refuse_above
from domain.lending.rules.plan import PlanRow, make_plan
from domain.lending.rules.terms import Terms


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
    """The yearly cost that may not be exceeded on a day, the measure it is tested against, and where it comes from."""

    measure: CostMeasure
    limit: Decimal
    source: str

    @classmethod
    def read(cls, policy: Mapping[str, Any], source: str) -> "Ceiling":
        """From the policy value {"measure": "NOMINAL", "limit": "0.24"} and where it comes from."""
        return cls(CostMeasure(policy["measure"]), Decimal(policy["limit"]), source)

    def kept(self) -> dict[str, str]:
        return {"measure": self.measure.value, "limit": str(self.limit), "source": self.source}


def work_out(terms: Terms) -> Figures:
    """The figures of a loan on these terms, kept to as planned."""
    plan = make_plan(terms)
    return Figures(terms, _rows(terms.principal_fen, plan), cost_of(terms, plan))


def hold_below(ceiling: Ceiling, figures: Figures) -> None:
    """Refuse what costs more than it may, paid on time or late. Raises CostAboveCeiling, PenaltyAboveCeiling."""
    refuse_above(ceiling.limit, figures.cost.by(ceiling.measure), ceiling.measure)
    penalty_rate = penalty_rate_of(figures.terms)
    if penalty_rate > ceiling.limit:
        raise PenaltyAboveCeiling(rate=penalty_rate, ceiling=ceiling.limit)


def penalty_rate_of(terms: Terms) -> Decimal:
    """What overdue principal bears a year, instead of interest."""
    return plain(terms.annual_rate * terms.penalty_multiplier)


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
