"""Which bills are wanted, and when one that was not there is asked for again."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

LIMIT = timedelta(seconds=60)
"""A file is larger than an answer."""

OVERDUE = timedelta(days=3)
"""So long after its day a bill that is not here is shown to a person; it is asked for all the same."""

_WAITS = (
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=2),
)
_LATER = timedelta(hours=4)
_LONGEST_WISH = timedelta(days=1)


def next_fetch(at: datetime, tries: int, retry_after: timedelta | None = None) -> datetime:
    """When to fetch next after `tries` tries. A channel may wish for more time, up to a day."""
    wait = _WAITS[tries - 1] if 0 < tries <= len(_WAITS) else _LATER
    return at + max(wait, min(retry_after or timedelta(), _LONGEST_WISH))


def wanted_days(first: date, today: date, days_back: int) -> Iterator[date]:
    """The days of which a bill must exist: from a channel's first payment through yesterday, `days_back` at most."""
    day = max(first, today - timedelta(days=days_back))
    while day < today:
        yield day
        day += timedelta(days=1)
