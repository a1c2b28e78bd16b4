"""Selects on identity checks and the pictures they are made of."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.models import CheckKind, IdentityCheck, Image, ImageContent, ImageKind, ImageStatus
from domain.borrowers.rules.machine import OPEN_CHECKS, CheckStatus
from domain.shared.paging import Order

BY_CREATION = Order((IdentityCheck.created_at, IdentityCheck.id))


async def lock_upload(session: AsyncSession, upload_hash: bytes) -> Image | None:
    return await session.scalar(
        select(Image)
        .where(Image.upload_hash == upload_hash)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def count_uploads(session: AsyncSession, *, borrower_id: UUID, since: datetime) -> int:
    counted = select(func.count()).where(Image.borrower_id == borrower_id, Image.requested_at > since)
    return await session.scalar(counted) or 0


async def stored_image(session: AsyncSession, *, image_id: UUID, borrower_id: UUID, kind: ImageKind) -> Image | None:
    """His own picture of that kind, if its bytes are here."""
    return await session.scalar(
        select(Image).where(
            Image.id == image_id,
            Image.borrower_id == borrower_id,
            Image.kind == kind,
            Image.status == ImageStatus.STORED,
        )
    )


async def content_of(session: AsyncSession, image_id: UUID) -> bytes:
    """The sealed bytes."""
    return (await session.get_one(ImageContent, image_id)).content_sealed


async def lock_expired_images(session: AsyncSession, *, at: datetime, limit: int) -> Sequence[Image]:
    return (
        await session.scalars(
            select(Image)
            .where(Image.status == ImageStatus.STORED, Image.expires_at <= at)
            .order_by(Image.expires_at, Image.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    ).all()


async def lock_check(session: AsyncSession, check_id: UUID) -> IdentityCheck | None:
    return await session.get(IdentityCheck, check_id, with_for_update=True, populate_existing=True)


def checks(*, borrower_id: UUID) -> Select[IdentityCheck]:
    """For `paging.rows_in` by BY_CREATION and for `paging.total`."""
    return select(IdentityCheck).where(IdentityCheck.borrower_id == borrower_id)


async def open_check(session: AsyncSession, *, borrower_id: UUID, kind: CheckKind) -> IdentityCheck | None:
    return await session.scalar(
        checks(borrower_id=borrower_id).where(IdentityCheck.kind == kind, IdentityCheck.status.in_(sorted(OPEN_CHECKS)))
    )


async def count_checks(session: AsyncSession, *, borrower_id: UUID, kind: CheckKind, since: datetime) -> int:
    counted = select(func.count()).where(
        IdentityCheck.borrower_id == borrower_id, IdentityCheck.kind == kind, IdentityCheck.created_at > since
    )
    return await session.scalar(counted) or 0


async def matched_card(session: AsyncSession, borrower_id: UUID) -> IdentityCheck | None:
    """The last reading of a card that matched: whom the identity register knows him as."""
    return await _last_matched(session, borrower_id, IdentityCheck.kind == CheckKind.ID_CARD)


async def matched_face(
    session: AsyncSession, borrower_id: UUID, *, card_check_id: UUID | None = None
) -> IdentityCheck | None:
    """The last comparison of his face that matched; with `card_check_id`, with the picture of that card's number."""
    face = IdentityCheck.kind == CheckKind.FACE
    if card_check_id is not None:
        face &= IdentityCheck.card_check_id == card_check_id
    return await _last_matched(session, borrower_id, face)


async def due_check_asks(session: AsyncSession, at: datetime, limit: int) -> Sequence[UUID]:
    """Checks whose provider is to be asked now, again or what became of it: for `flows.run_check`."""
    return (
        await session.scalars(
            select(IdentityCheck.id)
            .where(IdentityCheck.ask_at <= at)
            .order_by(IdentityCheck.ask_at, IdentityCheck.id)
            .limit(limit)
        )
    ).all()


async def _last_matched(session: AsyncSession, borrower_id: UUID, what: ColumnElement[bool]) -> IdentityCheck | None:
    return await session.scalar(
        checks(borrower_id=borrower_id)
        .where(IdentityCheck.status == CheckStatus.MATCHED, what)
        .order_by(IdentityCheck.id.desc())
        .limit(1)
    )


async def check_of(session: AsyncSession, check_id: UUID) -> IdentityCheck:
    return await session.get_one(IdentityCheck, check_id)
