"""The terms of a loan as the arithmetic wants them, out of the product version it pins."""

from collections.abc import Iterable
from datetime import date

from domain.lending.models import Loan, ProductVersion
from domain.lending.rules.daycount import DayCount
from domain.lending.rules.terms import Component, PenaltyBase, PrepayPolicy, Terms


def terms_on(version: ProductVersion, *, principal_fen: int, terms: int, value_date: date) -> Terms:
    """The terms of a loan of this version."""
    return Terms(
        principal_fen=principal_fen,
        annual_rate=version.annual_rate,
        method=version.method,
        terms=terms,
        value_date=value_date,
        day_count=DayCount(version.day_count),
        penalty_multiplier=version.penalty_multiplier,
        penalty_base=PenaltyBase(version.penalty_base),
        grace_days=version.grace_days,
        prepay=PrepayPolicy(version.prepay),
        prepay_fee_rate=version.prepay_fee_rate,
        min_tail_fen=version.min_tail_fen,
        dpd_switch=version.dpd_switch,
        dpd_threshold_fen=version.dpd_threshold_fen,
        waterfall=order_of(version.waterfall["current"]),
        late_waterfall=order_of(version.waterfall["late"]),
        recovery_waterfall=order_of(version.waterfall["recovery"]),
    )


def terms_of(loan: Loan, version: ProductVersion) -> Terms:
    """The terms frozen at signing, of a loan that was paid out."""
    if loan.value_date is None:
        raise ValueError(f"loan {loan.number} has no value date yet")
    return terms_on(version, principal_fen=loan.principal_fen, terms=loan.terms, value_date=loan.value_date)


def order_of(names: Iterable[str]) -> tuple[Component, ...]:
    """A waterfall as a version keeps it, read."""
    return tuple(Component(name.upper()) for name in names)
