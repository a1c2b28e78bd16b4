"""Applying for credit: one application is open at a time, and what was returned is superseded, not changed."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.queries import standing
from domain.borrowers.queries.people import lock_active
from domain.credit.errors import CreditApplicationOpen, CreditLineExists
from domain.credit.events import ApplicationSubmitted
from domain.credit.models import ApplicationStatus, CreditApplication, CreditLineStatus, ReviewSubject
from domain.credit.queries.applications import latest_application, open_application
from domain.credit.queries.lines import line_of
from domain.credit.services import tasks
from domain.credit.services.standing import judged_by, must_be_ready
from domain.shared import outbox
from domain.shared.days import business_day
from domain.shared.numbers import next_number


async def apply(session: AsyncSession, *, borrower_id: UUID, at: datetime) -> CreditApplication:
    """Submit an application with what the borrower has told and proved by now, and put it into the review queue.

    It supersedes the borrower's latest application if that was returned. Raises NotReadyForCredit with what is missing,
    CreditApplicationOpen, CreditLineExists, and AccountFrozen or AccountClosed.
    """
    await lock_active(session, borrower_id)
    stands = await standing(session, borrower_id)
    must_be_ready(stands)
    await _must_have_no_line(session, borrower_id, business_day(at))
    if rival := await open_application(session, borrower_id):
        raise CreditApplicationOpen(number=rival.number)

    latest = await latest_application(session, borrower_id)
    returned = latest if latest and latest.status is ApplicationStatus.RETURNED else None
    row = CreditApplication(
        number=await next_number(session, "CR", business_day(at)),
        borrower_id=borrower_id,
        status=ApplicationStatus.SUBMITTED,
        supersedes_id=returned.id if returned else None,
        profile_id=stands.profile_id,
        employment_id=stands.employment_id,
        facts=judged_by(stands),
        submitted_at=at,
        updated_at=at,
    )
    session.add(row)
    await session.flush()
    await tasks.open_task(
        session, kind=ReviewSubject.CREDIT_APPLICATION, subject_id=row.id, borrower_id=borrower_id, at=at
    )
    outbox.publish(session, ApplicationSubmitted(row.id))
    return row


async def _must_have_no_line(session: AsyncSession, borrower_id: UUID, today: date) -> None:
    """An expired line on which nothing is owed makes room for a new one."""
    line = await line_of(session, borrower_id)
    if line is None:
        return
    expired = line.status is CreditLineStatus.EXPIRED or line.expires_on < today
    if not expired or line.used_fen or line.reserved_fen:
        raise CreditLineExists(number=line.number)
