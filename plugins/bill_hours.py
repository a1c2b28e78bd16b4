"""From which hour of the next day a channel's bill is there, and what it means before that there is none."""

from datetime import date, datetime, time, timedelta

from domain.payments.ports import BillEmpty, BillNotReady
from domain.shared.days import SHANGHAI, business_day


def not_over(day: date, now: datetime, ready: time) -> BillNotReady | None:
    """Of a Beijing day that is not over there can be no bill: the channel need not be asked."""
    return BillNotReady(_ready_at(day, ready) - now) if business_day(now) <= day else None


def none_there(day: date, now: datetime, ready: time) -> BillNotReady | BillEmpty:
    """What a proven "there is none" says: that there was no trade, once the bill would be there; nothing before."""
    ready_at = _ready_at(day, ready)
    return BillNotReady(ready_at - now) if now < ready_at else BillEmpty()


def _ready_at(day: date, ready: time) -> datetime:
    return datetime.combine(day + timedelta(days=1), ready, SHANGHAI)
