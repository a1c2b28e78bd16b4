"""A loan's life replayed: terms and events in, position out. The one function that stored figures are checked against."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from domain.lending.errors import LoanClosed, PaymentBeforeValueDate, PaymentNotPositive, PayoffTooSmall
from domain.lending.rules.account import Account, open_account
from domain.lending.rules.allocation import Allocation, Tender, pay_what_is_due, waive
from domain.lending.rules.events import Event, ExcessRefunded, Intent, Key, Paid, Reversed, Waived, WrittenOff
from domain.lending.rules.position import Position, Waiver, position_of
from domain.lending.rules.prepayment import use_what_is_left
from domain.lending.rules.terms import Terms
from domain.shared.money import yuan


def replay(terms: Terms, events: Iterable[Event], to: date) -> Position:
    """The position at a day, events of that day included and later ones not.

    Only (date, sequence) orders the events, not the order in which they are given. A reversed payment never was,
    whatever the day its reversal became known. `to` is not before the value date.
    """
    if to < terms.value_date:
        raise ValueError(f"the loan begins on {terms.value_date}, it has no position on {to}")
    return live(open_account(terms), in_effect(events), to)


def live(account: Account, counting: Iterable[Event], to: date) -> Position:
    """Let an account just opened live through the events that count, given in order, to the end of a day."""
    history = _History(account)
    for event in counting:
        if event.date > to:
            break
        history.apply(event)
    account.roll(to.toordinal())
    return position_of(account, history.allocations, history.waivers, history.refunded_fen)


def check_payment(terms: Terms, events: Iterable[Event], payment: Paid) -> None:
    """Refuse a payment that must not be taken, given what is known of the loan.

    Where nothing is owed nothing is taken, but for what was refunded as excess and was none. Raises PaymentNotPositive,
    PaymentBeforeValueDate, LoanClosed, PayoffTooSmall.
    """
    if payment.amount_fen <= 0:
        raise PaymentNotPositive(fields=("amount",), amount=yuan(payment.amount_fen))
    if payment.date < terms.value_date:
        raise PaymentBeforeValueDate(date=payment.date, value_date=terms.value_date)
    earlier = [event for event in in_effect(events) if _place(event) < _place(payment)]
    position = replay(terms, earlier, payment.date)
    if position.closed and not position.over_refunded_fen:
        raise LoanClosed(date=payment.date)
    if payment.intent is Intent.PAYOFF and payment.amount_fen < position.payoff_fen:
        raise PayoffTooSmall(
            fields=("amount",),
            amount=yuan(payment.amount_fen),
            payoff=yuan(position.payoff_fen),
            date=payment.date,
        )


def in_effect(events: Iterable[Event]) -> list[Event]:
    """The events that count, in order: reversals and what they reverse are taken out."""
    events = list(events)
    if len({event.key for event in events}) != len(events):
        raise ValueError("two events of one loan have the same key")
    reversed_keys = {event.payment_key for event in events if isinstance(event, Reversed)}
    if unknown := reversed_keys - {event.key for event in events if isinstance(event, Paid)}:
        raise ValueError(f"reversed, but not among the loan's payments: {', '.join(map(str, unknown))}")
    counting = (event for event in events if not isinstance(event, Reversed) and event.key not in reversed_keys)
    return sorted(counting, key=_place)


def _place(event: Event) -> tuple[date, int]:
    return event.date, event.sequence


@dataclass(slots=True)
class _History:
    """The account, and what each payment and waiver did to it."""

    account: Account
    allocations: dict[Key, Allocation] = field(default_factory=dict[Key, Allocation])
    waivers: dict[Key, Waiver] = field(default_factory=dict[Key, Waiver])
    refunded_fen: int = 0

    def apply(self, event: Event) -> None:
        if event.date < self.account.terms.value_date:
            raise ValueError(f"event {event.key} of {event.date} lies before the loan's value date")
        self.account.roll(event.date.toordinal())
        match event:
            case Paid():
                self.allocations[event.key] = self._pay(event)
            case Waived():
                parts = waive(self.account, event.penalty_fen, event.interest_fen)
                self.waivers[event.key] = Waiver(parts, after_write_off=self.account.written_off is not None)
            case WrittenOff():
                self.account.write_off()
            case ExcessRefunded():
                self.refunded_fen += event.amount_fen
            case Reversed():
                raise AssertionError("reversals are taken out before events are applied")
        self.account.mark_paid()

    def _pay(self, payment: Paid) -> Allocation:
        tender = Tender(self.account, payment.amount_fen)
        pay_what_is_due(tender)
        if tender.left_fen:
            use_what_is_left(tender, payment.intent)
        return tender.allocation()
