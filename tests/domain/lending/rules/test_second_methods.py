"""The figures a second time, by other people's code or another formula."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import numpy_financial
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy import arange

from domain.lending.rules.cost import cost_of
from domain.lending.rules.daycount import DayCount
from domain.lending.rules.plan import PlanRow, make_plan
from domain.lending.rules.terms import Terms
from domain.shared.days import days_in_year
from tests.domain.lending.day_by_day import month_later, rounded
from tests.domain.lending.loans import any_terms, loan

agreement = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))

SUMS = st.integers(1_000_00, 200_000_00)
RATES = st.sampled_from(["0.0365", "0.072", "0.12", "0.144", "0.18", "0.2399", "0.36"])
ACTUAL = st.sampled_from([DayCount.ACT_360, DayCount.ACT_365, DayCount.ACT_ACT])
DAYS = st.dates(date(2019, 1, 1), date(2031, 12, 31))


# --- 30/360: numpy-financial --------------------------------------------------------------------------------------------


@agreement
@given(SUMS, RATES, st.integers(1, 36))
def test_every_row_of_a_30_360_plan_is_numpy_financials_but_for_rounding(
    principal_fen: int, rate: str, terms: int
) -> None:
    """A and each I_k are rounded by half a fen at most; what that leaves on the balance grows with the rate."""
    plan = make_plan(loan(principal_fen=principal_fen, annual_rate=Decimal(rate), terms=terms))
    monthly, periods = float(rate) / 12, arange(1, terms + 1)
    principals = -numpy_financial.ppmt(monthly, periods, terms, principal_fen)
    interests = -numpy_financial.ipmt(monthly, periods, terms, principal_fen)

    for row, principal, interest in list(zip(plan, principals, interests, strict=True))[:-1]:
        drift = (1 + monthly) ** row.n + 1e-3
        assert abs(row.principal_fen - principal) <= drift
        assert abs(row.interest_fen - interest) <= drift
        assert abs(row.principal_fen + row.interest_fen - principal - interest) <= 0.5 + 1e-3
    assert abs(plan[-1].principal_fen - principals[-1]) <= terms * (1 + monthly) ** terms


@agreement
@given(SUMS, RATES, st.integers(1, 36))
def test_equal_principal_costs_what_the_sum_of_its_balances_says(principal_fen: int, rate: str, terms: int) -> None:
    plan = make_plan(
        loan(principal_fen=principal_fen, annual_rate=Decimal(rate), terms=terms, method="EQUAL_PRINCIPAL")
    )
    total = Fraction(rate) / 12 * principal_fen * Fraction(terms + 1, 2)

    assert abs(sum(row.interest_fen for row in plan) - total) <= terms


# --- actual days: closed forms over dates -------------------------------------------------------------------------------


def fraction(day_count: DayCount, start: date, end: date) -> Fraction:
    """Of a year, by subtraction of dates; over the turn of a year in two parts."""
    if day_count is not DayCount.ACT_ACT:
        return Fraction((end - start).days, 360 if day_count is DayCount.ACT_360 else 365)
    found = Fraction(0)
    while start.year < end.year:
        turn = date(start.year + 1, 1, 1)
        found += Fraction((turn - start).days, days_in_year(start.year))
        start = turn
    return found + Fraction((end - start).days, days_in_year(start.year))


def growth(terms: Terms) -> list[Fraction]:
    """r x f of each month."""
    dues = [month_later(terms.value_date, k) for k in range(terms.terms + 1)]
    return [Fraction(terms.annual_rate) * fraction(terms.day_count, start, end) for start, end in pairwise(dues)]


@agreement
@given(SUMS, RATES, st.integers(2, 36), ACTUAL, DAYS)
def test_the_installment_over_actual_days_is_the_closed_form(
    principal_fen: int, rate: str, terms: int, day_count: DayCount, begin: date
) -> None:
    """P over the sum of the products of discount factors; and each month's interest on the balance before it."""
    on = loan(
        principal_fen=principal_fen, annual_rate=Decimal(rate), terms=terms, day_count=day_count, value_date=begin
    )
    plan, grown = make_plan(on), growth(on)
    factors = [Fraction(1)]
    for each in grown:
        factors.append(factors[-1] / (1 + each))

    level_fen, balance_fen = rounded(principal_fen / sum(factors[1:])), principal_fen
    for row, each in zip(plan, grown, strict=True):
        assert row.interest_fen == rounded(balance_fen * each)
        if row.n < terms:
            assert row.principal_fen == level_fen - row.interest_fen
        balance_fen -= row.principal_fen
    assert balance_fen == 0


@agreement
@given(SUMS, RATES, st.integers(1, 36), ACTUAL, DAYS)
def test_interest_only_and_bullet_are_their_closed_forms(
    principal_fen: int, rate: str, terms: int, day_count: DayCount, begin: date
) -> None:
    facts = {"principal_fen": principal_fen, "annual_rate": Decimal(rate), "terms": terms, "value_date": begin}
    monthly = loan(method="INTEREST_ONLY", day_count=day_count, **facts)
    once = loan(method="BULLET", day_count=day_count, **facts)
    end = month_later(begin, terms)

    assert [row.interest_fen for row in make_plan(monthly)] == [rounded(principal_fen * each) for each in growth(once)]
    whole = rounded(principal_fen * Fraction(rate) * fraction(day_count, begin, end))
    assert make_plan(once) == (PlanRow(1, end, principal_fen, whole),)


# --- the cost -----------------------------------------------------------------------------------------------------------


@agreement
@given(any_terms(principal_fen=8_000_00).filter(lambda terms: terms.annual_rate), st.integers(0, 300_00))
def test_the_cost_is_numpy_financials_and_the_definitions(terms: Terms, fee_fen: int) -> None:
    plan = make_plan(terms)
    cost = cost_of(terms, plan, {0: fee_fen})
    dues = [month_later(terms.value_date, k) for k in range(terms.terms + 1)]
    paid = {row.due: row.principal_fen + row.interest_fen for row in plan}
    flows = [terms.principal_fen - fee_fen, *(-paid.get(day, 0) for day in dues[1:])]

    assert float(cost.nominal) == pytest.approx(12 * numpy_financial.irr(flows), abs=1.1e-6)
    assert float(cost.effective) == pytest.approx(yearly(flows, [(day - dues[0]).days for day in dues]), abs=1.1e-6)
    balances = {
        start: terms.principal_fen - sum(row.principal_fen for row in plan if row.due <= start) for start in dues
    }
    fen_years = sum(Fraction(balances[start] * (end - start).days, 365) for start, end in pairwise(dues))
    total = sum(row.interest_fen for row in plan) + fee_fen
    assert abs(Fraction(cost.simple) - total / fen_years) <= Fraction(1, 2 * 10**6)


def yearly(flows: list[int], days: list[int]) -> float:
    """The rate at which the flows are worth nothing, by halving."""
    low, high = -0.99, 100.0
    for _ in range(80):
        middle = (low + high) / 2
        worth = sum(flow * (1 + middle) ** (-day / 365) for flow, day in zip(flows, days, strict=True))
        low, high = (low, middle) if worth > 0 else (middle, high)
    return low
