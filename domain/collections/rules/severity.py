"""How late a loan is, and how pressing that makes it."""

from datetime import date
from enum import StrEnum


class Severity(StrEnum):
    """How a loan that is past due is shown: RED is the notes' red line."""

    NORMAL = "NORMAL"
    WARN = "WARN"
    RED = "RED"


def days_past_due(overdue_since: date | None, today: date) -> int:
    """Days since the due date of the oldest row that is past due; 0 when none is."""
    return 0 if overdue_since is None else max((today - overdue_since).days, 0)


def severity(days_past_due: int, *, warn_after: int, red_after: int) -> Severity:
    """`warn_after` and `red_after` are the first days past due on which a loan is WARN and RED."""
    if days_past_due >= red_after:
        return Severity.RED
    return Severity.WARN if days_past_due >= warn_after else Severity.NORMAL
