"""The states of a case and why it ends."""

from enum import StrEnum

from domain.shared.machine import Machine


class CaseStatus(StrEnum):
    OPEN = "OPEN"
    CLOSED = "CLOSED"


class CloseReason(StrEnum):
    """CURED: nothing is past due any more, the loan goes on. SETTLED: the loan is paid off."""

    CURED = "CURED"
    SETTLED = "SETTLED"


# A loan that falls behind again gets a new case: the old one says how the last time ended.
CASE = Machine("collection case", {CaseStatus.OPEN: frozenset({CaseStatus.CLOSED})})
