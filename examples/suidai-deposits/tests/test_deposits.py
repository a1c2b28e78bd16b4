"""Both calculators: what every calculator promises, figures worked out by hand, and the laws of the two formulas."""

from decimal import Decimal

import pytest
from suidai_deposits import FixedDeposit, InstalmentSavings, deposit_calculators

from plugins.testing import calculator_is_sound
from suidai.contract import Deposit


def interest_fen(calculator: FixedDeposit | InstalmentSavings, amount_fen: int, months: int, rate: str) -> int:
    return calculator.work_out(Deposit(amount_fen, months, Decimal(rate))).interest_fen


def test_both_keep_what_every_calculator_promises() -> None:
    for calculator in deposit_calculators():
        calculator_is_sound(calculator)


@pytest.mark.parametrize(
    ("amount_fen", "months", "rate", "expected_fen"),
    [
        (10_000_00, 12, "0.0135", 135_00),
        (10_000_00, 3, "0.0110", 27_50),
        (10_000_00, 60, "0.0155", 775_00),
        (333_33, 6, "0.0130", 2_17),  # 2.166645
        (100_00, 6, "0.0001", 1),  # half a fen goes up
        (100_00, 12, "0", 0),
    ],
)
def test_a_lump_sum_earns_its_months_once(amount_fen: int, months: int, rate: str, expected_fen: int) -> None:
    assert interest_fen(FixedDeposit(), amount_fen, months, rate) == expected_fen
    assert FixedDeposit().work_out(Deposit(amount_fen, months, Decimal(rate))).paid_in_fen == amount_fen


@pytest.mark.parametrize(
    ("amount_fen", "months", "rate", "expected_fen"),
    [
        (500_00, 12, "0.0135", 43_88),  # 500 x 78 x 1.35 % / 12 = 43.875
        (200_00, 12, "0.0171", 22_23),
        (500_00, 36, "0.033", 915_75),
        (1_00, 1, "0.12", 1),
    ],
)
def test_every_month_earns_from_its_start_to_the_end(
    amount_fen: int, months: int, rate: str, expected_fen: int
) -> None:
    assert interest_fen(InstalmentSavings(), amount_fen, months, rate) == expected_fen
    assert InstalmentSavings().work_out(Deposit(amount_fen, months, Decimal(rate))).paid_in_fen == amount_fen * months


@pytest.mark.parametrize("months", [1, 2, 7, 12, 36, 600])
def test_saving_by_the_month_is_a_lump_sum_a_month(months: int) -> None:
    """1,200.00 at 1 % earn a whole yuan a month, so nothing is rounded on either side."""
    one_by_one = sum(interest_fen(FixedDeposit(), 1_200_00, lain, "0.01") for lain in range(1, months + 1))

    assert interest_fen(InstalmentSavings(), 1_200_00, months, "0.01") == one_by_one
