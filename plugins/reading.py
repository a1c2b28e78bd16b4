"""Reads what providers write: a time in Beijing, without its offset. Sums are read by `domain.shared.money`."""

from datetime import datetime

from domain.shared.days import SHANGHAI


def beijing_time(text: str | None, pattern: str = "%Y%m%d%H%M%S") -> datetime | None:
    """The instant that a Beijing wall clock showed; None for what is none. 20261121101530 is 02:15:30 UTC."""
    try:
        return datetime.strptime(text or "", pattern).replace(tzinfo=SHANGHAI)
    except ValueError:
        return None
