"""The states of applications, reviews, risk decisions and lines, and which may follow which."""

from enum import StrEnum

from domain.shared.machine import Machine


class ApplicationStatus(StrEnum):
    """SM1, in the API's words."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    RETURNED = "RETURNED"
    REJECTED = "REJECTED"
    RISK_PENDING = "RISK_PENDING"
    RISK_REJECTED = "RISK_REJECTED"
    APPROVED = "APPROVED"
    EXPIRED = "EXPIRED"


class ReviewTaskStatus(StrEnum):
    OPEN = "OPEN"
    CLAIMED = "CLAIMED"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


class RiskStatus(StrEnum):
    """SUBMITTING and UNKNOWN are asked about by our reference, never submitted as something new."""

    SUBMITTING = "SUBMITTING"
    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    UNKNOWN = "UNKNOWN"


class CreditLineStatus(StrEnum):
    ACTIVE = "ACTIVE"
    FROZEN = "FROZEN"
    EXPIRED = "EXPIRED"
    CLOSED = "CLOSED"


_A, _T, _R, _L = ApplicationStatus, ReviewTaskStatus, RiskStatus, CreditLineStatus

APPLICATION = Machine(
    "credit application",
    {
        _A.DRAFT: frozenset({_A.SUBMITTED, _A.EXPIRED}),
        # RETURNED is not the end: what follows is a new application that supersedes this one.
        _A.SUBMITTED: frozenset({_A.RETURNED, _A.REJECTED, _A.RISK_PENDING}),
        _A.RISK_PENDING: frozenset({_A.RISK_REJECTED, _A.APPROVED}),
        _A.APPROVED: frozenset({_A.EXPIRED}),
    },
)

REVIEW_TASK = Machine(
    "review task",
    {
        _T.OPEN: frozenset({_T.CLAIMED, _T.CANCELLED}),
        _T.CLAIMED: frozenset({_T.OPEN, _T.DONE, _T.CANCELLED}),
    },
)

RISK_DECISION = Machine(
    "risk decision",
    {
        _R.SUBMITTING: frozenset({_R.PENDING, _R.APPROVED, _R.REJECTED, _R.UNKNOWN}),
        # Back to SUBMITTING only when the engine says that it never saw our reference.
        _R.UNKNOWN: frozenset({_R.SUBMITTING, _R.PENDING, _R.APPROVED, _R.REJECTED}),
        _R.PENDING: frozenset({_R.APPROVED, _R.REJECTED}),
    },
)

CREDIT_LINE = Machine(
    "credit line",
    {
        _L.ACTIVE: frozenset({_L.FROZEN, _L.EXPIRED, _L.CLOSED}),
        _L.FROZEN: frozenset({_L.ACTIVE, _L.EXPIRED, _L.CLOSED}),
        _L.EXPIRED: frozenset({_L.CLOSED}),
    },
)
