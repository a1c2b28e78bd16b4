"""Proving who a borrower is: both sides of the identity card read, his face compared with the register's picture."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.errors import CheckInProgress, IdCardFirst, ImageNotUsable, TooManyChecks
from domain.borrowers.events import CheckRequested
from domain.borrowers.models import CheckKind, ConsentPurpose, IdentityCheck, Image, ImageKind
from domain.borrowers.ports import MatchFace, ReadCard
from domain.borrowers.queries import identity, people
from domain.borrowers.rules.card_fields import CardFields
from domain.borrowers.rules.machine import OPEN_CHECKS, CheckStatus
from domain.borrowers.services import consents, uploads
from domain.shared import outbox
from domain.shared.asking import next_ask
from domain.shared.secret import SecretStr

MOST_A_DAY = 10
IMAGE_LIFE = {
    # Customer identification is kept for ten years after the relationship (AML); a face only as long as it is of use.
    CheckKind.ID_CARD: timedelta(days=3653),
    CheckKind.FACE: timedelta(days=183),
}
IN_FLIGHT = 4
"""Which wait of the ladder of asks a running call gets before somebody asks what became of it: three minutes."""


@dataclass(frozen=True, slots=True)
class Task:
    """A check that is ours to do. With `asks` the provider may have it already: ask first, repeat only if it has not."""

    check_id: UUID
    asks: bool
    card: ReadCard | None = field(default=None, repr=False)
    face: MatchFace | None = field(default=None, repr=False)

    @property
    def ref(self) -> str:
        return self.check_id.hex


async def submit(
    session: AsyncSession, *, borrower_id: UUID, front_image_id: UUID, back_image_id: UUID, provider: str, at: datetime
) -> IdentityCheck:
    """Have both sides of an identity card read.

    Raises ImageNotUsable, CheckInProgress, TooManyChecks, AccountFrozen, AccountClosed.
    """
    await people.lock_active(session, borrower_id)
    await _check_pace(session, borrower_id, CheckKind.ID_CARD, at)
    front = await _usable(session, borrower_id, front_image_id, ImageKind.ID_FRONT, "frontImageId")
    back = await _usable(session, borrower_id, back_image_id, ImageKind.ID_BACK, "backImageId")
    check = IdentityCheck(
        borrower_id=borrower_id, kind=CheckKind.ID_CARD, front_image_id=front.id, back_image_id=back.id
    )
    return await _queue(session, check, (front, back), provider, at)


async def verify_face(
    session: AsyncSession, *, borrower_id: UUID, image_id: UUID, provider: str, at: datetime
) -> IdentityCheck:
    """Have his face compared with the picture the register has for the card that was read.

    Raises ConsentMissing (FACE), IdCardFirst, ImageNotUsable, CheckInProgress, TooManyChecks, AccountFrozen,
    AccountClosed.
    """
    await people.lock_active(session, borrower_id)
    # A face is sensitive: it takes a consent of its own (PIPL art. 29).
    await consents.need(session, borrower_id=borrower_id, purpose=ConsentPurpose.FACE)
    card = await identity.matched_card(session, borrower_id)
    if card is None:
        raise IdCardFirst
    await _check_pace(session, borrower_id, CheckKind.FACE, at)
    face = await _usable(session, borrower_id, image_id, ImageKind.FACE, "imageId")
    check = IdentityCheck(borrower_id=borrower_id, kind=CheckKind.FACE, face_image_id=face.id, card_check_id=card.id)
    return await _queue(session, check, (face,), provider, at)


async def claim(session: AsyncSession, *, check_id: UUID, at: datetime) -> Task | None:
    """Take a check that waits, or one whose time to be asked about has come; None when it is neither.

    Commit before the provider is called: a crash then leaves RUNNING, which is asked about.
    """
    check = await identity.lock_check(session, check_id)
    if check is None or check.status not in OPEN_CHECKS or not _is_due(check, at):
        return None
    asks = check.asked
    if check.status is not CheckStatus.RUNNING:
        check.move_to(CheckStatus.RUNNING)
    check.asked, check.tries, check.ask_at = True, check.tries + 1, next_ask(at, IN_FLIGHT)
    if check.kind is CheckKind.ID_CARD:
        return Task(check.id, asks, card=await _card_request(session, check))
    return Task(check.id, asks, face=await _face_request(session, check))


def _is_due(check: IdentityCheck, at: datetime) -> bool:
    if check.ask_at is None:
        return check.status is CheckStatus.QUEUED
    return check.ask_at <= at


async def _check_pace(session: AsyncSession, borrower_id: UUID, kind: CheckKind, at: datetime) -> None:
    if await identity.open_check(session, borrower_id=borrower_id, kind=kind):
        raise CheckInProgress
    since = at - timedelta(days=1)
    if await identity.count_checks(session, borrower_id=borrower_id, kind=kind, since=since) >= MOST_A_DAY:
        raise TooManyChecks(most=MOST_A_DAY)


async def _usable(session: AsyncSession, borrower_id: UUID, image_id: UUID, kind: ImageKind, name: str) -> Image:
    image = await identity.stored_image(session, image_id=image_id, borrower_id=borrower_id, kind=kind)
    if image is None:
        raise ImageNotUsable(kind=kind, fields=(name,))
    return image


async def _queue(
    session: AsyncSession, check: IdentityCheck, pictures: tuple[Image, ...], provider: str, at: datetime
) -> IdentityCheck:
    for picture in pictures:
        picture.expires_at = at + IMAGE_LIFE[check.kind]
    check.status, check.provider, check.created_at = CheckStatus.QUEUED, provider, at
    check.tries, check.asked = 0, False
    session.add(check)
    await session.flush()
    outbox.publish(session, CheckRequested(check.id))
    return check


async def _card_request(session: AsyncSession, check: IdentityCheck) -> ReadCard:
    return ReadCard(
        ref=check.id.hex,
        front=await _content(session, check.front_image_id),
        back=await _content(session, check.back_image_id),
    )


async def _face_request(session: AsyncSession, check: IdentityCheck) -> MatchFace:
    card = await session.get_one(IdentityCheck, check.card_check_id)
    box = await people.box_of(session, check.borrower_id)
    read = CardFields.read(box.open("fields", card.fields_sealed or b""))
    return MatchFace(
        ref=check.id.hex,
        id_number=SecretStr(read.id_number),
        name=SecretStr(read.name),
        image=await _content(session, check.face_image_id),
    )


async def _content(session: AsyncSession, image_id: UUID | None) -> bytes:
    return await uploads.content_of(session, await session.get_one(Image, image_id))
