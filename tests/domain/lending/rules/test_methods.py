"""The table of repayment methods."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import date

import pytest

import domain.lending.rules.methods as table
from domain.lending.rules.events import Intent, Paid
from domain.lending.rules.methods import BUILT_IN, Periods, method_named, methods, register
from domain.lending.rules.plan import make_plan
from domain.lending.rules.replay import replay
from domain.lending.rules.terms import PrepayPolicy
from tests.domain.lending.loans import loan


class HalfWay:
    """A package's own method: all principal in the middle."""

    code = "HALF_WAY"

    def due_months(self, terms: int) -> range:
        return range(1, terms + 1)

    def level_fen(self, balance_fen: int, periods: Periods) -> None:
        return None

    def principals(self, balance_fen: int, periods: Periods, level_fen: int | None) -> list[int]:
        principals = [0] * len(periods)
        principals[len(periods) // 2] = balance_fen
        return principals


@pytest.fixture
def half_way() -> Iterator[HalfWay]:
    known = dict(table._methods)
    method = HalfWay()
    register(method)
    yield method
    table._methods.clear()
    table._methods.update(known)


def test_the_four_are_built_in() -> None:
    assert [method.code for method in BUILT_IN] == ["EQUAL_INSTALLMENT", "EQUAL_PRINCIPAL", "INTEREST_ONLY", "BULLET"]
    assert set(BUILT_IN) <= set(methods())


def test_registering_the_same_method_again_is_no_news() -> None:
    before = methods()
    for method in BUILT_IN:
        register(method)

    assert methods() == before


def test_two_methods_of_one_code_are_refused() -> None:
    class Impostor(HalfWay):
        code = "BULLET"

    with pytest.raises(ValueError, match="BULLET"):
        register(Impostor())
    assert method_named("BULLET") is BUILT_IN[3]


def test_an_unknown_method_says_which_are_known() -> None:
    with pytest.raises(LookupError, match=r"'ANNUITY' .* EQUAL_INSTALLMENT, EQUAL_PRINCIPAL"):
        make_plan(loan(method="ANNUITY"))


def test_a_packages_method_lives_a_whole_loan(half_way: HalfWay) -> None:
    terms = loan(method=half_way.code, terms=4, prepay=PrepayPolicy.REDUCE_TERM)
    assert [row.principal_fen for row in make_plan(terms)] == [0, 0, 12_000_00, 0]

    prepaid = Paid("p", date(2026, 1, 15), 1, 2_000_00, Intent.PREPAY)
    position = replay(terms, [prepaid], date(2026, 1, 15))

    assert [row.principal_fen for row in position.open] == [0, 0, 10_000_00, 0]


def test_a_method_whose_principals_are_not_the_balance_is_a_bug(half_way: HalfWay) -> None:
    half_way.principals = lambda balance_fen, periods, level_fen: [0] * len(periods)

    with pytest.raises(ValueError, match="HALF_WAY spread"):
        make_plan(loan(method=half_way.code, terms=5))


def test_periods_say_their_rates_exactly() -> None:
    periods = Periods(rates=(3, 5), scale=1000)

    assert periods.rate(1) == periods.rate(0) * 5 / 3
    assert periods.interest_fen(500, 0) == 2  # 1.5 goes up


def test_the_rules_load_without_a_database_or_cash_flow_library() -> None:
    code = (
        "import sys; import domain.lending.rules.replay, domain.lending.rules.payoff, suidai.loan_commands;"
        "print([name for name in ('sqlalchemy', 'pyxirr', 'numpy') if name in sys.modules])"
    )

    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert printed.stdout.strip() == "[]"
