"""When what runs by the business clock: the nights of the Shanghai day, and what is looked at once at its moment."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.services import uploads
from domain.collections.services import cases
from domain.credit.services import lines
from domain.lending.services import close_of_day as closing
from domain.lending.services import contract, reminders
from domain.lending.services.journal import RECHECK
from domain.lending.services.review import SIGNATURE_DEADLINE
from jobs.ticks import Daily, Part, Timetable

_CHUNK = 500
"""Loans or lines of one transaction: a crash costs no more than that, and nobody waits long for a lock."""
_REPLAYED = 100
"""Loans that are replayed, each behind its lock, in one transaction."""
_MESSAGES = 100

Cursor = list[Any] | None


async def expire_lines(session: AsyncSession, at: datetime, _: Cursor) -> Part:
    """What is marked is no longer found, so each part begins where the last one ended by itself."""
    expired = await lines.expire_due(session, at=at, limit=_CHUNK)
    return Part({"expired": expired}, [] if expired == _CHUNK else None)


async def close_of_day(session: AsyncSession, at: datetime, _: Cursor) -> Part:
    """Penalty, days past due and interest move at midnight, whether or not anything happens; then the day is closed.

    What was done is no longer found, so a full chunk is a part of its own and the last one closes the day.
    """
    looked_at = await closing.look_again(session, at=at, limit=_REPLAYED)
    if looked_at == _REPLAYED:
        return Part({"looked_at": looked_at}, [])
    accrued = await closing.accrue(session, at=at)
    if accrued == closing.ACCRUALS:
        return Part({"looked_at": looked_at, "accrued": accrued}, [])
    closed = await closing.close(session, at=at)
    return Part({"looked_at": looked_at + closed.looked_at, "accrued": accrued + closed.accrued})


async def import_overdue(session: AsyncSession, at: datetime, cursor: Cursor) -> Part:
    """R5, R6: every loan past due that has no open case gets one."""
    done = await cases.import_overdue(session, at=at, limit=_CHUNK, after=_read(cursor))
    return Part({"opened": done.opened, "closed": done.closed, "moved": done.moved}, _written(done.after))


async def remind(session: AsyncSession, at: datetime, cursor: Cursor) -> Part:
    """R1, R2: the reminders before a due date."""
    done = await reminders.remind_upcoming(session, at=at, limit=_MESSAGES, after=_read(cursor))
    return Part({"queued": done.queued}, _written(done.after))


async def forget_images(session: AsyncSession, at: datetime, _: Cursor) -> Part:
    """Pictures of cards and faces are kept no longer than they are needed."""
    forgotten = await uploads.forget_expired(session, at=at, limit=_REPLAYED)
    return Part({"forgotten": forgotten}, [] if forgotten == _REPLAYED else None)


async def recheck_missed(session: AsyncSession, at: datetime, payload: dict[str, Any]) -> None:
    """R3, R4: 24 hours after a due date's morning, whoever has not paid is told."""
    await reminders.recheck_missed(session, at=at, loan_id=UUID(payload["loan_id"]), n=payload["n"])


def _written(key: tuple[date, UUID] | None) -> Cursor:
    return [key[0].isoformat(), str(key[1])] if key else None


def _read(cursor: Sequence[Any] | None) -> tuple[date, UUID] | None:
    return (date.fromisoformat(cursor[0]), UUID(cursor[1])) if cursor else None


def _at(hour: int, minute: int) -> int:
    return hour * 60 + minute


TIMETABLE = Timetable(
    daily={
        "credit.expire_lines": Daily(_at(0, 10), expire_lines),
        # Before the import: it goes by what this works out.
        "lending.close_of_day": Daily(_at(0, 20), close_of_day),
        "collections.import_overdue": Daily(_at(1, 0), import_overdue),
        "borrowers.forget_images": Daily(_at(2, 0), forget_images),
        "lending.remind_upcoming": Daily(_at(9, 0), remind),
    },
    actions={RECHECK: recheck_missed, SIGNATURE_DEADLINE: contract.at_deadline},
)
