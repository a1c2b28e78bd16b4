"""How a loan's interest grows while nothing happens to it: a straight line in days, exact, for as long as it holds."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date

from domain.lending.rules.account import Account
from domain.lending.rules.daycount import ActualActual, Basis, Thirty360
from domain.shared.money import round_ratio


@dataclass(frozen=True, slots=True)
class Accrual:
    """Interest earned in all on a day from `on` through `until`: `billed_fen` + (`exact` + `a_day` x days) / `scale`.

    The second part is rounded. On `until` the line bends or a row falls due, so the loan is to be replayed that day.
    """

    on: date
    until: date
    billed_fen: int
    exact: int
    a_day: int
    scale: int

    def earned_fen(self, day: date) -> int:
        """Raises ValueError for a day the line does not reach."""
        if not self.on <= day <= self.until:
            raise ValueError(f"the line from {self.on} holds through {self.until}, not on {day}")
        return self.billed_fen + round_ratio(self.exact + self.a_day * (day - self.on).days, self.scale)


def accrual_of(account: Account) -> Accrual | None:
    """The line on which an account stands; None when it earns no interest any more."""
    if not account.undue_fen:
        return None
    rate = account.reckoning.interest
    until = min(account.undue[0].due, bend(rate.basis, account.day))
    return Accrual(
        on=date.fromordinal(account.day),
        until=date.fromordinal(until),
        billed_fen=sum(row.interest_fen for row in account.rows),
        exact=account.accrued,
        a_day=account.undue_fen * rate.per_fen(account.day, account.day + 1),
        scale=rate.scale,
    )


def bend(basis: Basis, day: int) -> int:
    """The first day after `day` from which a day is worth another part of a year."""
    if isinstance(basis, Thirty360):
        return basis.grid[bisect_right(basis.grid, day)]
    if isinstance(basis, ActualActual):
        return date(date.fromordinal(day).year + 1, 1, 1).toordinal()
    return date.max.toordinal()
