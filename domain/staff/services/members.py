"""Members of staff: making them, letting them in by user name and password, ending their sessions.

As for borrowers, what must be remembered of a refused log-in commits with it: see `outcome.Refused`.
"""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from domain.shared import audit, logins, passwords
from domain.shared.actors import ANONYMOUS, Actor, Role
from domain.shared.crypto import keyring_of
from domain.shared.logins import LoggedIn
from domain.shared.outcome import Refused
from domain.shared.tokens import RefreshToken, SessionOver
from domain.staff import queries
from domain.staff.errors import (
    BadUsername,
    RoleMissing,
    SeededStaff,
    StaffCredentialWrong,
    StaffDisabled,
    UsernameTaken,
)
from domain.staff.models import StaffMember, StaffSession, StaffStatus

SESSION_LIFE = timedelta(hours=12)
"""How long after its last refresh a session ends by itself: a working day."""
_USERNAME = re.compile(r"[a-z][a-z0-9._-]{2,39}")


async def create(
    session: AsyncSession,
    *,
    username: str,
    name: str,
    password: str,
    roles: Iterable[Role],
    by: Actor,
    at: datetime,
    seeded: bool = False,
) -> StaffMember:
    """A new member of staff. Raises BadUsername, UsernameTaken, RoleMissing, PasswordTooWeak."""
    username, held = username.strip().lower(), sorted(set(roles))
    if not _USERNAME.fullmatch(username):
        raise BadUsername(fields=("username",))
    if not held:
        raise RoleMissing(fields=("roles",))
    passwords.check_strength(password)
    await logins.guard(session, _subject(session, username))
    if await queries.by_username(session, username):
        raise UsernameTaken(username=username, fields=("username",))
    row = StaffMember(
        username=username,
        name=name.strip() or username,
        password_hash=await passwords.hashed(password),
        roles=[role.value for role in held],
        status=StaffStatus.ACTIVE,
        seeded=seeded,
        created_at=at,
    )
    session.add(row)
    await session.flush()
    audit.record(session, actor=by, action="staff.created", subject=("staff_member", row.id), at=at, roles=row.roles)
    return row


async def must_be_nobody_seeded(session: AsyncSession) -> None:
    """Raises SeededStaff while somebody with a password everyone knows may log in: production does not start so."""
    if await queries.any_seeded(session):
        raise SeededStaff


async def login(
    session: AsyncSession, *, username: str, password: str, at: datetime, now: datetime
) -> LoggedIn | Refused:
    """Log in. The fifth failure locks the name for 15 minutes, whether anybody has it or not.

    Refused: LoginLocked, StaffCredentialWrong, StaffDisabled.
    """
    username = username.strip().lower()[:100]
    guard = await logins.guard(session, _subject(session, username))
    if locked := guard.locked(at, "username"):
        return Refused(locked)
    row = await queries.by_username(session, username)
    if not await passwords.matches(row.password_hash if row else None, password) or row is None:
        left = guard.failed(at)
        _note(session, "staff.login_failed", row, ANONYMOUS, at)
        return Refused(StaffCredentialWrong(left=left, fields=("username", "password")))
    guard.clear()
    if row.status is StaffStatus.DISABLED:
        return Refused(StaffDisabled())
    if passwords.outdated(row.password_hash):
        row.password_hash = await passwords.hashed(password)
    _note(session, "staff.logged_in", row, row.actor(), at)
    return await _let_in(session, row, now)


async def refresh(session: AsyncSession, *, refresh_token: str, now: datetime) -> LoggedIn | Refused:
    """A new refresh token for the old one, which is then spent. A spent one ends the whole session.

    Refused: SessionOver, StaffDisabled. Raises SessionOver for what is no refresh token of staff.
    """
    presented = RefreshToken.read(refresh_token)
    held = await queries.lock_session(session, presented.family_hash)
    if held is None:
        raise SessionOver(fields=("refreshToken",))
    row = await queries.member(session, held.staff_id)
    if row.status is StaffStatus.DISABLED:
        held.revoke(now)
        return Refused(StaffDisabled())
    fresh = held.rotate(presented, now=now, life=SESSION_LIFE)
    if isinstance(fresh, Refused):
        return fresh
    return LoggedIn(row.actor(), held.id, fresh.text, held.expires_at)


async def logout(session: AsyncSession, *, session_id: UUID, now: datetime) -> None:
    """End a session. Ending it again changes nothing."""
    held = await session.get(StaffSession, session_id, with_for_update=True, populate_existing=True)
    if held is not None:
        held.revoke(now)


async def disable(session: AsyncSession, *, staff_id: UUID, by: Actor, at: datetime, now: datetime) -> StaffMember:
    """Let somebody in no longer, from now on. Raises StaffNotFound."""
    row = await queries.member(session, staff_id)
    row.status = StaffStatus.DISABLED
    await session.execute(
        update(StaffSession)
        .where(StaffSession.staff_id == staff_id, StaffSession.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    audit.record(session, actor=by, action="staff.disabled", subject=("staff_member", staff_id), at=at)
    return row


def _subject(session: AsyncSession, username: str) -> bytes:
    return keyring_of(session).index("username", username)


def _note(session: AsyncSession, action: str, row: StaffMember | None, actor: Actor, at: datetime) -> None:
    if row is not None:
        audit.record(session, actor=actor, action=action, subject=("staff_member", row.id), at=at)


async def _let_in(session: AsyncSession, row: StaffMember, now: datetime) -> LoggedIn:
    token = RefreshToken.new()
    held = StaffSession(
        staff_id=row.id,
        family_hash=token.family_hash,
        refresh_hash=token.turn_hash,
        issued_at=now,
        expires_at=now + SESSION_LIFE,
    )
    session.add(held)
    await session.flush()
    return LoggedIn(row.actor(), held.id, token.text, held.expires_at)
