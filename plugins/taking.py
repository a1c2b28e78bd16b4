"""What plugins offer to the arithmetic, tried before it is taken. What fails is a fault of its plugin and harms nobody."""

from collections.abc import Callable
from dataclasses import dataclass

from domain.lending.rules import methods
from domain.lending.rules.methods import Known, RepaymentMethod
from domain.lending.rules.methods.trial import wrong_with as wrong_with_method
from plugins import calculators
from plugins.calculators import CalculatorUnknown, DepositCalculator
from plugins.discovery import Fault, Offer, Plugins, told, within


@dataclass(frozen=True, slots=True)
class Calculator:
    """A deposit calculator, the package that provides it, and its names as they were when it was taken."""

    calculator: DepositCalculator
    provider: str
    name_zh: str
    name_en: str

    @classmethod
    def of(cls, calculator: DepositCalculator, provider: str) -> "Calculator":
        return cls(calculator, provider, calculator.name["zh"], calculator.name["en"])


def take_methods(plugins: Plugins) -> tuple[Known, ...]:
    """Make the repayment methods that plugins offer known to the arithmetic of this process; returns those taken."""
    taken: list[Known] = []
    for offer in plugins.offers("repayment_methods"):
        reason = _tried(plugins, offer, wrong_with_method, [each.method.code for each in taken])
        if not reason:
            reason = _registered(offer)
        if reason:
            plugins.faults.append(Fault(offer.plugin, reason))
        else:
            taken.append(Known.of(offer.thing, offer.provider))
    return tuple(taken)


def _registered(offer: Offer) -> str:
    method: RepaymentMethod = offer.thing
    try:
        methods.register(method, provider=offer.provider)
    except ValueError as error:
        return str(error)
    return ""


def take_calculators(plugins: Plugins) -> tuple[Calculator, ...]:
    """The deposit calculators that plugins offer and that work."""
    taken: list[Calculator] = []
    for offer in plugins.offers("deposit_calculators"):
        if reason := _tried(plugins, offer, calculators.wrong_with, [each.calculator.code for each in taken]):
            plugins.faults.append(Fault(offer.plugin, reason))
        else:
            taken.append(Calculator.of(offer.thing, offer.provider))
    return tuple(taken)


def calculator_named(known: tuple[Calculator, ...], code: str) -> DepositCalculator:
    """The calculator of that code. Raises CalculatorUnknown."""
    for each in known:
        if each.calculator.code == code:
            return each.calculator
    raise CalculatorUnknown(calculator=code[:40], known=", ".join(each.calculator.code for each in known) or "-")


def _tried(plugins: Plugins, offer: Offer, wrong_with: Callable[[object], str], taken: list[str]) -> str:
    """Why the thing is not taken; empty if it is. Whatever it raises, and however long it thinks, the others go on."""
    try:
        wrong = within(plugins.patience, lambda: wrong_with(offer.thing))
    except BaseException as error:  # noqa: BLE001 - a stranger's code
        return told(error)
    return wrong or (f"the code {offer.thing.code!r} is already taken" if offer.thing.code in taken else "")
