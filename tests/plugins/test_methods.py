"""Repayment methods and calculators from packages: tried, taken, or set aside with a reason, and nobody else is harmed."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from domain.lending.rules.methods import BUILT_IN, Known, forget, is_known, known, method_named
from domain.shared.settings import Settings
from plugins.calculators import (
    MOST_FEN,
    MOST_MONTHS,
    CalculatorBroken,
    CalculatorUnknown,
    Deposit,
    DepositNotSensible,
    DepositOutcome,
    work_out,
)
from plugins.registry import Registry
from suidai.contract import hookimpl
from tests.domain.lending.rules.test_methods import HalfWay
from tests.plugins.test_registry import NOW, discover


class Doubling:
    """A calculator as nobody should offer it in earnest."""

    code = "DOUBLING"
    name = {"zh": "翻倍", "en": "doubling"}  # noqa: RUF012

    def work_out(self, deposit: Deposit) -> DepositOutcome:
        return DepositOutcome(deposit.amount_fen, deposit.amount_fen)


def offering(*things: object, hook: str = "repayment_methods") -> object:
    def offer(self: object) -> list[object]:
        return list(things)

    offer.__name__ = hook
    return type("Plugin", (), {hook: hookimpl(offer)})()


def like(method: type, **parts: Any) -> Any:
    return type(method.__name__, (method,), parts)()


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = {each.method.code for each in known()}
    yield
    for each in known():
        if each.method.code not in before:
            forget(each.method.code)


def test_the_built_in_methods_come_through_the_same_door() -> None:
    registry = discover()

    assert registry.faults == ()
    assert registry.repayment_methods() == tuple(Known.of(method, "suidai") for method in BUILT_IN)
    assert registry.calculators() == ()


def test_a_packages_method_is_known_to_the_arithmetic_once_a_process_has_its_registry() -> None:
    method = HalfWay()
    registry = discover(halfway=offering(method))

    assert method_named("HALF_WAY") is method
    assert registry.repayment_methods()[-1] == Known.of(method, "halfway") == known()[-1]


def test_a_process_that_opens_its_registry_again_has_the_same_methods() -> None:
    for _ in range(2):
        assert discover(halfway=offering(HalfWay())).faults == ()
    assert [each.method.code for each in known()].count("HALF_WAY") == 1


FAULTY = {
    "a text": ("INTEREST_ONLY", "a str without code"),
    "a bad code": (like(HalfWay, code="half way"), "capital letters"),
    "a code of the house": (like(HalfWay, code="BULLET"), "'BULLET' is already taken"),
    "lost principal": (like(HalfWay, principals=lambda self, *asked: [0]), "spreads"),
    "an exit": (like(HalfWay, due_months=lambda self, terms: exit()), "SystemExit"),
}


@pytest.mark.parametrize(("method", "why"), FAULTY.values(), ids=FAULTY)
def test_a_method_that_fails_its_trial_is_set_aside_and_the_others_work(method: object, why: str) -> None:
    good = HalfWay()
    registry = discover(strange=offering(method), sound=offering(good))

    (fault,) = registry.faults
    assert fault.plugin == "strange"
    assert why in fault.reason
    assert [each.method for each in registry.repayment_methods()] == [*BUILT_IN, good]
    assert method_named("BULLET") is BUILT_IN[3]


def test_a_plugin_offers_a_code_once() -> None:
    first, second = HalfWay(), HalfWay()
    registry = discover(twice=offering(first, second))

    assert "already taken" in registry.faults[0].reason
    assert method_named("HALF_WAY") is first


def test_a_method_that_thinks_too_long_is_set_aside() -> None:
    slow = like(HalfWay, due_months=lambda self, terms: __import__("time").sleep(30))
    registry = discover(patience=0.2, slow=offering(slow))

    assert "longer than 0.2 s" in registry.faults[0].reason
    assert not is_known("HALF_WAY")


def test_the_operator_is_told_of_a_method_that_was_set_aside(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        Registry.from_settings(Settings(), clock=lambda: NOW, plugins={"strange": offering("x")})

    assert "plugin strange is set aside: it offers a str" in caplog.text


def test_a_packages_calculator_is_found_by_its_code() -> None:
    registry = discover(deposits=offering(Doubling(), hook="deposit_calculators"))

    (listed,) = registry.calculators()
    assert (listed.calculator.code, listed.provider) == ("DOUBLING", "deposits")
    assert work_out(registry.calculator("DOUBLING"), Deposit(5, 3, Decimal("0.01"))).total_fen == 10
    with pytest.raises(CalculatorUnknown, match="'FIXED' is provided by no package here; known are: DOUBLING"):
        registry.calculator("FIXED")


FAULTY_CALCULATORS = {
    "a method": (HalfWay(), "a HalfWay where a DepositCalculator belongs"),
    "a bad code": (like(Doubling, code="doubling"), "capital letters"),
    "no Chinese name": (like(Doubling, name={"en": "doubling"}), "what it is called in zh and en"),
    "part of a fen": (like(Doubling, work_out=lambda self, deposit: DepositOutcome(1, 0.5)), "0.5 interest"),
    "less than nothing": (
        like(Doubling, work_out=lambda self, deposit: DepositOutcome(deposit.amount_fen, -1)),
        "-1 int",
    ),
    "money lost": (like(Doubling, work_out=lambda self, deposit: DepositOutcome(0, 1)), "0 paid in"),
    "an error": (like(Doubling, work_out=lambda self, deposit: 1 / 0), "ZeroDivisionError"),
}


@pytest.mark.parametrize(("calculator", "why"), FAULTY_CALCULATORS.values(), ids=FAULTY_CALCULATORS)
def test_a_calculator_that_fails_its_trial_is_set_aside(calculator: object, why: str) -> None:
    registry = discover(strange=offering(calculator, hook="deposit_calculators"))

    assert why in registry.faults[0].reason
    assert registry.calculators() == ()


def test_a_calculator_that_goes_wrong_later_is_refused() -> None:
    later = like(Doubling, work_out=lambda self, deposit: None)

    with pytest.raises(CalculatorBroken, match="DOUBLING gave an answer"):
        work_out(later, Deposit(1, 1, Decimal(0)))


SENSIBLE = Deposit(1, 1, Decimal(0))


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"amount_fen": 0}, "amount", "0.00 was given"),
        ({"amount_fen": -1}, "amount", "-0.01 was given"),
        ({"amount_fen": MOST_FEN + 1}, "amount", "100000000.01 was given"),
        ({"amount_fen": 10**30}, "amount", "was given"),
        ({"months": 0}, "months", "1 to 600 months; 0"),
        ({"months": -3}, "months", "-3 was given"),
        ({"months": MOST_MONTHS + 1}, "months", "601 was given"),
        ({"annual_rate": Decimal("-0.01")}, "rate", "from 0 to 1"),
        ({"annual_rate": Decimal("1.35")}, "rate", "1.35 was given"),
        ({"annual_rate": Decimal("NaN")}, "rate", "NaN was given"),
    ],
)
def test_what_nobody_can_put_away_is_refused(change: dict[str, Any], field: str, said: str) -> None:
    with pytest.raises(DepositNotSensible, match=said) as refusal:
        replace(SENSIBLE, **change)
    assert refusal.value.fields == (field,)
