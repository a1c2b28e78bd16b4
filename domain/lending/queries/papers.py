"""Selects on papers and on the addresses at which they were handed out."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.lending.models import Paper, PaperLink


async def paper_marked(session: AsyncSession, mark: bytes) -> Paper | None:
    """The paper that says this already."""
    return await session.scalar(select(Paper).where(Paper.mark == mark))


async def content_of(session: AsyncSession, paper_id: UUID) -> bytes:
    """What is sealed of it."""
    return (await session.scalars(select(Paper.content_sealed).where(Paper.id == paper_id))).one()


async def papers_of(session: AsyncSession, loan_ids: Iterable[UUID]) -> Mapping[UUID, list[Paper]]:
    """What was issued of each loan, oldest first."""
    found: dict[UUID, list[Paper]] = {loan_id: [] for loan_id in loan_ids}
    for row in await session.scalars(select(Paper).where(Paper.loan_id.in_(found)).order_by(Paper.loan_id, Paper.id)):
        found[row.loan_id].append(row)
    return found


async def link_of(session: AsyncSession, token_hash: bytes) -> PaperLink | None:
    return await session.scalar(select(PaperLink).where(PaperLink.token_hash == token_hash))


async def count_links(session: AsyncSession, *, loan_id: UUID, asked_by: str, since: datetime) -> int:
    """How many papers of a loan somebody was handed out since then."""
    asked = select(func.count()).where(
        PaperLink.loan_id == loan_id, PaperLink.asked_by == asked_by, PaperLink.asked_at > since
    )
    return (await session.scalars(asked)).one()
