"""Every select on content's tables."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.content.models import Banner
from domain.shared.paging import Order

BY_SAVING = Order((Banner.saved_at, Banner.id))

MOST_SHOWN = 20
"""Nobody swipes further."""


async def lock_banner(session: AsyncSession, banner_id: UUID) -> Banner | None:
    return await session.get(Banner, banner_id, with_for_update=True)


async def not_over(session: AsyncSession, at: datetime) -> Sequence[Banner]:
    """Banners that are shown at `at` or will be, in their order."""
    return (
        await session.scalars(
            select(Banner)
            .where(Banner.withdrawn_at.is_(None), or_(Banner.shown_until.is_(None), Banner.shown_until > at))
            .order_by(Banner.position, Banner.id)
            .limit(MOST_SHOWN)
        )
    ).all()


def listed() -> Select[Banner]:
    """All that were ever saved, for `paging.rows_in` by BY_SAVING and for `paging.total`."""
    return select(Banner)
