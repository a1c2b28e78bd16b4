"""What if: a loan after events that have not happened, beside the same loan without them. Nothing is written."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from domain.lending.errors import LoanClosed, LoanWrittenOff, NothingToWaive, PaymentBeforeValueDate, WaiverNotPositive
from domain.lending.rules.events import Event, Intent, Key, Paid, Reversed, Waived, WrittenOff
from domain.lending.rules.lifetime import Charges, ToCome, YearlyCost, charges, to_come, yearly_cost
from domain.lending.rules.machine import LoanStatus
from domain.lending.rules.payoff import next_bill
from domain.lending.rules.plan import plan_days
from domain.lending.rules.position import OpenRow, Position
from domain.lending.rules.replay import check_payment, replay
from domain.lending.rules.terms import Terms
from domain.shared.errors import DomainError
from domain.shared.money import yuan


class Meanwhile(StrEnum):
    """What happens from today to the day that is looked at, beside what is supposed.

    AS_PLANNED: what is due is paid today, and every row on its due day. NOTHING: nothing, so rows may be missed.
    """

    AS_PLANNED = "AS_PLANNED"
    NOTHING = "NOTHING"


@dataclass(frozen=True, slots=True)
class PaidOff:
    """Supposed: on that day a payment of whatever it then takes to close the loan."""

    key: Key
    date: date
    sequence: int = 0


Supposition = Event | PaidOff


@dataclass(frozen=True, slots=True)
class Outlook:
    """A loan on a day, and what it comes to if from then on all is paid as planned."""

    position: Position
    yearly_cost: YearlyCost | None

    @property
    def next_bill(self) -> OpenRow | None:
        return next_bill(self.position)

    @property
    def last_due(self) -> date | None:
        """The day of the last row that asks for money; None if no more falls due."""
        return max((row.due for row in self.position.open if row.principal_fen or row.interest_fen), default=None)

    @property
    def to_come(self) -> ToCome:
        return to_come(self.position)

    @property
    def charges(self) -> Charges | None:
        """From the first day to the last; None of a loan that is written off."""
        return charges(self.position)


@dataclass(frozen=True, slots=True)
class Simulation:
    """`supposed` stand in the order in which they would be recorded; `planned` are the payments assumed meanwhile.

    `before` is the loan without what is supposed, paid as planned up to the day that is looked at.
    """

    on: date
    supposed: tuple[Event, ...]
    planned: tuple[Paid, ...]
    before: Outlook
    after: Outlook

    @property
    def saving_fen(self) -> int | None:
        """What the loan costs less over its whole life, below zero if it costs more; None if it is written off."""
        before, after = self.before.charges, self.after.charges
        return before.total_fen - after.total_fen if before and after else None


def simulate(
    terms: Terms,
    known: Sequence[Event],
    supposed: Sequence[Supposition],
    *,
    today: date,
    on: date | None = None,
    meanwhile: Meanwhile = Meanwhile.AS_PLANNED,
) -> Simulation:
    """What the loan would be on a day (the last supposed one, if none is said) with and without the supposed events.

    These come in any order and with any sequence; reversals are of known payments. `on` is neither before today nor
    before a supposed event. Beyond that day both are paid as planned. A refusal is about the event's key.
    Raises PaymentNotPositive, PaymentBeforeValueDate, PayoffTooSmall, LoanClosed, LoanWrittenOff, WaiverNotPositive,
    NothingToWaive.
    """
    last = max((today, *(event.date for event in supposed)))
    if on is not None and on < last:
        raise ValueError(f"{on} lies before {last}, when the last of this has happened")
    day = on or last
    would_be = _with_sums(terms, known, in_order(supposed, after=_last(known)), today, meanwhile)
    events = [*known, *would_be]
    planned = _planned(terms, events, today, day, meanwhile)
    events += planned
    for event in would_be:
        _check(terms, events, event, today)
    return Simulation(
        on=day,
        supposed=would_be,
        planned=planned,
        before=_outlook(terms, [*known, *_planned(terms, known, today, day, Meanwhile.AS_PLANNED)], day),
        after=_outlook(terms, events, day),
    )


def in_order(supposed: Sequence[Supposition], *, after: int) -> tuple[Supposition, ...]:
    """The events as they would be recorded: reversals first, for what they take away never was; then day by day."""
    ordered = sorted(supposed, key=lambda event: (not isinstance(event, Reversed), event.date))
    return tuple(replace(event, sequence=after + n) for n, event in enumerate(ordered, start=1))


def _with_sums(
    terms: Terms, known: Sequence[Event], supposed: Sequence[Supposition], today: date, meanwhile: Meanwhile
) -> tuple[Event, ...]:
    """Each payoff with what it takes at its place, after all that is supposed and planned before it."""
    found: list[Event] = []
    for event in supposed:
        if isinstance(event, PaidOff):
            events = [*known, *found]
            planned = _planned(terms, events, today, event.date, meanwhile)
            with _about(event):
                total_fen = _before(terms, [*events, *planned], event).payoff_fen
                if not total_fen:
                    raise LoanClosed(date=event.date)
            found.append(Paid(event.key, event.date, event.sequence, total_fen, Intent.PAYOFF))
        else:
            found.append(event)
    return tuple(found)


def _planned(terms: Terms, events: Sequence[Event], today: date, on: date, meanwhile: Meanwhile) -> tuple[Paid, ...]:
    """What is paid from today on and before the day that is looked at: whatever is due, after all else of its day."""
    paid: list[Paid] = []
    if meanwhile is Meanwhile.NOTHING:
        return ()
    sequence = _last(events)
    days = [today, *(day for day in map(date.fromordinal, plan_days(terms)) if day > today)]
    for n, day in enumerate((day for day in days if day < on), start=1):
        position = replay(terms, [*events, *paid], day)
        if position.written_off:
            break
        if position.due_fen:
            paid.append(Paid(f"planned:{day}", day, sequence + n, position.due_fen))
    return tuple(paid)


def _check(terms: Terms, events: Sequence[Event], event: Event, today: date) -> None:
    """Refuse what could not be recorded at its place among the events."""
    with _about(event):
        match event:
            case Paid():
                check_payment(terms, events, event)
            case Waived():
                _must_run(_by_then(terms, events, event, today))
                _check_waiver(_before(terms, events, event), event)
            case WrittenOff():
                _must_run(_by_then(terms, events, event, today), written_off=False)
                _must_run(_before(terms, events, event), written_off=False)
            case _:
                pass


@contextmanager
def _about(event: Supposition) -> Generator[None]:
    """Say of a refusal which event it is about."""
    try:
        yield
    except DomainError as refusal:
        refusal.fields = (str(event.key),)
        raise


def _must_run(position: Position, *, written_off: bool = True) -> None:
    if position.written_off and not written_off:
        raise LoanWrittenOff(date=position.written_off.on)
    if position.status is LoanStatus.SETTLED:
        raise LoanClosed(date=position.on)


def _check_waiver(position: Position, waiver: Waived) -> None:
    asked = waiver.penalty_fen, waiver.interest_fen
    if min(asked) < 0 or not sum(asked):
        raise WaiverNotPositive
    if not min(asked[0], position.penalty_fen) + min(asked[1], position.interest_fen):
        raise NothingToWaive(date=waiver.date, penalty=yuan(position.penalty_fen), interest=yuan(position.interest_fen))


def _before(terms: Terms, events: Sequence[Event], event: Supposition) -> Position:
    """The loan as it is at an event's place, whatever is known by then to be reversed."""
    place = event.date, event.sequence
    earlier = {
        each.key: each for each in events if not isinstance(each, Reversed) and (each.date, each.sequence) < place
    }
    reversals = [each for each in events if isinstance(each, Reversed) and each.payment_key in earlier]
    if event.date < terms.value_date:
        raise PaymentBeforeValueDate(date=event.date, value_date=terms.value_date)
    return replay(terms, [*earlier.values(), *reversals], event.date)


def _by_then(terms: Terms, events: Sequence[Event], event: Event, today: date) -> Position:
    """The loan as it stands when an event is recorded, which may be long after its day: what came since is known, too."""
    recorded = [each for each in events if each.sequence < event.sequence or today <= each.date < event.date]
    return replay(terms, recorded, max(today, event.date))


def _last(events: Sequence[Event]) -> int:
    return max((event.sequence for event in events), default=0)


def _outlook(terms: Terms, events: Sequence[Event], on: date) -> Outlook:
    position = replay(terms, events, on)
    return Outlook(position, yearly_cost(terms, events, position))
