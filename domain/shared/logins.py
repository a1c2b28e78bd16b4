"""Log-ins of any kind of person: the session that rotates its refresh token, and the lock after too many failures."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from uuid import UUID

from sqlalchemy import LargeBinary, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.shared.actors import Actor
from domain.shared.days import SHANGHAI
from domain.shared.db import Base, Row
from domain.shared.errors import DomainError
from domain.shared.outcome import Refused
from domain.shared.secret import SecretStr
from domain.shared.tokens import RefreshToken, SessionOver

MAX_FAILURES = 5
LOCKED_FOR = timedelta(minutes=15)


class LoginLocked(DomainError):
    code = "LOGIN_LOCKED"
    english = "Too many failed log-ins: locked until {until:%Y-%m-%d %H:%M:%S} Beijing time. Try again after that."
    chinese = "登录失败次数过多，已锁定至北京时间 {until:%Y-%m-%d %H:%M:%S}，请届时重试。"
    passing = True


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A log-in that came true. The edge adds the access token: `tokens.issue(actor, session_id, now=now)`."""

    actor: Actor
    session_id: UUID
    refresh_token: SecretStr
    refresh_expires_at: datetime

    @property
    def person_id(self) -> UUID:
        """Whose log-in it is."""
        if self.actor.id is None:
            raise LookupError("nobody in particular logged in")
        return self.actor.id


class LoginSession(Row):
    """A log-in. Its times are real time."""

    __abstract__ = True

    family_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    refresh_hash: Mapped[bytes] = mapped_column(LargeBinary)
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    def stands(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at

    def revoke(self, now: datetime) -> None:
        self.revoked_at = self.revoked_at or now

    def rotate(self, presented: RefreshToken, *, now: datetime, life: timedelta) -> RefreshToken | Refused:
        """The next refresh token. Call with the row locked.

        An old token used again means that two hold it, so the session ends for both; that must commit.
        """
        if not self.stands(now):
            return Refused(SessionOver(fields=("refreshToken",)))
        if not compare_digest(presented.turn_hash, self.refresh_hash):
            self.revoke(now)
            return Refused(SessionOver(fields=("refreshToken",)))
        fresh = presented.next()
        self.refresh_hash, self.expires_at = fresh.turn_hash, now + life
        return fresh


class LoginGuard(Base):
    """How often logging in with one name failed. Kept for unknown names too: a lock must not tell who is registered."""

    __tablename__ = "login_guards"

    subject: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    """Blind index of a phone or a user name."""
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]

    def locked(self, at: datetime, field: str) -> LoginLocked | None:
        """Why the name given in that field of the input cannot log in now, if it cannot."""
        if self.locked_until is None or at >= self.locked_until:
            return None
        return LoginLocked(until=self.locked_until.astimezone(SHANGHAI), fields=(field,))

    def failed(self, at: datetime) -> int:
        """Count a failure; the fifth locks for 15 minutes. Returns how many tries are left."""
        self.failures += 1
        if self.failures >= MAX_FAILURES:
            self.failures, self.locked_until = 0, at + LOCKED_FOR
            return 0
        return MAX_FAILURES - self.failures

    def clear(self) -> None:
        self.failures, self.locked_until = 0, None


async def guard(session: AsyncSession, subject: bytes) -> LoginGuard:
    """The guard of a name, locked until the transaction ends: whoever acts under that name does so one after another."""
    await session.execute(
        insert(LoginGuard).values(subject=subject, failures=0).on_conflict_do_nothing(index_elements=["subject"])
    )
    return (
        await session.scalars(
            select(LoginGuard)
            .where(LoginGuard.subject == subject)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    ).one()
