"""A loan replayed to a day by an account that watched, and what of it every explanation needs."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from domain.lending.rules.events import Event, ExcessRefunded, Key, Paid, Reversed, Waived, WrittenOff
from domain.lending.rules.explaining.explanation import EndedBy, Part, PartKind
from domain.lending.rules.explaining.watching import WatchedAccount, watched
from domain.lending.rules.position import Position, RowPosition
from domain.lending.rules.replay import replay
from domain.lending.rules.terms import Component, Terms


@dataclass(frozen=True)
class Story:
    """What happened to a loan through a day, with every step of its arithmetic."""

    terms: Terms
    events: tuple[Event, ...]
    on: date
    account: WatchedAccount
    position: Position

    @cached_property
    def happened(self) -> Mapping[Key, Event]:
        """The events by key, those that do not count too."""
        return {event.key: event for event in self.events}

    def row(self, n: int) -> RowPosition | None:
        """The installment as it stands; None where a new plan does not reach it any more."""
        return next((row for row in self.position.rows if row.n == n), None)

    def parts(self, n: int, component: Component) -> tuple[Part, ...]:
        """What was paid and waived of an installment's amount, in the order in which it happened; then what was reversed."""
        given = self.position.allocations, self.position.waivers
        counting = [
            Part(kind, self.happened[key].date, key, part.amount_fen)
            for kind, by_event in zip((PartKind.PAID, PartKind.WAIVED), given, strict=True)
            for key, done in by_event.items()
            for part in done.parts
            if (part.n, part.component) == (n, component)
        ]
        counting.sort(key=lambda part: (part.on, self.happened[part.event].sequence))
        return (*counting, *(part for (row, which), part in self._reversed if (row, which) == (n, component)))

    @cached_property
    def _reversed(self) -> tuple[tuple[tuple[int, Component], Part], ...]:
        """What each payment that was reversed had paid, had it counted."""
        return tuple(self._undone())

    def _undone(self) -> Iterator[tuple[tuple[int, Component], Part]]:
        for reversal in self.events:
            if not isinstance(reversal, Reversed):
                continue
            payment = self.happened[reversal.payment_key]
            if payment.date > self.on:
                continue
            without = [event for event in self.events if event.key != reversal.key and not _same(event, reversal)]
            for part in replay(self.terms, without, self.on).allocations[payment.key].parts:
                told = Part(PartKind.REVERSED, payment.date, payment.key, part.amount_fen, reversal=reversal.key)
                yield (part.n, part.component), told


def _same(event: Event, reversal: Reversed) -> bool:
    return isinstance(event, Reversed) and event.payment_key == reversal.payment_key


def story_of(terms: Terms, events: Iterable[Event], on: date) -> Story:
    events = tuple(events)
    account, position = watched(terms, events, on)
    return Story(terms, events, on, account, position)


def ended_by(event: Event | None) -> EndedBy:
    """How an event that ended a segment is called."""
    match event:
        case Paid():
            return EndedBy.PAID
        case Waived():
            return EndedBy.WAIVED
        case WrittenOff():
            return EndedBy.WRITTEN_OFF
        case ExcessRefunded() | Reversed() | None:
            return EndedBy.ASKED
