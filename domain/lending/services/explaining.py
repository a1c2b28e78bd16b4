"""Why an amount of a loan is what it is, for whoever asks: read only, as of a day, with what was known by then."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.models import Loan
from domain.lending.rules.events import Event, Key
from domain.lending.rules.explaining import Explanation, explained, story_of
from domain.lending.services import figures


@dataclass(frozen=True, slots=True)
class Explained:
    """The amounts of an installment or of the whole loan, and the events they speak of, by key."""

    on: date
    amounts: tuple[Explanation, ...]
    happened: Mapping[Key, Event]


async def explain(
    session: AsyncSession,
    loan: Loan,
    *,
    n: int | None,
    on: date | None,
    at: datetime,
    known_at: datetime | None = None,
) -> Explained | None:
    """The amounts of installment `n`, or of the whole loan if none is named, on a day, today if none is said.

    They come to what `figures.position_of` says, with the same `on` and `known_at`; None while that is. Raises
    InstallmentNotFound, DayNotAskable, NotKnownYet.
    """
    asked = await figures.history_on(session, loan, on=on, at=at, known_at=known_at)
    if asked is None:
        return None
    story = story_of(asked.history.terms, asked.history.events, asked.day)
    return Explained(asked.day, explained(story, n), story.happened)
