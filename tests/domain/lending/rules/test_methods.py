"""The table of repayment methods."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pytest

from domain.lending.errors import MethodBroken, MethodUnknown
from domain.lending.rules.events import Intent, Paid
from domain.lending.rules.methods import (
    BUILT_IN,
    Known,
    Periods,
    forget,
    is_known,
    known,
    method_named,
    methods,
    name_of,
    register,
)
from domain.lending.rules.plan import make_plan
from domain.lending.rules.replay import replay
from domain.lending.rules.terms import PrepayPolicy
from plugins.testing import registered
from tests.domain.lending.loans import loan


class HalfWay:
    """A package's own method: all principal in the middle."""

    code = "HALF_WAY"
    name: Mapping[str, str] = {"zh": "中期还本", "en": "principal half-way"}

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
    method = HalfWay()
    with registered(method):
        yield method


def test_the_four_are_built_in() -> None:
    assert [method.code for method in BUILT_IN] == ["EQUAL_INSTALLMENT", "EQUAL_PRINCIPAL", "INTEREST_ONLY", "BULLET"]
    assert set(BUILT_IN) <= set(methods())
    assert name_of("EQUAL_INSTALLMENT") == {"zh": "等额本息", "en": "equal installments"}
    assert {each.provider for each in known() if each.method in BUILT_IN} == {"suidai"}


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
    with pytest.raises(MethodUnknown, match=r"ANNUITY is provided by no package .* EQUAL_INSTALLMENT, EQUAL_PRINCIPAL"):
        make_plan(loan(method="ANNUITY"))
    assert not is_known("ANNUITY")
    assert name_of("ANNUITY") == {"zh": "ANNUITY", "en": "ANNUITY"}


def test_a_packages_method_lives_a_whole_loan(half_way: HalfWay) -> None:
    terms = loan(method=half_way.code, terms=4, prepay=PrepayPolicy.REDUCE_TERM)
    assert [row.principal_fen for row in make_plan(terms)] == [0, 0, 12_000_00, 0]

    prepaid = Paid("p", date(2026, 1, 15), 1, 2_000_00, Intent.PREPAY)
    position = replay(terms, [prepaid], date(2026, 1, 15))

    assert [row.principal_fen for row in position.open] == [0, 0, 10_000_00, 0]


BAD_PRINCIPALS = {
    "lost": lambda balance_fen, periods: [0] * len(periods),
    "made": lambda balance_fen, periods: [balance_fen] * len(periods),
    "negative": lambda balance_fen, periods: [-1, *[0] * (len(periods) - 2), balance_fen + 1],
    "too few": lambda balance_fen, periods: [balance_fen],
    "no whole fen": lambda balance_fen, periods: [*[0.0] * (len(periods) - 1), float(balance_fen)],
    "raises": lambda balance_fen, periods: [balance_fen // 0],
    "nothing": lambda balance_fen, periods: None,
}
BAD_MONTHS = {
    "none": [],
    "ends early": [1, 2],
    "falls back": [2, 1, 5],
    "zero": [0, 5],
    "beyond": [1, 9],
    "not whole": [5.0],
}


@pytest.mark.parametrize("bad", BAD_PRINCIPALS.values(), ids=BAD_PRINCIPALS)
def test_principals_that_are_not_the_balance_in_whole_fen_are_refused(half_way: HalfWay, bad: Any) -> None:
    half_way.principals = lambda balance_fen, periods, level_fen: bad(balance_fen, periods)

    with pytest.raises(MethodBroken, match="HALF_WAY gave an answer that cannot be"):
        make_plan(loan(method=half_way.code, terms=5))


@pytest.mark.parametrize("bad", BAD_MONTHS.values(), ids=BAD_MONTHS)
def test_due_months_that_are_no_way_to_the_end_are_refused(half_way: HalfWay, bad: Any) -> None:
    half_way.due_months = lambda terms: bad

    with pytest.raises(MethodBroken, match="installments of 5 months"):
        make_plan(loan(method=half_way.code, terms=5))


@pytest.mark.parametrize("bad", [-1, 1.5, "100", True])
def test_a_level_that_is_no_sum_is_refused(half_way: HalfWay, bad: Any) -> None:
    half_way.level_fen = lambda balance_fen, periods: bad

    with pytest.raises(MethodBroken, match="stay the same"):
        make_plan(loan(method=half_way.code, terms=5))


def test_a_method_is_forgotten_but_no_built_in_one() -> None:
    with registered(HalfWay(), provider="half-way"):
        assert known()[-1] == Known.of(method_named("HALF_WAY"), "half-way")
    assert not is_known("HALF_WAY")
    with pytest.raises(ValueError, match="built in"):
        forget("BULLET")


def test_a_package_that_is_read_again_has_its_first_method() -> None:
    with registered(HalfWay(), provider="half-way"):
        first = method_named("HALF_WAY")
        register(HalfWay(), provider="half-way")
        assert method_named("HALF_WAY") is first
        with pytest.raises(ValueError, match="from half-way"):
            register(HalfWay(), provider="another")


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
