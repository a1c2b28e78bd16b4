"""When a borrower is reminded of an installment: some days before its due date, each reminder once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Stage:
    """A reminder `offset` days from the due date (-2: two days before), and the last due date it is for today."""

    offset: int
    last_due: date


def stages(offsets: Iterable[int], today: date) -> tuple[Stage, ...]:
    """The reminders that today may bring, the nearest due date first; they cover every due date from today on.

    An installment belongs to the first stage it is not beyond. One that should have been sent on an earlier day is
    therefore still sent while it is of use, and of several that were missed only the last. What is past its due date is
    not reminded of; that is the overdue notice's business.
    Raises ValueError for an offset after the due date.
    """
    before = sorted(set(offsets), reverse=True)
    if any(offset > 0 for offset in before):
        raise ValueError(f"reminders come on the due date or before it, not {max(before)} days after")
    return tuple(Stage(offset, today - timedelta(days=offset)) for offset in before)


def stage_for(due: date, planned: Iterable[Stage], today: date) -> Stage | None:
    """The reminder that today may bring for an installment due then; None where there is none."""
    if due < today:
        return None
    return min((stage for stage in planned if due <= stage.last_due), key=lambda stage: stage.last_due, default=None)
