"""What a quote says, and what it refuses to say."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.lending.errors import (
    AmountAboveMaximum,
    AmountBelowMinimum,
    AmountNotAStep,
    CostAboveCeiling,
    PenaltyAboveCeiling,
    TermsNotOffered,
    ValueDateNotPossible,
)
from domain.lending.rules.cost import CostMeasure
from domain.lending.rules.disclosure import disclosure_sheet, sheet_hash
from domain.lending.rules.limits import Limits, check_request
from domain.lending.rules.plan import make_plan
from domain.lending.rules.quoting import (
    Ceiling,
    QuotedRow,
    ceiling_test,
    hold_below,
    penalty_rate_of,
    plain,
    work_out,
)
from domain.lending.rules.terms import Terms
from tests.domain.lending.loans import any_terms, loan

LIMITS = Limits(1_000_00, 200_000_00, 100_00, 3, 36)
TODAY = date(2026, 1, 15)
CEILING = Ceiling(CostMeasure.NOMINAL, Decimal("0.24"), "a guideline")
NAME = {"code": "P", "zh": "产品", "en": "product"}


def sheet_of(terms: Terms) -> dict[str, Any]:
    figures = work_out(terms)
    return disclosure_sheet(figures, ceiling_test(CEILING, figures), product=NAME, funder="own")


@given(any_terms())
def test_a_quote_adds_up_to_its_plan(terms: Terms) -> None:
    figures, plan = work_out(terms), make_plan(terms)

    assert sum(row.principal_fen for row in figures.rows) == terms.principal_fen
    assert figures.total_interest_fen == sum(row.interest_fen for row in plan)
    assert figures.total_fen == terms.principal_fen + figures.total_interest_fen + figures.total_fee_fen
    assert [row.balance_fen for row in figures.rows] == [
        terms.principal_fen - sum(row.principal_fen for row in plan[:n]) for n in range(1, len(plan) + 1)
    ]
    assert [QuotedRow.read(json.loads(json.dumps(row.kept()))) for row in figures.rows] == list(figures.rows)


@given(any_terms())
def test_the_hash_of_a_sheet_is_of_what_it_says(terms: Terms) -> None:
    sheet = sheet_of(terms)
    shuffled = json.loads(json.dumps(dict(reversed(sheet.items()))))

    assert sheet_hash(shuffled) == sheet_hash(sheet)
    assert sheet_hash(sheet | {"principal": "0.00"}) != sheet_hash(sheet)


def test_the_hash_is_sha_256_of_canonical_json() -> None:
    assert sheet_hash({"b": "元", "a": 1}) == sha256('{"a":1,"b":"元"}'.encode()).digest()


def test_the_notes_loan_is_disclosed_item_by_item() -> None:
    terms = loan(principal_fen=40_000_00, method="INTEREST_ONLY", day_count="ACT_360")
    sheet = sheet_of(terms)

    assert (sheet["principal"], sheet["received"]) == ("40000.00", "40000.00")
    assert (sheet["totalCost"], sheet["totalRepayment"]) == ("5840.00", "45840.00")
    (interest,) = sheet["items"]
    assert (interest["code"], interest["annualRate"], interest["amount"]) == ("INTEREST", "0.144", "5840.00")
    assert set(interest) >= {"way", "standard", "payee"}
    penalty, fee = sheet["contingent"]
    assert (penalty["code"], penalty["annualRate"]) == ("PENALTY", "0.216")
    assert (fee["code"], fee["rate"]) == ("PREPAYMENT_FEE", "0")
    assert sheet["annualisedCost"]["nominal"] == "0.145954"
    assert sheet["annualisedCost"]["worstCase"] == {
        "path": "LATE",
        "months": 3,
        "when": {"en": "Paid 3 months late every time", "zh": "每期逾期 3 个月还款"},
        "rate": "0.153017",
    }
    assert "不再" in sheet["nothingElse"]["zh"]
    assert sheet["minimumPayment"] == {
        "amount": "0.00",
        "zh": "单次还款金额不设下限。",
        "en": "Any sum may be paid at once.",
    }
    for part in (interest, penalty, fee):
        assert set(part["standard"]) == {"zh", "en"}


def test_the_least_that_may_be_paid_at_once_is_on_the_sheet_and_under_its_hash() -> None:
    figures = work_out(loan())
    tested = ceiling_test(CEILING, figures)
    sheets = [disclosure_sheet(figures, tested, product=NAME, funder="own", min_payment_fen=fen) for fen in (0, 100_00)]

    assert "100.00 yuan or more" in sheets[1]["minimumPayment"]["en"]
    assert "不低于 100.00 元" in sheets[1]["minimumPayment"]["zh"]
    assert sheet_hash(sheets[0]) != sheet_hash(sheets[1])


@pytest.mark.parametrize(
    ("rate", "shown"), [("0.1440000000", "0.144"), ("0E-10", "0"), ("1", "1"), ("10.50", "10.5"), ("100", "100")]
)
def test_a_rate_is_shown_without_the_zeros_of_its_column(rate: str, shown: str) -> None:
    assert f"{plain(Decimal(rate)):f}" == shown


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"principal_fen": 999_00}, AmountBelowMinimum),
        ({"principal_fen": 0}, AmountBelowMinimum),
        ({"principal_fen": -1_000_00}, AmountBelowMinimum),
        ({"principal_fen": 200_100_00}, AmountAboveMaximum),
        ({"principal_fen": 1_000_01}, AmountNotAStep),
        ({"terms": 2}, TermsNotOffered),
        ({"terms": 37}, TermsNotOffered),
        ({"value_date": date(2026, 1, 14)}, ValueDateNotPossible),
        ({"value_date": date(2026, 2, 16)}, ValueDateNotPossible),
    ],
)
def test_what_a_product_does_not_offer_is_refused(wrong: dict[str, object], refusal: type[Exception]) -> None:
    asked = {"principal_fen": 40_000_00, "terms": 12, "value_date": TODAY} | wrong
    with pytest.raises(refusal):
        check_request(LIMITS, today=TODAY, **asked)  # type: ignore[arg-type]  # facts of a test


@pytest.mark.parametrize(
    "edge",
    [
        {"principal_fen": 1_000_00},
        {"principal_fen": 200_000_00},
        {"terms": 3},
        {"terms": 36},
        {"value_date": date(2026, 2, 15)},
    ],
)
def test_its_bounds_are_within_it(edge: dict[str, object]) -> None:
    asked = {"principal_fen": 40_000_00, "terms": 12, "value_date": TODAY} | edge
    check_request(LIMITS, today=TODAY, **asked)  # type: ignore[arg-type]  # facts of a test


def test_a_quote_above_the_ceiling_is_refused_with_the_figures() -> None:
    # 24 % by days over 360 is 24.33 % a year: above.
    figures = work_out(loan(annual_rate=Decimal("0.24"), day_count="ACT_360", penalty_multiplier=Decimal(1)))

    with pytest.raises(CostAboveCeiling) as refused:
        hold_below(CEILING, figures)
    assert str(figures.cost.nominal) in str(refused.value)
    assert "0.24 " in str(refused.value) or str(refused.value).endswith("0.24.")


def test_at_the_ceiling_is_not_above_it() -> None:
    terms = loan(annual_rate=Decimal("0.24"), method="INTEREST_ONLY", day_count="30_360", penalty_multiplier=Decimal(1))
    figures = work_out(terms)

    assert figures.cost.nominal == Decimal("0.24")
    hold_below(CEILING, figures)


def test_a_stricter_measure_is_tested_when_the_policy_names_it() -> None:
    figures = work_out(loan(annual_rate=Decimal("0.23"), day_count="30_360", penalty_multiplier=Decimal(1)))

    hold_below(CEILING, figures)
    with pytest.raises(CostAboveCeiling):
        hold_below(replace(CEILING, measure=CostMeasure.EFFECTIVE), figures)


@given(st.decimals("0.01", "0.2", places=4), st.decimals("1", "3", places=2))
def test_a_penalty_rate_above_the_ceiling_is_refused(rate: Decimal, multiplier: Decimal) -> None:
    figures = work_out(loan(annual_rate=rate, penalty_multiplier=multiplier, day_count="30_360"))
    above = rate * multiplier > CEILING.limit

    assert penalty_rate_of(figures.terms) == rate * multiplier
    if above:
        with pytest.raises(PenaltyAboveCeiling):
            hold_below(CEILING, figures)
    else:
        hold_below(CEILING, figures)
