"""The terms of a loan: everything that was agreed at signing and never changes after."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from domain.lending.rules.daycount import DayCount


class Component(StrEnum):
    """What an installment is made of."""

    PENALTY = "PENALTY"
    INTEREST = "INTEREST"
    PRINCIPAL = "PRINCIPAL"


class PenaltyBase(StrEnum):
    """Of an overdue installment, what bears penalty."""

    PRINCIPAL = "PRINCIPAL"
    PRINCIPAL_AND_INTEREST = "PRINCIPAL_AND_INTEREST"


class PrepayPolicy(StrEnum):
    """What a prepayment makes smaller: the installments that remain, or their number."""

    REDUCE_INSTALLMENT = "REDUCE_INSTALLMENT"
    REDUCE_TERM = "REDUCE_TERM"


_PENALTY_FIRST = (Component.PENALTY, Component.INTEREST, Component.PRINCIPAL)
_PRINCIPAL_FIRST = (Component.PRINCIPAL, Component.INTEREST, Component.PENALTY)


@dataclass(frozen=True, slots=True)
class Terms:
    """What was signed. Sums in fen, rates a year as exact decimals (`0.144` is 14.4 %), `terms` in months.

    `waterfall` is the order within one installment, oldest installment first, up to `dpd_switch` days past due. Above,
    `late_waterfall` is the order of whole components: all installments of the first, then of the next.
    `recovery_waterfall` is the same after a write-off.
    """

    principal_fen: int
    annual_rate: Decimal
    method: str
    terms: int
    value_date: date
    day_count: DayCount
    penalty_multiplier: Decimal
    penalty_base: PenaltyBase
    grace_days: int
    prepay: PrepayPolicy
    prepay_fee_rate: Decimal
    min_tail_fen: int
    dpd_switch: int
    dpd_threshold_fen: int
    waterfall: tuple[Component, ...] = _PENALTY_FIRST
    late_waterfall: tuple[Component, ...] = _PRINCIPAL_FIRST
    recovery_waterfall: tuple[Component, ...] = _PRINCIPAL_FIRST

    def __post_init__(self) -> None:
        if self.principal_fen < 1 or self.terms < 1:
            raise ValueError("a loan has a principal of at least 1 fen and at least one month")
        rates = (self.annual_rate, self.penalty_multiplier, self.prepay_fee_rate)
        counts = (self.grace_days, self.min_tail_fen, self.dpd_switch, self.dpd_threshold_fen)
        if not all(rate.is_finite() and rate >= 0 for rate in rates) or min(counts) < 0:
            raise ValueError("rates, days and thresholds of a loan are not negative")
        for order in (self.waterfall, self.late_waterfall, self.recovery_waterfall):
            if sorted(order) != sorted(Component):
                raise ValueError(f"{order} is not an order of all components")
