"""Pictures people upload: a one-time address, then bytes that are looked at, hashed, sealed, and forgotten in time."""

import asyncio
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.errors import TooManyUploads, UploadNotFound
from domain.borrowers.models import Image, ImageContent, ImageKind, ImageStatus
from domain.borrowers.queries import identity, people
from domain.borrowers.rules import images
from domain.shared.crypto import hashed_secret
from domain.shared.secret import SecretStr

TOKEN_LIFE = timedelta(minutes=10)
UNUSED_LIFE = timedelta(days=1)
"""A picture that is submitted for no check is forgotten after this."""
MOST_A_DAY = 30


@dataclass(frozen=True, slots=True)
class UploadTicket:
    """Where a picture may be put once: the edge makes an address of the token, which is not kept."""

    image_id: UUID
    kind: ImageKind
    token: SecretStr = field(repr=False)
    until: datetime


async def request(session: AsyncSession, *, borrower_id: UUID, kind: ImageKind, at: datetime) -> UploadTicket:
    """Raises AccountFrozen, AccountClosed, TooManyUploads."""
    await people.lock_active(session, borrower_id)
    since = at - timedelta(days=1)
    if await identity.count_uploads(session, borrower_id=borrower_id, since=since) >= MOST_A_DAY:
        raise TooManyUploads(most=MOST_A_DAY)
    token = SecretStr(secrets.token_urlsafe(32))
    image = Image(
        borrower_id=borrower_id,
        kind=kind,
        status=ImageStatus.REQUESTED,
        upload_hash=hashed_secret(token.reveal()),
        upload_until=at + TOKEN_LIFE,
        requested_at=at,
    )
    session.add(image)
    await session.flush()
    return UploadTicket(image.id, kind, token, image.upload_until)


async def store(session: AsyncSession, *, token: str, content: bytes, at: datetime) -> Image:
    """Keep the picture put at a one-time address. A picture that is refused leaves the address usable.

    Raises UploadNotFound (unknown, used and expired are told alike), ImageTooLarge, BadImage.
    """
    image = await identity.lock_upload(session, hashed_secret(token))
    if image is None or image.status is not ImageStatus.REQUESTED or at >= image.upload_until:
        raise UploadNotFound
    picture = await asyncio.to_thread(images.read, content)
    box = await people.box_of(session, image.borrower_id)
    session.add(
        ImageContent(
            image_id=image.id, borrower_id=image.borrower_id, content_sealed=box.seal_bytes("content", content)
        )
    )
    image.status, image.stored_at, image.expires_at = ImageStatus.STORED, at, at + UNUSED_LIFE
    image.content_type, image.size_bytes = picture.content_type, len(content)
    image.sha256 = sha256(content).digest()
    await session.flush()
    return image


async def content_of(session: AsyncSession, image: Image) -> bytes:
    """The picture's bytes as they were uploaded."""
    box = await people.box_of(session, image.borrower_id)
    return box.open_bytes("content", await identity.content_of(session, image.id))


async def forget_expired(session: AsyncSession, *, at: datetime, limit: int = 100) -> int:
    """Delete the bytes of pictures whose time is over; says how many. The rows stay, as evidence that there were some."""
    expired = await identity.lock_expired_images(session, at=at, limit=limit)
    for image in expired:
        await session.execute(delete(ImageContent).where(ImageContent.image_id == image.id))
        image.status = ImageStatus.DELETED
    return len(expired)
