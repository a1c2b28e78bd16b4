"""What a loan costs a year."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy_financial
import pytest

from domain.lending.rules.cost import Cost, CostMeasure, Paying, cost_of, rate_of_paying
from domain.lending.rules.daycount import DayCount
from domain.lending.rules.plan import make_plan
from domain.lending.rules.terms import Terms
from tests.domain.lending.loans import METHODS, loan


def cost(terms: Terms, **fees_fen: int) -> Cost:
    return cost_of(terms, make_plan(terms), {int(month[1:]): fee for month, fee in fees_fen.items()})


@pytest.mark.parametrize("method", METHODS[:3])
def test_without_fees_a_30_360_loan_costs_its_rate(method: str) -> None:
    assert abs(cost(loan(method=method)).nominal - Decimal("0.144")) < Decimal("0.000002")


def test_a_years_bullet_costs_the_same_by_every_date() -> None:
    yearly = cost(loan(method="BULLET", day_count=DayCount.ACT_365, annual_rate=Decimal("0.12")))

    assert yearly.effective == yearly.simple == Decimal("0.120000")
    assert yearly.nominal == Decimal("0.113866")  # 12 x (1.12 ** (1 / 12) - 1)


def test_a_year_of_360_days_costs_more_than_its_rate() -> None:
    assert cost(loan(method="BULLET", day_count=DayCount.ACT_360)).simple == Decimal("0.146000")


def test_fees_are_part_of_the_cost() -> None:
    without, upfront, later = cost(loan()), cost(loan(), m0=120_00), cost(loan(), m12=120_00)

    assert without.nominal < later.nominal < upfront.nominal
    assert without.effective < later.effective < upfront.effective
    assert without.simple < later.simple == upfront.simple


def test_the_nominal_rate_is_that_of_another_library() -> None:
    terms = loan(day_count=DayCount.ACT_ACT)
    flows = [-terms.principal_fen, *(row.principal_fen + row.interest_fen for row in make_plan(terms))]

    assert abs(float(cost(terms).nominal) - 12 * numpy_financial.irr(flows)) < 1e-6


@pytest.mark.parametrize("method", METHODS)
def test_a_loan_without_interest_costs_nothing(method: str) -> None:
    free = cost(loan(method=method, annual_rate=Decimal(0)))

    assert [str(rate) for rate in (free.nominal, free.effective, free.simple)] == ["0.000000"] * 3


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("rate", ["0.01", "0.24", "1"])
def test_the_largest_loan_that_may_be_offered_costs_what_a_small_one_does(method: str, rate: str) -> None:
    terms = loan(method=method, terms=36, annual_rate=Decimal(rate), day_count=DayCount.ACT_360)
    small = cost(replace(terms, principal_fen=10**8))

    for principal_fen in (10**9, 10**11, 10**12 - 100, 10**12):
        large = cost(replace(terms, principal_fen=principal_fen))
        assert abs(large.nominal - small.nominal) <= Decimal("0.000002")
        assert abs(large.effective - small.effective) <= Decimal("0.000002")


def test_a_long_loan_and_a_high_rate_have_a_cost() -> None:
    long = cost(loan(terms=480, value_date=date(2024, 2, 29)))
    high = cost(loan(annual_rate=Decimal(5), method="BULLET", terms=1))

    assert abs(long.nominal - Decimal("0.144")) < Decimal("0.000002")
    assert high.nominal == Decimal("5.000000")


def test_a_measure_is_one_of_the_three_or_the_strictest() -> None:
    figures = Cost(nominal=Decimal("0.239900"), effective=Decimal("0.268000"), simple=Decimal("0.240000"))

    assert figures.by(CostMeasure.NOMINAL) == Decimal("0.2399")
    assert figures.by(CostMeasure.SIMPLE) == Decimal("0.24")
    assert figures.by(CostMeasure.EFFECTIVE) == figures.by(CostMeasure.STRICTEST) == Decimal("0.268")


@pytest.mark.parametrize("measure", CostMeasure)
def test_one_measure_alone_is_what_it_is_among_all(measure: CostMeasure) -> None:
    terms = loan(day_count=DayCount.ACT_360)
    kept = [
        Paying(n, row.principal_fen + row.interest_fen, row.principal_fen) for n, row in enumerate(make_plan(terms), 1)
    ]

    assert rate_of_paying(terms, kept, measure) == cost(terms).by(measure)
