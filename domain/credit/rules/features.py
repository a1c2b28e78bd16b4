"""What a decision goes by out of a report: a few figures by kind. All else in it is nobody's business and is not kept."""

from collections.abc import Mapping
from typing import Any

from domain.borrowers.rules.sources import DataKind

FEATURES: Mapping[DataKind, tuple[str, ...]] = {
    DataKind.CREDIT_REPORT: ("score", "open_loans", "owed_fen", "overdue_months_24", "queries_6_months"),
    DataKind.SOCIAL_SECURITY: ("months_paid", "base_fen"),
    DataKind.CARRIER: ("months_with_carrier", "real_name_matches"),
    DataKind.HOUSING_FUND: ("months_paid", "base_fen"),
    DataKind.CREDIT_CARD_BILL: ("cards", "limit_fen", "owed_fen", "overdue_months_12"),
}
"""Sums are in fen, everything else is a count, a score, or yes and no."""


def features_of(kind: DataKind, report: Mapping[str, Any]) -> dict[str, int | bool]:
    """The figures of a report that are there and are figures."""
    return {name: report[name] for name in FEATURES[kind] if isinstance(report.get(name), int)}
