"""What a licensed source may be asked for, and where such a request stands."""

from enum import StrEnum

from domain.shared.machine import Machine


class DataKind(StrEnum):
    """T18 to T21, and the credit report of the bureau (X2)."""

    CREDIT_REPORT = "CREDIT_REPORT"
    SOCIAL_SECURITY = "SOCIAL_SECURITY"
    CARRIER = "CARRIER"
    HOUSING_FUND = "HOUSING_FUND"
    CREDIT_CARD_BILL = "CREDIT_CARD_BILL"


class DataStatus(StrEnum):
    """REQUESTED and UNKNOWN are asked about by our reference, never requested as something new."""

    REQUESTED = "REQUESTED"
    PENDING = "PENDING"
    READY = "READY"
    REFUSED = "REFUSED"
    UNKNOWN = "UNKNOWN"


_S = DataStatus

DATA_RECORD = Machine(
    "data record",
    {
        _S.REQUESTED: frozenset({_S.PENDING, _S.READY, _S.REFUSED, _S.UNKNOWN}),
        _S.PENDING: frozenset({_S.READY, _S.REFUSED}),
        # Back to REQUESTED only when the source says that it never saw our reference.
        _S.UNKNOWN: frozenset({_S.REQUESTED, _S.PENDING, _S.READY, _S.REFUSED}),
    },
)
