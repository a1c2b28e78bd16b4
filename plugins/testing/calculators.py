"""A deposit calculator under test: held to what every calculator promises."""

from plugins.calculators import DepositCalculator, wrong_with
from plugins.testing.subject import must


def calculator_is_sound(calculator: DepositCalculator) -> None:
    """It passes the trial that every calculator passes before a process takes it."""
    wrong = wrong_with(calculator)
    must(not wrong, wrong)
