"""What one person owes or may come to owe in all, and how much that may be."""

from dataclasses import dataclass
from datetime import datetime

from domain.lending.errors import ExposureAboveCap
from domain.lending.rules.events import Event
from domain.lending.rules.replay import replay
from domain.lending.rules.terms import Terms
from domain.shared.days import business_day
from domain.shared.money import yuan


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another loan of the same person. Without `terms` it was never paid out; `ended_at` is when it came to nothing.

    `events` are those that were recorded by the time that is asked about.
    """

    principal_fen: int
    ended_at: datetime | None = None
    terms: Terms | None = None
    events: tuple[Event, ...] = ()


def exposure_then_fen(loan: Elsewhere, at: datetime) -> int:
    """What a loan counted for at an instant: all of it on its way, then the principal that was not repaid."""
    if loan.terms is None:
        return 0 if loan.ended_at is not None and loan.ended_at <= at else loan.principal_fen
    day = business_day(at)
    if day < loan.terms.value_date:
        return loan.principal_fen
    position = replay(loan.terms, loan.events, day)
    return position.undue_fen + position.principal_fen


def exposure_refusal(
    *, asked_fen: int, owed_fen: int, cap_fen: int, fields: tuple[str, ...] = ()
) -> ExposureAboveCap | None:
    """Why a loan is refused by which a person would owe more than one may; None if it is not."""
    exposed_fen = owed_fen + asked_fen
    if exposed_fen <= cap_fen:
        return None
    return ExposureAboveCap(amount=yuan(asked_fen), exposure=yuan(exposed_fen), cap=yuan(cap_fen), fields=fields)
