"""How a payment is spread: over what is due in the product's order, then as the payer intends; the rest is his."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from domain.lending.rules.account import Account, Row
from domain.lending.rules.terms import Component


@dataclass(frozen=True, slots=True)
class Part:
    """What one payment or waiver did to one component of row `n`, and how many days past due the row was then."""

    n: int
    component: Component
    amount_fen: int
    days_past_due: int = 0


@dataclass(frozen=True, slots=True)
class Allocation:
    """Where a payment went: its parts, fee and excess add up to it. `recovery`: it came after the write-off."""

    penalty_fen: int
    interest_fen: int
    principal_fen: int
    fee_fen: int
    excess_fen: int
    parts: tuple[Part, ...]
    recovery: bool = False

    @property
    def applied_fen(self) -> int:
        """What went to the loan's rows, of whatever component."""
        return self.penalty_fen + self.interest_fen + self.principal_fen

    @property
    def recovery_fen(self) -> int:
        return self.applied_fen if self.recovery else 0


@dataclass(slots=True)
class Tender:
    """Money handed in, while it is being spread."""

    account: Account
    left_fen: int
    parts: list[Part] = field(default_factory=list[Part])
    fee_fen: int = 0

    def pay(self, row: Row, component: Component) -> None:
        """Pay as much of what is open as there is money for."""
        self.pay_fen(row, component, min(self.left_fen, self.account.open_fen(row, component)))

    def pay_fen(self, row: Row, component: Component, amount_fen: int) -> None:
        if amount_fen > 0:
            self.account.pay(row, component, amount_fen)
            self.parts.append(Part(row.n, component, amount_fen, self.account.days_late(row)))
            self.left_fen -= amount_fen

    def pay_fee(self, amount_fen: int) -> None:
        self.fee_fen += amount_fen
        self.left_fen -= amount_fen

    def allocation(self) -> Allocation:
        return Allocation(
            penalty_fen=total_fen(self.parts, Component.PENALTY),
            interest_fen=total_fen(self.parts, Component.INTEREST),
            principal_fen=total_fen(self.parts, Component.PRINCIPAL),
            fee_fen=self.fee_fen,
            excess_fen=self.left_fen,
            parts=tuple(self.parts),
            recovery=self.account.written_off is not None,
        )


def total_fen(parts: Iterable[Part], component: Component) -> int:
    return sum(part.amount_fen for part in parts if part.component is component)


def pay_what_is_due(tender: Tender) -> None:
    """Spread a tender over the billed rows, in the order that goes with the days past due."""
    for row, component in list(_in_order(tender.account)):
        if not tender.left_fen:
            return
        tender.pay(row, component)


def waive(account: Account, penalty_fen: int, interest_fen: int) -> tuple[Part, ...]:
    """Let go of what is due, oldest first, penalty and interest apart. What is asked beyond that lapses."""
    return (
        *_waive(account, Component.PENALTY, penalty_fen),
        *_waive(account, Component.INTEREST, interest_fen),
    )


def _waive(account: Account, component: Component, asked_fen: int) -> Iterator[Part]:
    for row in account.owing:
        if amount_fen := min(asked_fen, account.open_fen(row, component)):
            account.waive(row, component, amount_fen)
            asked_fen -= amount_fen
            yield Part(row.n, component, amount_fen, account.days_late(row))


def _in_order(account: Account) -> Iterable[tuple[Row, Component]]:
    terms = account.terms
    if account.written_off is not None:
        return _whole_components(account, terms.recovery_waterfall)
    if account.days_past_due() > terms.dpd_switch:
        return _whole_components(account, terms.late_waterfall)
    return ((row, component) for row in account.owing for component in terms.waterfall)


def _whole_components(account: Account, order: tuple[Component, ...]) -> Iterable[tuple[Row, Component]]:
    return ((row, component) for component in order for row in account.owing)
