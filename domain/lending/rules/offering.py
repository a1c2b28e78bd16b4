"""The terms a product is offered on, and what they must keep to whoever sets them up."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import chain

from domain.lending.errors import MethodUnknown, ProductNotSensible
from domain.lending.rules.daycount import DayCount
from domain.lending.rules.limits import FEWEST_TERMS, MOST_TERMS, Limits
from domain.lending.rules.methods import is_known, methods
from domain.lending.rules.terms import Component, PenaltyBase, PrepayPolicy, Terms
from domain.shared.money import yuan

DECIMALS = 6
"""Of a rate: as many as a cost is measured in."""
MOST_LENT_FEN = 10**12


@dataclass(frozen=True, slots=True)
class ProductTerms:
    """The terms of a product version, as they are configured; sums in fen, rates a year.

    The penalty rate is the rate times its multiplier, and the fee for prepaying is the only fee there is: a product has
    no other part that could cost anything.
    """

    method: str
    min_terms: int
    max_terms: int
    min_amount_fen: int
    max_amount_fen: int
    amount_step_fen: int
    annual_rate: Decimal
    day_count: DayCount
    penalty_multiplier: Decimal
    penalty_base: PenaltyBase
    grace_days: int
    prepay: PrepayPolicy
    prepay_fee_rate: Decimal
    min_tail_fen: int
    min_payment_fen: int
    dpd_switch: int
    dpd_threshold_fen: int
    waterfall: tuple[Component, ...]
    late_waterfall: tuple[Component, ...]
    recovery_waterfall: tuple[Component, ...]
    funder: str
    min_read_seconds: int
    quote_valid_minutes: int
    sign_within_days: int

    @property
    def limits(self) -> Limits:
        return Limits(
            min_amount_fen=self.min_amount_fen,
            max_amount_fen=self.max_amount_fen,
            amount_step_fen=self.amount_step_fen,
            min_terms=self.min_terms,
            max_terms=self.max_terms,
        )

    def check(self) -> None:
        """Refuse terms that no product may have. Raises MethodUnknown, ProductNotSensible."""
        if not is_known(self.method):
            known = ", ".join(method.code for method in methods())
            raise MethodUnknown(method=self.method, known=known, fields=("method",))
        for bound in chain(self._bounds_of_loans(), self._bounds()):
            bound.hold()
        self._must_begin_at_a_step()
        for field, order in self._orders():
            _must_be_whole(field, order)

    def corners(self, value_date: date) -> Iterator[Terms]:
        """The smallest and the largest loan, each for the shortest and the longest time."""
        for principal_fen in sorted({self.min_amount_fen, self.max_amount_fen}):
            for months in sorted({self.min_terms, self.max_terms}):
                yield self.terms_of(principal_fen=principal_fen, months=months, value_date=value_date)

    def terms_of(self, *, principal_fen: int, months: int, value_date: date) -> Terms:
        """A loan on these terms, as the arithmetic wants it."""
        return Terms(
            principal_fen=principal_fen,
            annual_rate=self.annual_rate,
            method=self.method,
            terms=months,
            value_date=value_date,
            day_count=self.day_count,
            penalty_multiplier=self.penalty_multiplier,
            penalty_base=self.penalty_base,
            grace_days=self.grace_days,
            prepay=self.prepay,
            prepay_fee_rate=self.prepay_fee_rate,
            min_tail_fen=self.min_tail_fen,
            dpd_switch=self.dpd_switch,
            dpd_threshold_fen=self.dpd_threshold_fen,
            waterfall=self.waterfall,
            late_waterfall=self.late_waterfall,
            recovery_waterfall=self.recovery_waterfall,
        )

    def _bounds_of_loans(self) -> "Iterator[Bound]":
        yield Bound("minTerms", self.min_terms, FEWEST_TERMS, MOST_TERMS)
        yield Bound("maxTerms", self.max_terms, self.min_terms, MOST_TERMS)
        yield Bound("minAmount", self.min_amount_fen, 1, MOST_LENT_FEN, money=True)
        yield Bound("maxAmount", self.max_amount_fen, self.min_amount_fen, MOST_LENT_FEN, money=True)
        yield Bound("amountStep", self.amount_step_fen, 1, self.min_amount_fen, money=True)

    def _bounds(self) -> "Iterator[Bound]":
        yield Bound("rate", self.annual_rate, 0, 1)
        yield Bound("penaltyMultiplier", self.penalty_multiplier, 0, 10)
        yield Bound("graceDays", self.grace_days, 0, 28)
        yield Bound("prepayFeeRate", self.prepay_fee_rate, 0, 1)
        yield Bound("minTail", self.min_tail_fen, 0, self.min_amount_fen, money=True)
        yield Bound("minPayment", self.min_payment_fen, 0, self.min_amount_fen, money=True)
        yield Bound("dpdSwitch", self.dpd_switch, 0, 3650)
        yield Bound("dpdThreshold", self.dpd_threshold_fen, 0, self.min_amount_fen, money=True)
        yield Bound("minReadSeconds", self.min_read_seconds, 1, 600)
        yield Bound("quoteValidMinutes", self.quote_valid_minutes, 1, 1440)
        yield Bound("signWithinDays", self.sign_within_days, 1, 90)
        yield Bound("funder", len(self.funder.strip()), 1, 40, unit_en=" characters", unit_zh=" 个字符")

    def _must_begin_at_a_step(self) -> None:
        if self.min_amount_fen % self.amount_step_fen:
            raise ProductNotSensible(
                why_en=f"a smallest loan of {yuan(self.min_amount_fen)} yuan in steps of {yuan(self.amount_step_fen)} yuan",
                why_zh=f"最低借款金额 {yuan(self.min_amount_fen)} 元不是步长 {yuan(self.amount_step_fen)} 元的整数倍",
                fields=("amountStep",),
            )

    def _orders(self) -> Iterator[tuple[str, Sequence[Component]]]:
        yield "waterfall", self.waterfall
        yield "lateWaterfall", self.late_waterfall
        yield "recoveryWaterfall", self.recovery_waterfall


@dataclass(frozen=True, slots=True)
class Bound:
    """What one term may be, by the API's name of it; both ends included."""

    field: str
    value: int | Decimal
    lowest: int
    highest: int
    money: bool = False
    unit_en: str = ""
    unit_zh: str = ""

    def hold(self) -> None:
        """Raises ProductNotSensible."""
        if not self.lowest <= self.value <= self.highest:
            given, low, high = (self._shown(each) for each in (self.value, self.lowest, self.highest))
            raise ProductNotSensible(
                why_en=f"{self.field} is {given}{self._en} and may be from {low} to {high}{self._en}",
                why_zh=f"{self.field} 为 {given}{self._zh}，应在 {low} 至 {high}{self._zh}之间",
                fields=(self.field,),
            )
        if isinstance(self.value, Decimal) and self.value != round(self.value, DECIMALS):
            raise ProductNotSensible(
                why_en=f"{self.field} is {self.value} and may have {DECIMALS} decimals",
                why_zh=f"{self.field} 为 {self.value}，最多 {DECIMALS} 位小数",
                fields=(self.field,),
            )

    @property
    def _en(self) -> str:
        return " yuan" if self.money else self.unit_en

    @property
    def _zh(self) -> str:
        return " 元" if self.money else self.unit_zh

    def _shown(self, value: int | Decimal) -> str:
        return yuan(int(value)) if self.money else str(value)


def _must_be_whole(field: str, order: Sequence[Component]) -> None:
    if sorted(order) != sorted(Component):
        every = ", ".join(Component)
        raise ProductNotSensible(
            why_en=f"{field} must name each of {every} once",
            why_zh=f"{field} 须依次列出 {every}，每项恰好一次",
            fields=(field,),
        )


def day_count_named(code: str) -> DayCount:
    """The basis of that code, such as "ACT_360" or "30_360". Raises ProductNotSensible."""
    try:
        return DayCount(code)
    except ValueError:
        known = ", ".join(DayCount)
        raise ProductNotSensible(
            why_en=f"{code!r} is no day count; known are {known}",
            why_zh=f"没有计息基础 {code!r}，可选：{known}",
            fields=("dayCount",),
        ) from None
