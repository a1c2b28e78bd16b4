"""A loan as the arithmetic knows it: its terms and its journal of events, read from their rows and written to them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.models import EventKind, Loan, LoanEvent
from domain.lending.queries import journal as journal_queries
from domain.lending.queries import loans as loan_queries
from domain.lending.queries.journal import JournalLine
from domain.lending.rules.events import Event, ExcessRefunded, Intent, Paid, Reversed, Waived, WrittenOff
from domain.lending.rules.position import Position
from domain.lending.rules.posting import Components, target
from domain.lending.rules.replay import replay
from domain.lending.rules.terms import Terms
from domain.lending.services.terms import terms_of


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a loan stands on a day, and what the books should hold of it then."""

    position: Position
    target: Components


@dataclass(frozen=True, slots=True)
class History:
    """All there is to know about a loan."""

    terms: Terms
    events: tuple[Event, ...]

    def position(self, on: date) -> Position:
        return replay(self.terms, self.events, on)

    def standing(self, on: date) -> Standing:
        position = self.position(on)
        return Standing(position, target(self.terms, self.events, position))

    def with_event(self, event: Event) -> "History":
        return History(self.terms, (*self.events, event))


async def history_of(session: AsyncSession, loan: Loan, known_at: datetime | None = None) -> History:
    """Everything of a loan that was paid out; with an instant, what had been recorded by then, reversals included."""
    version = await loan_queries.version_of(session, loan)
    rows = (await journal_queries.events_of(session, [loan.id]))[loan.id]
    known = [row for row in rows if known_at is None or row.recorded_at <= known_at]
    return History(terms_of(loan, version), events_from(known))


async def events_of(session: AsyncSession, loan_id: UUID) -> tuple[Event, ...]:
    rows = await journal_queries.events_of(session, [loan_id])
    return events_from(rows[loan_id])


def events_from(rows: Iterable[LoanEvent | JournalLine]) -> tuple[Event, ...]:
    """The events of journal rows; each is known by its row's id."""
    return tuple(_event(row) for row in rows)


def _event(row: LoanEvent | JournalLine) -> Event:
    place: dict[str, Any] = {"key": row.id, "date": row.value_date, "sequence": row.sequence}
    facts = row.payload
    match row.kind:
        case EventKind.PAID:
            return Paid(**place, amount_fen=facts["amount_fen"], intent=Intent(facts["intent"]))
        case EventKind.WAIVED:
            return Waived(**place, penalty_fen=facts["penalty_fen"], interest_fen=facts["interest_fen"])
        case EventKind.REVERSED:
            return Reversed(**place, payment_key=UUID(facts["payment_key"]))
        case EventKind.WRITTEN_OFF:
            return WrittenOff(**place)
        case EventKind.EXCESS_REFUNDED:
            return ExcessRefunded(**place, amount_fen=facts["amount_fen"])


async def append(
    session: AsyncSession, loan: Loan, event: Event, *, source: str, at: datetime, note: str | None = None
) -> LoanEvent:
    """Write an event into a locked loan's journal; its sequence is the next, its source unique.

    Nothing else follows from it here: `journal.record` lets it. Raises IntegrityError when the source is there already.
    """
    if event.sequence != loan.last_sequence + 1 or not isinstance(event.key, UUID):
        raise ValueError(f"event {event.key} is not the next of loan {loan.number}")
    kind, facts = _row_of(event)
    row = LoanEvent(
        id=event.key,
        loan_id=loan.id,
        borrower_id=loan.borrower_id,
        sequence=event.sequence,
        kind=kind,
        value_date=event.date,
        payload={**facts, "note": note} if note else dict(facts),
        source=source,
        recorded_at=at,
    )
    session.add(row)
    loan.last_sequence = event.sequence
    await session.flush()
    return row


def _row_of(event: Event) -> tuple[EventKind, Mapping[str, Any]]:
    match event:
        case Paid():
            return EventKind.PAID, {"amount_fen": event.amount_fen, "intent": event.intent}
        case Waived():
            return EventKind.WAIVED, {"penalty_fen": event.penalty_fen, "interest_fen": event.interest_fen}
        case Reversed():
            return EventKind.REVERSED, {"payment_key": str(event.payment_key)}
        case WrittenOff():
            return EventKind.WRITTEN_OFF, {}
        case ExcessRefunded():
            return EventKind.EXCESS_REFUNDED, {"amount_fen": event.amount_fen}
