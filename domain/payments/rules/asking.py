"""When an attempt is asked about, and what may be done with one the channel does not know."""

from datetime import datetime, timedelta
from enum import StrEnum

from domain.payments.ports import PaymentResult, PaymentState, Product
from domain.payments.rules.states import OPEN, AttemptState

INLINE_LIMIT = timedelta(seconds=5)
"""A borrower who pays waits no longer than this for the channel."""

CALL_LIMIT = timedelta(seconds=30)
"""A call nobody waits for."""

CRASHED_AFTER = timedelta(seconds=15)
"""An attempt that is SUBMITTING for so long is one whose process died: it is asked about, not sent again."""

LADDER = (
    timedelta(seconds=5),
    timedelta(seconds=15),
    timedelta(seconds=30),
    timedelta(minutes=1),
    timedelta(minutes=3),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=2),
)
"""How long to wait before the first ask, the second... A channel's own notice usually comes before."""

_HOURLY_UNTIL_THE_BILL = 48
"""The bill of the last day an order could be paid is there by then; what is open after it is asked about daily."""

_WAITING_THERE = frozenset({PaymentState.ACTION_REQUIRED, PaymentState.PROCESSING})

# A payer's address or id is not kept, so these cannot be made a second time without him.
_MADE_FROM_WHAT_IS_KEPT = frozenset({Product.PAGE, Product.WAP, Product.APP, Product.QR})


def wait_before(ask: int) -> timedelta:
    """How long to wait before ask number `ask`, counted from 0."""
    if ask < len(LADDER):
        return LADDER[ask]
    return timedelta(hours=1) if ask < len(LADDER) + _HOURLY_UNTIL_THE_BILL else timedelta(days=1)


def next_ask(asks: int, *, at: datetime, final_at: datetime, retry_after: timedelta | None = None) -> datetime:
    """When to ask next after `asks` asks.

    A channel may wish for more time. From `final_at` on NOT_FOUND is final, so that moment is never slept through.
    """
    due = at + max(wait_before(asks), min(retry_after or timedelta(), timedelta(hours=1)))
    return final_at if at < final_at < due else due


class FollowUp(StrEnum):
    """What a query leads to besides what it says."""

    NOTHING = "NOTHING"
    CREATE = "CREATE"
    CLOSE = "CLOSE"
    DEBIT = "DEBIT"


def follow_up(
    state: AttemptState,
    told: PaymentResult,
    *,
    product: str,
    has_action: bool,
    wanted: bool,
    unsent: bool = False,
    doubted: bool = False,
) -> FollowUp:
    """What to do about an attempt in `state` after a query told `told`.

    An order whose borrower has nothing to pay with, because a process died or the channel was slow, is made once more
    under its own number: it takes his own hand to pay, so one number is one order however often it is made. A debit
    is only asked about, unless its channel said that it surely did nothing (`unsent`). An order nobody wants any more
    (out of time, superseded, paid by another attempt) is closed where the channel knows it. One of which it was said that
    it is paid, if by another sum (`doubted`), is not made again.
    """
    way = Product(product)
    if state not in OPEN:
        return FollowUp.NOTHING
    if way is Product.OTHER:
        return FollowUp.DEBIT if unsent and wanted else FollowUp.NOTHING
    if not wanted:
        return FollowUp.CLOSE if told.state in _WAITING_THERE else FollowUp.NOTHING
    # Some channels say PROCESSING of an order that waits for its payer.
    unmade = told.state in _WAITING_THERE | {PaymentState.NOT_FOUND} and not (has_action or doubted)
    return FollowUp.CREATE if unmade and way in _MADE_FROM_WHAT_IS_KEPT else FollowUp.NOTHING
