"""Deposit calculators: what somebody would have who put money away. They only calculate.

A micro-loan company may take no deposits, so the house keeps none and brings no calculator. A package may: it is the
smallest thing a plugin can add, and `examples/suidai-deposits` is the tutorial of that.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol, runtime_checkable

from domain.lending.rules.methods.trial import wrong_with_code, wrong_with_name
from domain.shared.errors import DomainError
from domain.shared.money import is_fen, yuan

MOST_FEN = 100_000_000_00
"""100 million yuan at a time: above it somebody has mistyped."""
MOST_MONTHS = 600


class CalculatorUnknown(DomainError):
    code = "CALCULATOR_UNKNOWN"
    english = "The deposit calculator {calculator!r} is provided by no package here; known are: {known}."
    chinese = "没有已安装的程序包提供存款计算器 {calculator!r}；现有：{known}。"
    about = ("calculator",)


class DepositNotSensible(DomainError):
    code = "DEPOSIT_NOT_SENSIBLE"
    english = "A deposit has {wanted_en}; {given} was given."
    chinese = "存款须有{wanted_zh}，收到的是 {given}。"


class CalculatorBroken(DomainError):
    """Passing: the package can be mended."""

    code = "CALCULATOR_BROKEN"
    english = "The deposit calculator {calculator} gave an answer that cannot be: {why}. Its package is to be mended."
    chinese = "存款计算器 {calculator} 给出的结果不成立：{why}。请修复提供它的程序包。"
    passing = True


@dataclass(frozen=True, slots=True)
class Deposit:
    """What is put away: so many fen (once, or every month; the calculator says), for months, at a rate a year.

    Raises DepositNotSensible for what nobody can put away.
    """

    amount_fen: int
    months: int
    annual_rate: Decimal

    def __post_init__(self) -> None:
        if not is_fen(self.amount_fen) or not 0 < self.amount_fen <= MOST_FEN:
            given = yuan(self.amount_fen) if type(self.amount_fen) is int else repr(self.amount_fen)
            most = yuan(MOST_FEN)
            raise DepositNotSensible(
                fields=("amount",),
                wanted_en=f"an amount above 0 and up to {most} yuan",
                wanted_zh=f"大于零且不超过 {most} 元的金额",
                given=given,
            )
        if type(self.months) is not int or not 0 < self.months <= MOST_MONTHS:
            raise DepositNotSensible(
                fields=("months",),
                wanted_en=f"1 to {MOST_MONTHS} months",
                wanted_zh=f" 1 至 {MOST_MONTHS} 个月的期限",
                given=self.months,
            )
        if not self.annual_rate.is_finite() or not 0 <= self.annual_rate <= 1:
            raise DepositNotSensible(
                fields=("rate",),
                wanted_en="a yearly rate from 0 to 1 (0.0135 is 1.35 %)",
                wanted_zh=" 0 至 1 之间的年利率（0.0135 即 1.35%）",
                given=self.annual_rate,
            )


@dataclass(frozen=True, slots=True)
class DepositOutcome:
    """What comes of it: everything that was paid in, and the interest on it, paid out together at the end."""

    paid_in_fen: int
    interest_fen: int

    @property
    def total_fen(self) -> int:
        return self.paid_in_fen + self.interest_fen


@runtime_checkable
class DepositCalculator(Protocol):
    """One way of putting money away. Stateless; the same question always has the same answer."""

    @property
    def code(self) -> str:
        """Capital letters, digits and underscores: `FIXED_DEPOSIT`."""
        ...

    @property
    def name(self) -> Mapping[str, str]:
        """{"zh": "整存整取", "en": "lump-sum fixed deposit"}."""
        ...

    def work_out(self, deposit: Deposit) -> DepositOutcome:
        """What the deposit comes to: exact up to the end, then rounded half up to the fen, once."""
        ...


def work_out(calculator: DepositCalculator, deposit: Deposit) -> DepositOutcome:
    """The calculator's answer, held to what an answer must be. Raises CalculatorBroken."""
    try:
        outcome = calculator.work_out(deposit)
        sums = (outcome.paid_in_fen, outcome.interest_fen)
    except Exception as error:
        raise CalculatorBroken(calculator=calculator.code, why=f"{type(error).__name__}: {error}"[:200]) from error
    if not all(is_fen(each) for each in sums) or sums[0] < deposit.amount_fen or sums[1] < 0:
        raise CalculatorBroken(calculator=calculator.code, why=f"{sums[0]!r} paid in and {sums[1]!r} interest, in fen")
    return outcome


_TRIED = tuple(
    Deposit(amount_fen, months, Decimal(rate))
    for amount_fen in (1, 1_000_00, MOST_FEN)
    for months in (1, 12, 60)
    for rate in ("0", "0.0135", "1")
)


def wrong_with(calculator: object) -> str:
    """Why a calculator that somebody offers is set aside, in a sentence; empty if nothing is wrong with it."""
    if not isinstance(calculator, DepositCalculator):
        return f"it offers a {type(calculator).__name__} where a DepositCalculator belongs"
    if wrong := wrong_with_code(calculator.code) or wrong_with_name(calculator.name):
        return wrong
    try:
        for deposit in _TRIED:
            if work_out(calculator, deposit) != work_out(calculator, deposit):
                return f"{calculator.code}: asked again about the same deposit it gave another answer"
    except CalculatorBroken as error:
        return f"{calculator.code}: {error.facts['why']}"
    return ""
