"""When what runs by the business clock: the nights of the Shanghai day, and what is looked at once at its moment."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.queries import sources
from domain.borrowers.services import uploads
from domain.collections.services import cases, telling
from domain.collections.services import work as collecting
from domain.collections.services.work import Place
from domain.credit.services import lines
from domain.lending.services import close_of_day as closing
from domain.lending.services import contract, reminders, remittance, simulating, withholding
from domain.lending.services.journal import RECHECK
from domain.lending.services.review import SIGNATURE_DEADLINE
from domain.reconciliation.services import wanting
from domain.shared import inbox, outbox, policy
from domain.shared.days import business_day
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


async def close_of_day(session: AsyncSession, at: datetime, cursor: Cursor) -> Part:
    """Penalty, days past due and interest move at midnight, whether or not anything happens; then the day is closed.

    A full chunk is a part of its own. The last one closes the day, and looks once more at loans that could not be replayed.
    """
    after = UUID(cursor[0]) if cursor else None
    looked = await closing.look_again(session, at=at, limit=_REPLAYED, after=after)
    if looked.after is not None:
        return Part({"looked_at": looked.replayed}, [str(looked.after)])
    accrued = await closing.accrue(session, at=at)
    if accrued == closing.ACCRUALS:
        return Part({"looked_at": looked.replayed, "accrued": accrued}, [])
    closed = await closing.close(session, at=at)
    figures = {"looked_at": looked.replayed + closed.looked_at, "accrued": accrued + closed.accrued}
    return Part({**figures, "left": closed.left, "closed": 1})


async def import_overdue(session: AsyncSession, at: datetime, cursor: Cursor) -> Part:
    """R5, R6: every loan past due that has no open case gets one."""
    done = await cases.import_overdue(session, at=at, limit=_CHUNK, after=_read(cursor))
    return Part({"opened": done.opened, "closed": done.closed, "moved": done.moved}, _written(done.after))


async def work_cases(session: AsyncSession, at: datetime, cursor: Cursor) -> Part:
    """R3: what the strategy wants today: promises judged, messages queued, calls and look-ups put before people."""
    place = Place(cursor[0], _read(cursor[1:])) if cursor else None
    done = await collecting.work(session, at=at, limit=_MESSAGES, place=place)
    return Part(done.figures, [done.next.stage, *(_written(done.next.after) or [])] if done.next else None)


async def remind(session: AsyncSession, at: datetime, cursor: Cursor) -> Part:
    """R1, R2: the reminders before a due date and on it."""
    done = await reminders.remind_upcoming(session, at=at, limit=_MESSAGES, after=_read(cursor))
    return Part({"queued": done.queued}, _written(done.after))


async def want_bills(session: AsyncSession, at: datetime, _: Cursor) -> Part:
    """M11, F17: every bill there must be by now and that is not here, and another look at what still differs."""
    return Part(await wanting.want(session, at=at))


async def remit(session: AsyncSession, at: datetime, _: Cursor) -> Part:
    """What was repaid and not passed on yet goes to the funding parties."""
    return Part({"batches": await remittance.gather(session, at=at)})


async def withhold(session: AsyncSession, at: datetime, cursor: Cursor) -> Part:
    """F15: what is due by today is debited under the borrowers' mandates."""
    done = await withholding.run(session, at=at, after=UUID(cursor[0]) if cursor else None, limit=_REPLAYED)
    return Part(done.figures, [str(done.after)] if done.after else None)


async def forget_images(session: AsyncSession, at: datetime, _: Cursor) -> Part:
    """Pictures of cards and faces are kept no longer than they are needed."""
    forgotten = await uploads.forget_expired(session, at=at, limit=_REPLAYED)
    return Part({"forgotten": forgotten}, [] if forgotten == _REPLAYED else None)


async def forget_raw_reports(session: AsyncSession, at: datetime, _: Cursor) -> Part:
    """What sources said in full is kept no longer than it is needed."""
    forgotten = await sources.forget_raw(session, at, _CHUNK)
    return Part({"forgotten": forgotten}, [] if forgotten == _CHUNK else None)


async def forget_delivered(session: AsyncSession, at: datetime, _: Cursor) -> Part:
    """What was announced and delivered long ago; the evidence of what came of it is elsewhere, and stays."""
    days = await policy.value(session, "outbox.kept_days", on=business_day(at))
    forgotten = await outbox.forget_done(session, days=days, limit=_CHUNK)
    return Part({"forgotten": forgotten}, [] if forgotten == _CHUNK else None)


async def forget_simulations(session: AsyncSession, at: datetime, _: Cursor) -> Part:
    """What was supposed and never came true; a screen with a slider makes many of these."""
    forgotten = await simulating.forget_lapsed(session, at=at, limit=_CHUNK)
    return Part({"forgotten": forgotten}, [] if forgotten == _CHUNK else None)


async def seal_inbox(session: AsyncSession, _: datetime, __: Cursor) -> Part:
    """What parties told us before it was kept sealed; after the first nights of a release there is nothing left."""
    sealed = await inbox.seal_old(session, limit=_MESSAGES)
    return Part({"sealed": sealed}, [] if sealed == _MESSAGES else None)


async def forget_forged(session: AsyncSession, at: datetime, _: Cursor) -> Part:
    """What strangers sent in the names of our parties; nothing of it was ever gone by."""
    days = await policy.value(session, "inbox.unproven_kept_days", on=business_day(at))
    forgotten = await inbox.forget_unproven(session, before=at - timedelta(days=days), limit=_CHUNK)
    return Part({"forgotten": forgotten}, [] if forgotten == _CHUNK else None)


async def recheck_missed(session: AsyncSession, at: datetime, payload: dict[str, Any]) -> None:
    """R4: 24 hours after a due date's morning, whoever has not paid is told, unless the morning's work told him."""
    await telling.recheck_missed(session, at=at, loan_id=UUID(payload["loan_id"]), n=payload["n"])


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
        "credit.forget_raw_reports": Daily(_at(2, 10), forget_raw_reports),
        "outbox.forget_delivered": Daily(_at(2, 20), forget_delivered),
        "lending.forget_simulations": Daily(_at(2, 30), forget_simulations),
        "inbox.seal": Daily(_at(2, 40), seal_inbox),
        "inbox.forget_unproven": Daily(_at(2, 50), forget_forged),
        "lending.remind_upcoming": Daily(_at(9, 0), remind),
        # Every channel has the bill of the day before by ten.
        "reconciliation.bills": Daily(_at(10, 30), want_bills),
        "lending.remit": Daily(_at(16, 0), remit),
        "collections.work": Daily(_at(9, 0), work_cases),
        # The hours of rules.withholding.RUNS.
        "lending.withhold_morning": Daily(_at(10, 0), withhold),
        "lending.withhold_evening": Daily(_at(18, 0), withhold),
    },
    actions={RECHECK: recheck_missed, SIGNATURE_DEADLINE: contract.at_deadline},
)
