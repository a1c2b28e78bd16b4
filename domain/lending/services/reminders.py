"""Telling a borrower that an installment falls due, and that one was missed. Each message goes out once."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.queries import phone_of
from domain.lending.queries import due
from domain.lending.queries.due import Key, Missed, Upcoming
from domain.lending.rules.reminding import stages
from domain.lending.services.history import history_of
from domain.lending.services.journal import RECHECK
from domain.messaging import services as messaging
from domain.messaging.models import Message
from domain.shared import policy
from domain.shared.days import SHANGHAI, business_day
from domain.shared.money import yuan
from domain.shared.schedule import plan_action


@dataclass(frozen=True, slots=True)
class Reminded:
    """How many were queued. `after` is where the next part begins; None: nobody is left to remind."""

    queued: int
    after: Key | None


async def remind_upcoming(
    session: AsyncSession, *, at: datetime, limit: int = 200, after: Key | None = None
) -> Reminded:
    """Queue the reminders that are missing as of `at`, up to `limit` of them, as the policy "reminders.offsets" says.

    An installment gets each reminder once. After an outage one that is still of use is sent and a useless one is not.
    """
    today = business_day(at)
    planned = stages(await policy.value(session, "reminders.offsets", on=today), today)
    if not planned:
        return Reminded(0, None)
    upcoming = await due.to_remind(session, planned, today=today, after=after, limit=limit)
    for installment in upcoming:
        await _remind(session, installment, at)
    last = upcoming[-1] if len(upcoming) == limit else None
    return Reminded(len(upcoming), (last.due_on, last.installment_id) if last else None)


async def recheck_missed(session: AsyncSession, *, at: datetime, loan_id: UUID, n: int) -> Message | None:
    """A day after a due date, look again; if the installment is still unpaid, queue the overdue notice, once.

    Within the loan's days of grace nothing is overdue: then it is looked at once more when they are over.
    """
    missed = await due.missed(session, loan_id=loan_id, n=n)
    if missed is None:
        return None
    today = business_day(at)
    last_day = missed.installment.due_on + timedelta(days=missed.grace_days)
    if today <= last_day:
        await _look_again(session, loan_id, n, last_day + timedelta(days=1))
        return None
    # Not the projected row: its penalty may be of an earlier day.
    position = (await history_of(session, missed.loan)).position(today)
    owed_fen = next((row.outstanding_fen for row in position.rows if row.n == n), 0)
    return await _tell_overdue(session, missed, owed_fen, at) if owed_fen else None


async def _remind(session: AsyncSession, installment: Upcoming, at: datetime) -> None:
    await messaging.queue(
        session,
        borrower_id=installment.borrower_id,
        to_phone=await phone_of(session, installment.borrower_id),
        template="REPAYMENT_REMINDER",
        params={
            "number": installment.loan_number,
            "n": str(installment.n),
            "amount": yuan(installment.open_fen),
            "due": installment.due_on.isoformat(),
        },
        once_key=installment.once_key,
        at=at,
        loan_id=installment.loan_id,
        facts={"installment": installment.n, "offset": installment.offset},
    )


async def _look_again(session: AsyncSession, loan_id: UUID, n: int, on: date) -> None:
    await plan_action(
        session,
        kind=RECHECK,
        key=f"{loan_id}:{n}:after_grace",
        due_at=datetime.combine(on, time(9), SHANGHAI),
        payload={"loan_id": str(loan_id), "n": n},
    )


async def _tell_overdue(session: AsyncSession, missed: Missed, owed_fen: int, at: datetime) -> Message | None:
    loan, installment = missed.loan, missed.installment
    return await messaging.queue(
        session,
        borrower_id=loan.borrower_id,
        to_phone=await phone_of(session, loan.borrower_id),
        template="OVERDUE_NOTICE",
        params={
            "number": loan.number,
            "n": str(installment.n),
            "amount": yuan(owed_fen),
            "due": installment.due_on.isoformat(),
        },
        once_key=f"overdue:{installment.id}:24h",
        at=at,
        loan_id=loan.id,
        facts={"installment": installment.n, "days_past_due": (business_day(at) - installment.due_on).days},
    )
