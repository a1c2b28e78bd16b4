"""A loan while its history is replayed: its rows, what has accrued, and the passing of days."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from domain.lending.rules.plan import make_plan, plan_level_fen
from domain.lending.rules.reckoning import Reckoning, reckon
from domain.lending.rules.terms import Component, PenaltyBase, Terms

_NOTHING = dict.fromkeys(Component, 0)


@dataclass(slots=True)
class Row:
    """An installment. Its interest is what was billed so far; its exact penalty holds up to `penalty_since`."""

    n: int
    due: int
    principal_fen: int
    penalty_since: int
    interest_fen: int = 0
    penalty_exact: int = 0
    paid: dict[Component, int] = field(default_factory=_NOTHING.copy)
    waived: dict[Component, int] = field(default_factory=_NOTHING.copy)
    billed: bool = False
    settled: bool = False
    paid_on: int | None = None

    @property
    def principal_open_fen(self) -> int:
        return self.principal_fen - self.paid[Component.PRINCIPAL]

    @property
    def interest_open_fen(self) -> int:
        return self.interest_fen - self.paid[Component.INTEREST] - self.waived[Component.INTEREST]


@dataclass(slots=True)
class Account:
    """The state of a loan at the start of `day`, or after the events of it that were applied so far.

    `undue` are the rows neither billed nor settled, the first of them is running; `owing` are the billed rows on which
    something may still be open. `accrued` is exact, in units of the interest rate's scale. `written_off` is the day of
    that and what was open then.
    """

    terms: Terms
    reckoning: Reckoning
    day: int
    rows: list[Row]
    undue: list[Row]
    undue_fen: int
    level_fen: int | None
    owing: list[Row] = field(default_factory=list[Row])
    accrued: int = 0
    written_off: tuple[int, dict[Component, int]] | None = None

    # --- days pass -------------------------------------------------------------------------------------------------

    def roll(self, day: int) -> None:
        """Let the days pass up to the start of `day`: undue principal earns interest, rows fall due."""
        while self.undue and self.undue[0].due <= day:
            row = self.undue[0]
            self._accrue(row.due)
            self._bill(row)
        self._accrue(day)

    def _accrue(self, day: int) -> None:
        if self.undue_fen:
            self.accrued += self.undue_fen * self.reckoning.interest.per_fen(self.day, day)
        self.day = day

    def _bill(self, row: Row) -> None:
        row.interest_fen += self.accrued_fen
        self.accrued = 0
        row.billed = True
        self.undue.remove(row)
        self.undue_fen -= row.principal_open_fen
        if row.principal_open_fen or row.interest_open_fen:
            self.owing.append(row)
        elif row.paid_on is None:
            row.paid_on = self.day
        self._mark_nothing_to_come()

    @property
    def accrued_fen(self) -> int:
        return self.reckoning.interest.rounded_fen(self.accrued)

    # --- what is open ----------------------------------------------------------------------------------------------

    def open_fen(self, row: Row, component: Component) -> int:
        if component is Component.PRINCIPAL:
            return row.principal_open_fen
        if component is Component.INTEREST:
            return row.interest_open_fen
        return max(self.penalty_fen(row) - row.paid[component] - row.waived[component], 0)

    def due_fen(self, component: Component) -> int:
        """What is due of a component, over all rows."""
        return sum(self.open_fen(row, component) for row in self.owing)

    def penalty_fen(self, row: Row) -> int:
        """The penalty a row has borne up to today, paid or not."""
        return self.reckoning.penalty.rounded_fen(self._penalty_exact(row))

    def days_past_due(self) -> int:
        """Days since the due day of the oldest row with more open than the threshold; 0 through its grace."""
        threshold_fen = self.terms.dpd_threshold_fen
        for row in self.owing:
            if row.principal_open_fen + row.interest_open_fen > threshold_fen:
                return self.days_late(row)
        return 0

    def days_late(self, row: Row) -> int:
        return self.day - row.due if self._is_late(row) else 0

    def _is_late(self, row: Row) -> bool:
        return self.day > row.due + self.terms.grace_days

    def _penalty_exact(self, row: Row) -> int:
        if self.written_off is not None or not row.billed or not self._is_late(row):
            return row.penalty_exact
        base_fen = row.principal_open_fen
        if self.terms.penalty_base is PenaltyBase.PRINCIPAL_AND_INTEREST:
            base_fen += row.interest_open_fen
        return row.penalty_exact + base_fen * self.reckoning.penalty.per_fen(row.penalty_since, self.day)

    def _carry_penalty(self, row: Row) -> None:
        """Fix the penalty up to today before what bears it changes. Within grace nothing is fixed: it may never come."""
        if self._is_late(row):
            row.penalty_exact = self._penalty_exact(row)
            row.penalty_since = self.day

    # --- what happens ----------------------------------------------------------------------------------------------

    def pay(self, row: Row, component: Component, amount_fen: int) -> None:
        self._carry_penalty(row)
        row.paid[component] += amount_fen
        if component is Component.PRINCIPAL and not row.billed:
            self.undue_fen -= amount_fen

    def waive(self, row: Row, component: Component, amount_fen: int) -> None:
        self._carry_penalty(row)
        row.waived[component] += amount_fen

    def bill_accrued_early(self) -> None:
        """Turn what has accrued into interest of the running row; the remainder below a fen stays in its period."""
        if self.undue:
            amount_fen = self.accrued_fen
            self.undue[0].interest_fen += amount_fen
            self.accrued -= amount_fen * self.reckoning.interest.scale

    def settle(self, row: Row) -> None:
        """The row is paid before it is due: its period ends today and nothing more is billed to it."""
        row.settled = True
        row.paid_on = self.day
        self.undue.remove(row)
        self.accrued = 0

    def plan_anew(self, principals: Sequence[int]) -> None:
        """The undue rows in order get these principals, the first period begins today, and rows left over are dropped.

        What is paid on a row stays on it; one that was paid in part and is dropped stays, at what was paid.
        """
        for row, principal_fen in zip(self.undue, principals, strict=False):
            row.principal_fen = row.paid[Component.PRINCIPAL] + principal_fen
        for row in self.undue[len(principals) :]:
            self._drop(row)
        self.accrued = 0

    def _drop(self, row: Row) -> None:
        row.principal_fen = row.paid[Component.PRINCIPAL]
        self.undue.remove(row)
        if any(row.paid.values()):
            row.settled = True
            row.paid_on = self.day
        else:
            self.rows.remove(row)

    def write_off(self) -> None:
        """Stop interest and penalty and make everything due; what had accrued was earned and is given up with the rest."""
        if self.written_off is not None:
            return
        for row in self.owing:
            self._carry_penalty(row)
        for row in list(self.undue):
            self._bill(row)
        self.written_off = self.day, {component: self.due_fen(component) for component in Component}

    def mark_paid(self) -> None:
        """Note which rows have nothing left to pay. Nothing can come on a billed one, so it is not looked at again."""
        for row in self.owing:
            if not self._is_owing(row):
                row.paid_on = self.day
        self.owing = [row for row in self.owing if row.paid_on is None]
        self._mark_nothing_to_come()

    def _mark_nothing_to_come(self) -> None:
        """Without undue principal nothing will be billed on the rows that are left: they are as good as paid."""
        if self.undue_fen:
            return
        for row in self.undue:
            if row.paid_on is None:
                row.paid_on = self.day

    def _is_owing(self, row: Row) -> bool:
        return bool(row.principal_open_fen or row.interest_open_fen or self.open_fen(row, Component.PENALTY))


AccountT = TypeVar("AccountT", bound=Account)


def open_account(terms: Terms, kind: type[AccountT] = Account) -> AccountT:
    """The loan on its value date, everything undue; `kind` is an account that also watches what it does."""
    rows = [
        Row(n=row.n, due=row.due.toordinal(), penalty_since=row.due.toordinal(), principal_fen=row.principal_fen)
        for row in make_plan(terms)
    ]
    return kind(
        terms=terms,
        reckoning=reckon(terms),
        day=terms.value_date.toordinal(),
        rows=rows,
        undue=list(rows),
        undue_fen=terms.principal_fen,
        level_fen=plan_level_fen(terms),
    )
