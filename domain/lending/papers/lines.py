"""A loan's life as lines of a statement: what came in, where it went, and the principal that was left after it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from domain.lending.papers.wording import money
from domain.lending.rules.allocation import Allocation
from domain.lending.rules.events import Event, ExcessRefunded, Intent, Key, Paid, Reversed, Waived, WrittenOff
from domain.lending.rules.position import Position
from domain.lending.rules.terms import Terms

_PAID = {Intent.INSTALLMENT: "还款", Intent.PREPAY: "提前还款", Intent.PAYOFF: "结清还款"}


@dataclass(frozen=True, slots=True)
class Line:
    """What happened on a day. The parts add up to `amount_fen`; what went back to the borrower is below zero.

    A payment that was reversed, and what moved no money, is told in words and counts nothing.
    """

    on: date
    said: str
    amount_fen: int = 0
    penalty_fen: int = 0
    interest_fen: int = 0
    principal_fen: int = 0
    fee_fen: int = 0
    excess_fen: int = 0
    balance_fen: int = 0


def lines_of(terms: Terms, events: Iterable[Event], position: Position) -> tuple[Line, ...]:
    """Everything up to the position's day, in the order in which it counts, beginning with the money going out.

    `position` is that of these events. A payment is shown on its own day, also where it was reversed later.
    """
    known = [event for event in events if event.date <= position.on]
    reversed_keys = {event.payment_key for event in events if isinstance(event, Reversed)}
    payments = {event.key: event for event in events if isinstance(event, Paid)}
    balance_fen = terms.principal_fen
    lines = [Line(terms.value_date, f"放款 {money(terms.principal_fen)}", balance_fen=balance_fen)]
    for event in sorted(known, key=lambda each: (each.date, each.sequence)):
        line = _line(event, position, reversed_keys, payments)
        balance_fen -= line.principal_fen
        lines.append(replace(line, balance_fen=balance_fen))
    return tuple(lines)


def total_of(lines: Iterable[Line]) -> Line:
    """The sums of what counts; its day, words and balance are those of the last."""
    lines = list(lines)
    return replace(
        lines[-1],
        amount_fen=sum(line.amount_fen for line in lines),
        penalty_fen=sum(line.penalty_fen for line in lines),
        interest_fen=sum(line.interest_fen for line in lines),
        principal_fen=sum(line.principal_fen for line in lines),
        fee_fen=sum(line.fee_fen for line in lines),
        excess_fen=sum(line.excess_fen for line in lines),
    )


def _line(event: Event, position: Position, reversed_keys: set[Key], payments: Mapping[Key, Paid]) -> Line:
    match event:
        case Paid() if event.key in reversed_keys:
            return Line(event.date, f"{_PAID[event.intent]} {money(event.amount_fen)}，后被冲正，不计入")
        case Paid():
            return _payment(event, position.allocations[event.key])
        case Reversed():
            payment = payments[event.payment_key]
            return Line(event.date, f"冲正 {payment.date} 的还款 {money(payment.amount_fen)}")
        case Waived():
            waiver = position.waivers[event.key]
            said = f"减免罚息 {money(waiver.penalty_fen)}、利息 {money(waiver.interest_fen)}"
            return Line(event.date, said)
        case WrittenOff():
            return Line(event.date, "核销")
        case ExcessRefunded():
            said = f"退还溢缴款 {money(event.amount_fen)}"
            return Line(event.date, said, amount_fen=-event.amount_fen, excess_fen=-event.amount_fen)


def _payment(event: Paid, went: Allocation) -> Line:
    return Line(
        event.date,
        f"核销后{_PAID[event.intent]}" if went.recovery else _PAID[event.intent],
        amount_fen=event.amount_fen,
        penalty_fen=went.penalty_fen,
        interest_fen=went.interest_fen,
        principal_fen=went.principal_fen,
        fee_fen=went.fee_fen,
        excess_fen=went.excess_fen,
    )
