"""Short codes sent by SMS, by which somebody shows that a phone is his. Whether it is registered is nobody's business."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.errors import BadCode, CodeTooSoon, CodeUseless, CodeWrong, TooManyCodes
from domain.borrowers.models import CodePurpose, LoginCode
from domain.borrowers.queries.people import count_codes, lock_latest_code
from domain.borrowers.rules import phones
from domain.messaging import services as messaging
from domain.shared import logins, passwords
from domain.shared.crypto import keyring_of

LENGTH = 6
LIFE = timedelta(minutes=5)
PAUSE = timedelta(seconds=60)
MOST_A_DAY = 10
MOST_TRIES = 5
_SHAPE = re.compile(rf"[0-9]{{{LENGTH}}}")


@dataclass(frozen=True, slots=True)
class CodeSent:
    """The same for every phone, registered or not."""

    expires_at: datetime
    again_at: datetime


async def request(session: AsyncSession, *, phone: str, purpose: CodePurpose, at: datetime) -> CodeSent:
    """Send a code to a phone; an earlier one for the same purpose no longer counts.

    Raises NotAMobile, CodeTooSoon within a minute, TooManyCodes after ten in 24 hours.
    """
    number = phones.mobile(phone)
    index = keyring_of(session).index("phone", number)
    await logins.guard(session, index)
    await _check_pace(session, index, purpose, at)
    code = f"{secrets.randbelow(10**LENGTH):0{LENGTH}d}"
    row = LoginCode(
        phone_index=index, purpose=purpose, code_hash=await passwords.hashed(code), sent_at=at, expires_at=at + LIFE
    )
    session.add(row)
    await session.flush()
    await messaging.queue(
        session,
        borrower_id=None,
        to_phone=number,
        template="LOGIN_CODE",
        params={"code": code, "minutes": str(LIFE // timedelta(minutes=1))},
        once_key=f"code:{row.id}",
        at=at,
    )
    return CodeSent(expires_at=row.expires_at, again_at=at + PAUSE)


async def _check_pace(session: AsyncSession, index: bytes, purpose: CodePurpose, at: datetime) -> None:
    latest = await lock_latest_code(session, phone_index=index, purpose=purpose)
    if latest is not None and at < latest.sent_at + PAUSE:
        wait = latest.sent_at + PAUSE - at
        raise CodeTooSoon(seconds=-(-wait // timedelta(seconds=1)), fields=("phone",))
    if await count_codes(session, phone_index=index, since=at - timedelta(days=1)) >= MOST_A_DAY:
        raise TooManyCodes(most=MOST_A_DAY, fields=("phone",))


def check_shape(code: str) -> str:
    """Raises BadCode for what cannot be a code, before anybody counts it as a try."""
    digits = code.strip()
    if not _SHAPE.fullmatch(digits):
        raise BadCode(length=LENGTH, fields=("code",))
    return digits


async def spend(
    session: AsyncSession, *, phone_index: bytes, purpose: CodePurpose, code: str, at: datetime
) -> CodeWrong | CodeUseless | None:
    """Use a code up; None when it was right. A wrong one is returned, not raised: the counted try has to be committed."""
    row = await lock_latest_code(session, phone_index=phone_index, purpose=purpose)
    if row is None or row.used_at is not None or at >= row.expires_at or row.tries >= MOST_TRIES:
        return CodeUseless(fields=("code",))
    if await passwords.matches(row.code_hash, code):
        row.used_at = at
        return None
    row.tries += 1
    return CodeWrong(left=MOST_TRIES - row.tries, fields=("code",))
