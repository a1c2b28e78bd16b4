"""The repayment plan."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import floor

import numpy_financial
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.lending.rules.daycount import DayCount
from domain.lending.rules.plan import PlanRow, make_plan
from domain.lending.rules.reckoning import year_fraction
from domain.lending.rules.terms import Terms
from tests.domain.lending.loans import METHODS, any_terms, loan


def installments(plan: tuple[PlanRow, ...]) -> list[int]:
    return [row.principal_fen + row.interest_fen for row in plan]


def interest(plan: tuple[PlanRow, ...]) -> int:
    return sum(row.interest_fen for row in plan)


@pytest.mark.parametrize(
    ("day_count", "level_fen", "interest_fen"),
    [(DayCount.THIRTY_360, 1079_71, 956_45), (DayCount.ACT_360, 1080_49, 965_94), (DayCount.ACT_365, 1079_37, 952_41)],
)
def test_the_worked_example_of_equal_installments(day_count: DayCount, level_fen: int, interest_fen: int) -> None:
    plan = make_plan(loan(day_count=day_count))

    assert installments(plan)[:-1] == [level_fen] * 11
    assert interest(plan) == interest_fen


def test_the_last_installment_takes_the_rest() -> None:
    assert installments(make_plan(loan())) == [1079_71] * 11 + [1079_64]


def test_the_worked_example_of_interest_only() -> None:
    plan = make_plan(loan(principal_fen=40_000_00, method="INTEREST_ONLY", day_count=DayCount.ACT_360))

    yuan = [496, 448, 496, 480, 496, 480, 496, 496, 480, 496, 480, 496]
    assert [row.interest_fen for row in plan] == [amount * 100 for amount in yuan]
    assert [row.principal_fen for row in plan] == [0] * 11 + [40_000_00]


def test_equal_principal_rounds_the_principal_and_ends_with_the_rest() -> None:
    plan = make_plan(loan(principal_fen=1_000_00, method="EQUAL_PRINCIPAL", terms=3))

    assert [row.principal_fen for row in plan] == [333_33, 333_33, 333_34]
    assert [row.interest_fen for row in plan] == [12_00, 8_00, 4_00]


def test_a_bullet_loan_has_one_row_at_the_end() -> None:
    plan = make_plan(loan(method="BULLET", terms=6))

    assert plan == (PlanRow(1, date(2026, 7, 15), 12_000_00, 864_00),)


@pytest.mark.parametrize("method", METHODS)
def test_a_loan_without_interest_is_repaid_as_it_was_lent(method: str) -> None:
    plan = make_plan(loan(method=method, annual_rate=Decimal(0), principal_fen=100))

    assert sum(row.principal_fen for row in plan) == 100
    assert interest(plan) == 0


@pytest.mark.parametrize("method", METHODS)
def test_a_loan_of_one_fen_has_a_plan(method: str) -> None:
    assert sum(row.principal_fen for row in make_plan(loan(method=method, principal_fen=1))) == 1


@pytest.mark.parametrize("day_count", DayCount)
def test_forty_years_have_a_plan(day_count: DayCount) -> None:
    plan = make_plan(loan(terms=480, day_count=day_count, principal_fen=10**12, annual_rate=Decimal("0.04")))

    level_fen, *others = installments(plan)[:-1]
    assert set(others) == {level_fen}
    assert abs(installments(plan)[-1] - level_fen) < 5 * 480
    assert plan[-1].due == date(2066, 1, 15)


@given(
    st.integers(1_000_00, 200_000_00),
    st.sampled_from(["0.0365", "0.072", "0.12", "0.144", "0.2399"]),
    st.integers(2, 36),
)
def test_thirty_360_installments_are_those_of_numpy_financial(principal_fen: int, rate: str, terms: int) -> None:
    plan = make_plan(loan(principal_fen=principal_fen, annual_rate=Decimal(rate), terms=terms))

    level = -numpy_financial.pmt(float(rate) / 12, terms, principal_fen)
    assert abs(installments(plan)[0] - level) < 0.5 + 1e-4
    assert abs(interest(plan) - (level * terms - principal_fen)) <= terms


@given(any_terms(method="EQUAL_INSTALLMENT").filter(lambda terms: terms.terms > 1))
def test_the_installment_pays_the_loan_off_at_its_rate(terms: Terms) -> None:
    """The closed form of A for uneven periods: what is left after n periods of compounding is nothing, but for rounding."""
    plan = make_plan(terms)
    days = [terms.value_date, *(row.due for row in plan)]
    growth = [1 + Fraction(terms.annual_rate) * year_fraction(terms, start, end) for start, end in pairwise(days)]
    left, per_fen = Fraction(terms.principal_fen), Fraction(0)
    for factor in growth:
        left, per_fen = left * factor, per_fen * factor + 1

    assert floor(left / per_fen + Fraction(1, 2)) == installments(plan)[0]


def test_a_month_whose_interest_exceeds_the_installment_repays_nothing() -> None:
    plan = make_plan(loan(terms=480, day_count=DayCount.ACT_360, principal_fen=10**12))

    assert plan[0].principal_fen == 0
    assert sum(row.principal_fen for row in plan) == 10**12
