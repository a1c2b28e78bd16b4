"""What an answer to "why do I owe this?" is made of. Figures are the replay's own; sums in fen, exact ones as fractions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from domain.lending.rules.events import Key
from domain.lending.rules.explaining.watching import Why


class What(StrEnum):
    """Which amount: the first three are an installment's, the others the whole loan's. DAYS_PAST_DUE counts days."""

    PENALTY = "PENALTY"
    INTEREST = "INTEREST"
    PRINCIPAL = "PRINCIPAL"
    DUE = "DUE"
    ACCRUED = "ACCRUED"
    UNDUE = "UNDUE"
    PREPAYMENT_FEE = "PREPAYMENT_FEE"
    PAYOFF = "PAYOFF"
    EXCESS = "EXCESS"
    DAYS_PAST_DUE = "DAYS_PAST_DUE"


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence in both languages."""

    zh: str
    en: str

    def spoken(self, language: str) -> str:
        return self.zh if language.startswith("zh") else self.en


class Unit(StrEnum):
    """What an input's value is counted in. CNY: yuan with two decimals. A_YEAR: a decimal, 0.144 is 14.4 % a year."""

    CNY = "CNY"
    A_YEAR = "A_YEAR"
    RATE = "RATE"
    TIMES = "TIMES"
    DAYS = "DAYS"
    DATE = "DATE"
    COUNT = "COUNT"
    CODE = "CODE"


@dataclass(frozen=True, slots=True)
class Input:
    """A value that goes into the formula: `symbol` as the formula writes it, `name` for programs."""

    name: str
    symbol: str
    label: Text
    value: str
    unit: Unit


class EndedBy(StrEnum):
    """Why a segment of days ends where it does. ASKED: it does not, but the question goes no further."""

    DUE = "DUE"
    PAID = "PAID"
    WAIVED = "WAIVED"
    WRITTEN_OFF = "WRITTEN_OFF"
    ASKED = "ASKED"


@dataclass(frozen=True, slots=True)
class Segment:
    """Days through which nothing changed, the first counting and the last not: balance x rate x years = exact.

    `interest_fen` is what of the balance is unpaid interest. `rounding` is the number, from 0, of the rounding it goes
    into. `event` is what ended it. `forecast`: these days are still to come.
    """

    start: date
    end: date
    balance_fen: int
    interest_fen: int
    rate: Fraction
    years: Fraction
    years_text: str
    exact_fen: Fraction
    rounding: int
    ended_by: EndedBy
    event: Key | None
    forecast: bool = False

    @property
    def days(self) -> int:
        return (self.end - self.start).days


@dataclass(frozen=True, slots=True)
class Rounding:
    """Half up to whole fen: `exact_fen` is what its segments come to and what the rounding before left over."""

    on: date
    why: Why
    carried_fen: Fraction
    exact_fen: Fraction
    rounded_fen: int
    event: Key | None = None

    @property
    def left_over_fen(self) -> Fraction:
        """Below a fen either way; it goes into the period's next rounding, and lapses when the period ends early."""
        return self.exact_fen - self.rounded_fen


@dataclass(frozen=True, slots=True)
class Change:
    """How much principal an installment asks from a day on, and why: the plan at signing (no event), or a new plan.

    The plan spreads `spread_fen` over `of` installments, of which this is number `place` (from 1) and `balance_fen` is left
    before it. It is given `given_fen` by the method, `tail_fen` of a last installment too small to bother with, and keeps
    `stays_fen` that is paid already. `place` 0: the new plan does not reach it any more. `level_kept`: the level is that of
    the plan at signing, which a prepayment that shortens the term leaves as it is.
    """

    on: date
    event: Key | None
    before_fen: int
    after_fen: int
    spread_fen: int
    balance_fen: int
    of: int
    place: int
    level_fen: int | None
    level_kept: bool
    interest_fen: int
    given_fen: int
    tail_fen: int
    stays_fen: int


class PartKind(StrEnum):
    """What a part did to the amount. REVERSED: it was paid, and then that payment turned out never to have been."""

    PAID = "PAID"
    WAIVED = "WAIVED"
    REVERSED = "REVERSED"
    HELD = "HELD"
    REFUNDED = "REFUNDED"


@dataclass(frozen=True, slots=True)
class Part:
    """What one event paid or let go of the amount; of excess, what it left over or took back.

    Of a REVERSED one, `event` is the payment, which does not count, and `reversal` what took it away.
    """

    kind: PartKind
    on: date
    event: Key
    amount_fen: int
    reversal: Key | None = None


@dataclass(frozen=True, slots=True)
class Addend:
    """One of the amounts that a sum is made of: another amount of the loan, of installment `n` if one is named."""

    what: What
    n: int | None
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What an installment asks of a component, and what was paid and waived of that."""

    asked_fen: int
    paid_fen: int
    waived_fen: int

    @property
    def outstanding_fen(self) -> int:
        return self.asked_fen - self.paid_fen - self.waived_fen


@dataclass(frozen=True, slots=True)
class Explanation:
    """One amount of a loan on a day, and why it is that.

    Of an installment's amounts, `result` is what is outstanding: asked less paid less waived. Of one that is not due yet it
    is what will fall due if nothing more is paid. `result` is fen, or days for DAYS_PAST_DUE.
    """

    what: What
    n: int | None
    on: date
    formula: Text
    filled: str
    result: int
    inputs: Sequence[Input] = ()
    segments: Sequence[Segment] = ()
    roundings: Sequence[Rounding] = ()
    changes: Sequence[Change] = ()
    addends: Sequence[Addend] = ()
    parts: Sequence[Part] = ()
    notes: Sequence[Text] = ()
    figures: Figures | None = None
