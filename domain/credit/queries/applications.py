"""Selects on credit applications."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.credit.errors import CreditApplicationNotFound
from domain.credit.models import ApplicationStatus, CreditApplication
from domain.shared.paging import Order

OPEN = (ApplicationStatus.SUBMITTED, ApplicationStatus.RISK_PENDING)

BY_SUBMISSION = Order((CreditApplication.submitted_at, CreditApplication.id))


async def lock_application(session: AsyncSession, application_id: UUID) -> CreditApplication:
    """Raises CreditApplicationNotFound."""
    row = await session.get(CreditApplication, application_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise CreditApplicationNotFound
    return row


async def application(session: AsyncSession, application_id: UUID) -> CreditApplication | None:
    return await session.get(CreditApplication, application_id)


async def open_application(session: AsyncSession, borrower_id: UUID) -> CreditApplication | None:
    """The one that is being decided."""
    return await session.scalar(
        select(CreditApplication).where(
            CreditApplication.borrower_id == borrower_id, CreditApplication.status.in_(OPEN)
        )
    )


async def latest_application(session: AsyncSession, borrower_id: UUID) -> CreditApplication | None:
    return await session.scalar(
        select(CreditApplication)
        .where(CreditApplication.borrower_id == borrower_id)
        .order_by(CreditApplication.id.desc())
        .limit(1)
    )


async def applications_of(session: AsyncSession, borrower_id: UUID) -> Sequence[CreditApplication]:
    """Newest first: a person has few."""
    return (
        await session.scalars(
            select(CreditApplication)
            .where(CreditApplication.borrower_id == borrower_id)
            .order_by(CreditApplication.id.desc())
        )
    ).all()


def listed(*, status: ApplicationStatus | None = None, borrower_id: UUID | None = None) -> Select[CreditApplication]:
    """The staff's list, for `paging.rows_in` by BY_SUBMISSION and for `paging.total`."""
    rows = select(CreditApplication)
    if status is not None:
        rows = rows.where(CreditApplication.status == status)
    if borrower_id is not None:
        rows = rows.where(CreditApplication.borrower_id == borrower_id)
    return rows
