"""What the terms of a product must keep to."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain.lending.errors import MethodUnknown, ProductNotSensible
from domain.lending.rules.daycount import DayCount
from domain.lending.rules.offering import ProductTerms, day_count_named
from domain.lending.rules.terms import Component, PenaltyBase, PrepayPolicy

PENALTY, INTEREST, PRINCIPAL = Component

TERMS = ProductTerms(
    method="EQUAL_INSTALLMENT",
    min_terms=3,
    max_terms=36,
    min_amount_fen=1_000_00,
    max_amount_fen=50_000_00,
    amount_step_fen=100_00,
    annual_rate=Decimal("0.12"),
    day_count=DayCount.ACT_360,
    penalty_multiplier=Decimal("1.5"),
    penalty_base=PenaltyBase.PRINCIPAL,
    grace_days=0,
    prepay=PrepayPolicy.REDUCE_INSTALLMENT,
    prepay_fee_rate=Decimal(0),
    min_tail_fen=0,
    min_payment_fen=0,
    dpd_switch=90,
    dpd_threshold_fen=0,
    waterfall=(PENALTY, INTEREST, PRINCIPAL),
    late_waterfall=(PRINCIPAL, INTEREST, PENALTY),
    recovery_waterfall=(PRINCIPAL, INTEREST, PENALTY),
    funder="own",
    min_read_seconds=10,
    quote_valid_minutes=30,
    sign_within_days=7,
)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("minTerms", {"min_terms": 2}),
        ("maxTerms", {"max_terms": 37}),
        ("maxTerms", {"min_terms": 13, "max_terms": 12}),
        ("minAmount", {"min_amount_fen": 0}),
        ("maxAmount", {"min_amount_fen": 60_000_00}),
        ("amountStep", {"amount_step_fen": 0}),
        ("amountStep", {"amount_step_fen": -100_00}),
        ("amountStep", {"amount_step_fen": 300_00}),
        ("rate", {"annual_rate": Decimal("-0.01")}),
        ("rate", {"annual_rate": Decimal("0.1440001")}),
        ("rate", {"annual_rate": Decimal("14.4")}),
        ("penaltyMultiplier", {"penalty_multiplier": Decimal(-1)}),
        ("graceDays", {"grace_days": -1}),
        ("graceDays", {"grace_days": 29}),
        ("prepayFeeRate", {"prepay_fee_rate": Decimal("1.01")}),
        ("minTail", {"min_tail_fen": -1}),
        ("minPayment", {"min_payment_fen": -1}),
        ("minPayment", {"min_payment_fen": 1_000_01}),
        ("dpdSwitch", {"dpd_switch": -1}),
        ("dpdThreshold", {"dpd_threshold_fen": -1}),
        ("waterfall", {"waterfall": (PENALTY, INTEREST)}),
        ("lateWaterfall", {"late_waterfall": (PENALTY, PENALTY, INTEREST)}),
        ("recoveryWaterfall", {"recovery_waterfall": (PENALTY, INTEREST, PRINCIPAL, PRINCIPAL)}),
        ("funder", {"funder": "  "}),
        ("minReadSeconds", {"min_read_seconds": 0}),
        ("quoteValidMinutes", {"quote_valid_minutes": 0}),
        ("signWithinDays", {"sign_within_days": 91}),
    ],
)
def test_what_no_product_may_have_is_refused_where_it_stands(field: str, wrong: dict[str, Any]) -> None:
    with pytest.raises(ProductNotSensible) as refused:
        replace(TERMS, **wrong).check()

    assert refused.value.fields == (field,)
    for language in ("en", "zh-CN"):
        assert "{" not in refused.value.message(language)


def test_a_bound_is_told_with_the_figures_in_both_languages() -> None:
    with pytest.raises(ProductNotSensible) as refused:
        replace(TERMS, min_payment_fen=2_000_00).check()

    assert str(refused.value) == (
        "These terms of a product cannot be: minPayment is 2000.00 yuan and may be from 0.00 to 1000.00 yuan."
    )
    assert refused.value.message("zh-CN") == "产品条款不成立：minPayment 为 2000.00 元，应在 0.00 至 1000.00 元之间。"


@pytest.mark.parametrize(
    "edge",
    [
        {"min_terms": 36},
        {"max_terms": 3},
        {"min_amount_fen": 50_000_00},
        {"annual_rate": Decimal(0)},
        {"annual_rate": Decimal("0.144001")},
        {"annual_rate": Decimal("0.1440000000")},
        {"grace_days": 28},
        {"min_payment_fen": 1_000_00},
        {"min_read_seconds": 1},
    ],
)
def test_its_bounds_are_allowed(edge: dict[str, Any]) -> None:
    replace(TERMS, **edge).check()


def test_a_method_nobody_provides_is_refused_with_those_there_are() -> None:
    with pytest.raises(MethodUnknown, match=r"BALLOON.*EQUAL_INSTALLMENT") as refused:
        replace(TERMS, method="BALLOON").check()
    assert refused.value.fields == ("method",)


def test_a_day_count_goes_by_its_own_code() -> None:
    assert day_count_named("30_360") is DayCount.THIRTY_360
    with pytest.raises(ProductNotSensible, match=r"'ACT_364' is no day count; known are ACT_360"):
        day_count_named("ACT_364")


def test_the_corners_are_the_smallest_and_the_largest_for_the_shortest_and_the_longest() -> None:
    corners = list(TERMS.corners(date(2026, 1, 15)))

    assert [(each.principal_fen, each.terms) for each in corners] == [
        (1_000_00, 3),
        (1_000_00, 36),
        (50_000_00, 3),
        (50_000_00, 36),
    ]
    assert len(list(replace(TERMS, min_terms=12, max_terms=12).corners(date(2026, 1, 15)))) == 2
