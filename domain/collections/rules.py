"""What collections decides: how pressing a case is, why it ends, and which state follows which."""

from datetime import date
from enum import StrEnum

from domain.shared.machine import Machine


class CaseStatus(StrEnum):
    OPEN = "OPEN"
    CLOSED = "CLOSED"


class CloseReason(StrEnum):
    """CURED: nothing is past due any more, the loan goes on. SETTLED: the loan is paid off."""

    CURED = "CURED"
    SETTLED = "SETTLED"


class Severity(StrEnum):
    """How a loan that is past due is shown: RED is the notes' red line."""

    NORMAL = "NORMAL"
    WARN = "WARN"
    RED = "RED"


# A loan that falls behind again gets a new case: the old one says how the last time ended.
CASE = Machine("collection case", {CaseStatus.OPEN: frozenset({CaseStatus.CLOSED})})


def days_past_due(overdue_since: date | None, today: date) -> int:
    """Days since the due date of the oldest row that is past due; 0 when none is."""
    return 0 if overdue_since is None else max((today - overdue_since).days, 0)


def severity(days_past_due: int, *, warn_after: int, red_after: int) -> Severity:
    """`warn_after` and `red_after` are the first days past due on which a loan is WARN and RED."""
    if days_past_due >= red_after:
        return Severity.RED
    return Severity.WARN if days_past_due >= warn_after else Severity.NORMAL
