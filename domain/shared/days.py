"""Business days: a date in Asia/Shanghai. The first day of a span counts, the last does not (算头不算尾)."""

from calendar import isleap, monthrange
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def business_day(at: datetime) -> date:
    """The Shanghai date on which an instant falls."""
    if at.tzinfo is None:
        raise ValueError("an instant needs its offset from UTC")
    return at.astimezone(SHANGHAI).date()


def start_of(day: date) -> datetime:
    """The instant at which a business day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


def end_of(day: date) -> datetime:
    """The instant at which a business day is over: the start of the next."""
    return start_of(day + timedelta(days=1))


def add_months(day: date, months: int) -> date:
    """`day` moved by whole months, clamped to the last day of a shorter month."""
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month0 + 1, min(day.day, monthrange(year, month0 + 1)[1]))


def days_in_year(year: int) -> int:
    return 366 if isleap(year) else 365
