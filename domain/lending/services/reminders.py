"""Telling a borrower that an installment falls due. Each reminder goes out once."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.queries import phone_of
from domain.lending.queries import due
from domain.lending.queries.due import Key, Upcoming
from domain.lending.rules.reminding import stages
from domain.messaging import services as messaging
from domain.shared import policy
from domain.shared.days import business_day
from domain.shared.money import yuan


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
