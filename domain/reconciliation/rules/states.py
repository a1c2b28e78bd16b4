"""The states of a bill and of a discrepancy, and what a comparison can find."""

from enum import StrEnum

from domain.shared.machine import Machine


class BillState(StrEnum):
    """`NOT_OFFERED`: the channel has no bills. `FAILED`: its file cannot be read, or was never there; a person looks."""

    WANTED = "WANTED"
    NOT_READY = "NOT_READY"
    NOT_OFFERED = "NOT_OFFERED"
    EMPTY = "EMPTY"
    FETCHED = "FETCHED"
    PARSED = "PARSED"
    FAILED = "FAILED"


class Finding(StrEnum):
    """What comparing a bill with our records finds. All but MATCHED and FEE are for the work list."""

    MATCHED = "MATCHED"
    FEE = "FEE"
    AMOUNT_DIFF = "AMOUNT_DIFF"
    ONLY_CHANNEL = "ONLY_CHANNEL"
    ONLY_OURS = "ONLY_OURS"
    DUPLICATE_LINE = "DUPLICATE_LINE"
    PROBLEM = "PROBLEM"
    """A line nobody can read, or that is neither payment, refund nor fee."""
    TOTALS_DIFF = "TOTALS_DIFF"
    """The file says another total than its lines add up to."""
    NO_BILL = "NO_BILL"
    """The bill is not there long after its day, or cannot be read."""
    OTHER_FILE = "OTHER_FILE"
    """The same day was fetched again and the file is another one."""


class DiscrepancyState(StrEnum):
    """`WAITING`: around midnight a payment may stand in the bill of the next day, which is not here yet."""

    WAITING = "WAITING"
    OPEN = "OPEN"
    RESOLVED = "RESOLVED"
    SELF_RESOLVED = "SELF_RESOLVED"


class Resolution(StrEnum):
    """What a person decides about a discrepancy."""

    ASK_CHANNEL = "ASK_CHANNEL"
    """Fetch the bill again, ask about the payment again; it stays open until they agree."""
    ACCEPT_CHANNEL = "ACCEPT_CHANNEL"
    """The channel is right: what is missing in our books is booked."""
    ACCEPT_OURS = "ACCEPT_OURS"
    """Our books are right: nothing is booked, and what the channel owes us stays in its clearing account."""


_B, _D = BillState, DiscrepancyState

KNOWN = frozenset({_B.EMPTY, _B.PARSED, _B.NOT_OFFERED})
"""There is nothing more to learn of that day."""

WANTED = frozenset({_B.WANTED, _B.NOT_READY})
"""It is still to be fetched."""

UNSETTLED = frozenset({_D.WAITING, _D.OPEN})
"""It still differs."""

BILL = Machine(
    "bill",
    {
        _B.WANTED: frozenset({_B.NOT_READY, _B.NOT_OFFERED, _B.EMPTY, _B.FETCHED, _B.FAILED}),
        _B.NOT_READY: frozenset({_B.WANTED, _B.NOT_OFFERED, _B.EMPTY, _B.FETCHED, _B.FAILED}),
        _B.FETCHED: frozenset({_B.PARSED, _B.FAILED}),
        # From here on only because it is fetched again, or somebody takes another file.
        _B.NOT_OFFERED: frozenset({_B.WANTED}),
        _B.EMPTY: frozenset({_B.WANTED, _B.FETCHED}),
        _B.PARSED: frozenset({_B.FETCHED}),
        _B.FAILED: frozenset({_B.WANTED, _B.FETCHED}),
    },
)
