"""Pictures: a one-time address, bytes that are looked at and sealed, forgotten in time."""

from datetime import timedelta
from hashlib import sha256

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.errors import AccountFrozen, BadImage, TooManyUploads, UploadNotFound
from domain.borrowers.models import Borrower, BorrowerStatus, Image, ImageContent, ImageKind, ImageStatus
from domain.borrowers.services import uploads
from tests.domain.borrowers.builders import NOW, borrower, picture, set_up, submitted, uploaded


@pytest.fixture
async def person(session: AsyncSession) -> Borrower:
    await set_up(session)
    return await borrower(session)


async def ask(session: AsyncSession, person: Borrower) -> uploads.UploadTicket:
    return await uploads.request(session, borrower_id=person.id, kind=ImageKind.ID_FRONT, at=NOW)


async def test_a_picture_is_kept_sealed_with_its_hash_and_comes_back_as_it_was(
    session: AsyncSession, person: Borrower
) -> None:
    ticket = await ask(session, person)
    image = await uploads.store(session, token=ticket.token.reveal(), content=picture("PNG"), at=NOW)

    assert (image.id, image.status) == (ticket.image_id, ImageStatus.STORED)
    assert (image.content_type, image.size_bytes) == ("image/png", len(picture("PNG")))
    assert image.sha256 == sha256(picture("PNG")).digest()
    kept = (await session.scalars(select(ImageContent.content_sealed))).one()
    assert b"PNG" not in kept
    assert await uploads.content_of(session, image) == picture("PNG")


async def test_an_address_works_once_and_for_ten_minutes(session: AsyncSession, person: Borrower) -> None:
    used, late = await ask(session, person), await ask(session, person)
    await uploads.store(session, token=used.token.reveal(), content=picture(), at=NOW)
    for token, at in ((used.token.reveal(), NOW), (late.token.reveal(), NOW + timedelta(minutes=10)), ("guessed", NOW)):
        with pytest.raises(UploadNotFound):
            await uploads.store(session, token=token, content=picture(), at=at)


async def test_a_refused_picture_changes_nothing_and_leaves_the_address_usable(
    session: AsyncSession, person: Borrower
) -> None:
    ticket = await ask(session, person)
    with pytest.raises(BadImage):
        await uploads.store(session, token=ticket.token.reveal(), content=b"<html>", at=NOW)
    image = await session.get_one(Image, ticket.image_id)

    assert image.status is ImageStatus.REQUESTED
    assert await uploads.store(session, token=ticket.token.reveal(), content=picture(), at=NOW)


async def test_the_token_is_not_kept_and_does_not_show(session: AsyncSession, person: Borrower) -> None:
    ticket = await ask(session, person)

    assert ticket.token.reveal() not in repr(ticket)
    assert ticket.token.reveal().encode() not in (await session.get_one(Image, ticket.image_id)).upload_hash


async def test_nobody_asks_for_more_than_thirty_a_day(session: AsyncSession, person: Borrower) -> None:
    for _ in range(30):
        await ask(session, person)
    with pytest.raises(TooManyUploads):
        await ask(session, person)

    assert await uploads.request(session, borrower_id=person.id, kind=ImageKind.FACE, at=NOW + timedelta(days=1))


async def test_a_frozen_account_uploads_nothing(session: AsyncSession, person: Borrower) -> None:
    person.status = BorrowerStatus.FROZEN
    await session.flush()
    with pytest.raises(AccountFrozen):
        await ask(session, person)


async def test_a_picture_nobody_used_is_forgotten_after_a_day_and_a_used_one_is_not(
    session: AsyncSession, person: Borrower
) -> None:
    unused = await uploaded(session, person.id, ImageKind.ID_FRONT)
    check = await submitted(session, person.id)

    assert await uploads.forget_expired(session, at=NOW + timedelta(days=1)) == 1
    assert (await session.get_one(Image, unused)).status is ImageStatus.DELETED
    kept = set(await session.scalars(select(ImageContent.image_id)))
    assert kept == {check.front_image_id, check.back_image_id}
