"""When a new payment may begin although an older one for the same loan is not final."""

from enum import StrEnum

from domain.payments.ports import CloseResult
from domain.payments.rules.states import OPEN, AttemptState


class Replacement(StrEnum):
    """What becomes of the older payment."""

    GONE = "GONE"
    """It is final; the place is free."""
    SUPERSEDE = "SUPERSEDE"
    """It could not be closed and may still be paid: it gives up its place and is asked about to the end."""
    REFUSE = "REFUSE"
    """Money may be moving by it now: no new payment."""


def replacement(state: AttemptState, closing: CloseResult, *, automatic: bool, doubted: bool = False) -> Replacement:
    """What a new payment does to an older one that is in `state` after the channel was asked to close it.

    An automatic debit waits for certainty: CLOSED, or NOT_FOUND when that is final. A borrower may go on where nobody
    has begun to pay: his old page was never opened (at some channels an unopened page does not exist, so it cannot be
    closed), or nobody knows whether it was made. Where the channel says that he is paying (PROCESSING), or has paid, be
    it another sum (`doubted`), he may not.
    """
    if state not in OPEN:
        return Replacement.GONE
    if automatic or doubted or state is AttemptState.PROCESSING or closing is CloseResult.ALREADY_PAID:
        return Replacement.REFUSE
    return Replacement.SUPERSEDE
