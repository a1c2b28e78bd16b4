"""What a repayment method must say, and the periods it is asked about. A package may add a method of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from domain.shared.money import round_ratio


@dataclass(frozen=True, slots=True)
class Periods:
    """The periods over which a balance is repaid, in order: r x f of period k is exactly `rates[k] / scale`."""

    rates: tuple[int, ...]
    scale: int

    def __len__(self) -> int:
        return len(self.rates)

    def rate(self, k: int) -> Fraction:
        """r x f of period k (from 0)."""
        return Fraction(self.rates[k], self.scale)

    def interest_fen(self, balance_fen: int, k: int) -> int:
        """Interest on a balance owed through period k (from 0), rounded."""
        return round_ratio(balance_fen * self.rates[k], self.scale)


class RepaymentMethod(Protocol):
    """How a balance is repaid over periods. Stateless; the same question always has the same answer.

    Loans keep `code` for ever: renaming a method orphans the loans that carry it.
    """

    @property
    def code(self) -> str:
        """Capital letters, digits and underscores: `EQUAL_INSTALLMENT`."""
        ...

    @property
    def name(self) -> Mapping[str, str]:
        """What a borrower reads in his contract: {"zh": "等额本息", "en": "equal installments"}."""
        ...

    def due_months(self, terms: int) -> Sequence[int]:
        """The months, 1 to `terms`, at whose end an installment falls due; the last is always `terms`."""
        ...

    def level_fen(self, balance_fen: int, periods: Periods) -> int | None:
        """What stays the same from one installment to the next, and is kept when a prepayment shortens the term.

        None if nothing does: then a prepayment leaves the number of installments as it is.
        """
        ...

    def principals(self, balance_fen: int, periods: Periods, level_fen: int | None) -> list[int]:
        """The principal of each period: none negative, together exactly the balance."""
        ...
