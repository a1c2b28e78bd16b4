"""When an outside party is asked again what became of a request: soon at first, then ever less often."""

from datetime import datetime, timedelta

_WAITS = (5, 15, 30, 60, 180, 600, 1800, 3600, 7200)
_LATER = timedelta(hours=1)


def next_ask(at: datetime, asks: int) -> datetime:
    """When to ask next, after `asks` questions that brought no final answer."""
    return at + (timedelta(seconds=_WAITS[asks]) if asks < len(_WAITS) else _LATER)
