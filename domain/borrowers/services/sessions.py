"""Registering, logging in and out, refreshing, a new password.

What must be remembered of a refused attempt (a counted try, a login record, a lock, a revoked session) is part of the
transaction, so these services return `Refused` instead of raising; the edge commits and then calls `outcome.done(...)`.
`at` is business time and counts for codes, locks and records; `now` is real time and counts for tokens.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.errors import (
    AccountClosed,
    CodeUseless,
    CodeWrong,
    CredentialNotClear,
    NotRegistered,
    PhoneTaken,
    WrongCredential,
)
from domain.borrowers.models import (
    Borrower,
    BorrowerSession,
    BorrowerStatus,
    CodePurpose,
    LoginMethod,
    LoginOutcome,
    LoginRecord,
)
from domain.borrowers.queries import people
from domain.borrowers.rules import devices, phones
from domain.borrowers.rules.devices import Device
from domain.borrowers.services import codes
from domain.shared import logins, passwords
from domain.shared.crypto import keyring_of
from domain.shared.days import business_day
from domain.shared.errors import DomainError
from domain.shared.ids import new_id
from domain.shared.logins import LoggedIn, LoginGuard
from domain.shared.numbers import next_number
from domain.shared.outcome import Refused
from domain.shared.tokens import RefreshToken, SessionOver

SESSION_LIFE = timedelta(days=30)
"""How long after its last refresh a session ends by itself."""


async def register(
    session: AsyncSession,
    *,
    phone: str,
    code: str,
    device: Device,
    at: datetime,
    now: datetime,
    password: str | None = None,
) -> LoggedIn | Refused:
    """A new account for a phone that is shown to be the asker's, logged in.

    Refused: CodeWrong, CodeUseless, PhoneTaken. Raises NotAMobile, BadCode, PasswordTooWeak, BadGeohash, BadText.
    """
    number, digits = phones.mobile(phone), codes.check_shape(code)
    if password is not None:
        passwords.check_strength(password)
    record = _record_of(session, device, LoginMethod.CODE, at)
    index = keyring_of(session).index("phone", number)
    await logins.guard(session, index)
    wrong = await codes.spend(session, phone_index=index, purpose=CodePurpose.REGISTER, code=digits, at=at)
    if wrong is not None:
        return Refused(wrong)
    if await people.by_phone(session, index):
        return Refused(PhoneTaken(fields=("phone",)))
    borrower = await _open_account(session, number, index, password, at)
    return await _let_in(session, borrower, record, now)


async def login(
    session: AsyncSession,
    *,
    phone: str,
    device: Device,
    at: datetime,
    now: datetime,
    code: str | None = None,
    password: str | None = None,
) -> LoggedIn | Refused:
    """Log in by a code or by a password. Success and failure leave a record; the fifth failure locks for 15 minutes.

    An unknown phone is treated, counted and locked like a known one; only a right code shows that it is not registered.
    Refused: LoginLocked, WrongCredential, CodeWrong, CodeUseless, NotRegistered, AccountClosed.
    Raises NotAMobile, BadCode, CredentialNotClear, BadGeohash, BadText.
    """
    number = phones.mobile(phone)
    if (code is None) == (password is None):
        raise CredentialNotClear(fields=("code", "password"))
    digits = codes.check_shape(code) if code is not None else None
    record = _record_of(session, device, LoginMethod.CODE if digits else LoginMethod.PASSWORD, at)
    index = keyring_of(session).index("phone", number)
    guard = await logins.guard(session, index)
    borrower = await people.by_phone(session, index)
    if locked := guard.locked(at, "phone"):
        return _turn_away(session, borrower, record, LoginOutcome.LOCKED, locked)
    if digits is not None:
        wrong = await _wrong_code(session, guard, index, digits, at)
    else:
        wrong = await _wrong_password(guard, borrower, password or "", at)
    if wrong is not None:
        return _turn_away(session, borrower, record, LoginOutcome.WRONG_CREDENTIAL, wrong)
    guard.clear()
    if borrower is None:
        return Refused(NotRegistered(fields=("phone",)))
    if borrower.status is BorrowerStatus.CLOSED:
        return _turn_away(session, borrower, record, LoginOutcome.WRONG_CREDENTIAL, AccountClosed())
    return await _let_in(session, borrower, record, now)


async def refresh(session: AsyncSession, *, refresh_token: str, now: datetime) -> LoggedIn | Refused:
    """A new refresh token for the old one, which is then spent. A spent one ends the whole session.

    Refused: SessionOver, AccountClosed. Raises SessionOver for what is no refresh token of ours.
    """
    presented = RefreshToken.read(refresh_token)
    row = await people.lock_session(session, presented.family_hash)
    if row is None:
        raise SessionOver(fields=("refreshToken",))
    borrower = await people.borrower(session, row.borrower_id)
    if borrower.status is BorrowerStatus.CLOSED:
        row.revoke(now)
        return Refused(AccountClosed())
    fresh = row.rotate(presented, now=now, life=SESSION_LIFE)
    if isinstance(fresh, Refused):
        return fresh
    return LoggedIn(borrower.actor(), row.id, fresh.text, row.expires_at)


async def logout(session: AsyncSession, *, session_id: UUID, now: datetime) -> None:
    """End a session. Ending it again changes nothing."""
    row = await session.get(BorrowerSession, session_id, with_for_update=True, populate_existing=True)
    if row is not None:
        row.revoke(now)


async def reset_password(
    session: AsyncSession, *, phone: str, code: str, password: str, at: datetime, now: datetime
) -> UUID | Refused:
    """A new password for whoever holds the phone; every session of the account ends. Returns the borrower's id.

    Refused: CodeWrong, CodeUseless, NotRegistered. Raises NotAMobile, BadCode, PasswordTooWeak.
    """
    number, digits = phones.mobile(phone), codes.check_shape(code)
    passwords.check_strength(password)
    index = keyring_of(session).index("phone", number)
    guard = await logins.guard(session, index)
    wrong = await codes.spend(session, phone_index=index, purpose=CodePurpose.RESET_PASSWORD, code=digits, at=at)
    if wrong is not None:
        return Refused(wrong)
    borrower = await people.by_phone(session, index)
    if borrower is None:
        return Refused(NotRegistered(fields=("phone",)))
    borrower.password_hash = await passwords.hashed(password)
    await people.revoke_sessions(session, borrower_id=borrower.id, now=now)
    guard.clear()
    return borrower.id


async def _open_account(
    session: AsyncSession, number: str, index: bytes, password: str | None, at: datetime
) -> Borrower:
    keyring = keyring_of(session)
    data_key = keyring.new_data_key()
    borrower = Borrower(
        id=new_id(),
        status=BorrowerStatus.ACTIVE,
        data_key=data_key,
        phone_sealed=keyring.box(data_key).seal("phone", number),
        phone_index=index,
        password_hash=await passwords.hashed(password) if password else None,
        registered_at=at,
        # Last: the series stays locked until the commit, and all who register today want it.
        number=await next_number(session, "BR", business_day(at)),
    )
    session.add(borrower)
    await session.flush()
    return borrower


async def _wrong_code(
    session: AsyncSession, guard: LoginGuard, index: bytes, code: str, at: datetime
) -> CodeWrong | CodeUseless | None:
    wrong = await codes.spend(session, phone_index=index, purpose=CodePurpose.LOGIN, code=code, at=at)
    if wrong is not None:
        guard.failed(at)
    return wrong


async def _wrong_password(
    guard: LoginGuard, borrower: Borrower | None, password: str, at: datetime
) -> WrongCredential | None:
    kept = borrower.password_hash if borrower else None
    if not await passwords.matches(kept, password):
        return WrongCredential(left=guard.failed(at), fields=("phone", "password"))
    if borrower is not None and kept is not None and passwords.outdated(kept):
        borrower.password_hash = await passwords.hashed(password)
    return None


def _record_of(session: AsyncSession, device: Device, method: LoginMethod, at: datetime) -> LoginRecord:
    """What is kept of where an attempt came from, before it is known whose it is. Raises BadGeohash, BadText."""
    return LoginRecord(
        at=at,
        method=method,
        device_hash=keyring_of(session).index("device", device.device_id) if device.device_id else None,
        device_model=devices.model_of(device),
        geohash5=devices.coarse_place(device.geohash),
        ip_prefix=devices.coarse_address(device.ip),
    )


def _turn_away(
    session: AsyncSession, borrower: Borrower | None, record: LoginRecord, outcome: LoginOutcome, refusal: DomainError
) -> Refused:
    if borrower is not None:
        record.borrower_id, record.outcome = borrower.id, outcome
        session.add(record)
    return Refused(refusal)


async def _let_in(session: AsyncSession, borrower: Borrower, record: LoginRecord, now: datetime) -> LoggedIn:
    record.borrower_id, record.outcome = borrower.id, LoginOutcome.SUCCEEDED
    token = RefreshToken.new()
    row = BorrowerSession(
        borrower_id=borrower.id,
        family_hash=token.family_hash,
        refresh_hash=token.turn_hash,
        issued_at=now,
        expires_at=now + SESSION_LIFE,
    )
    session.add_all([record, row])
    await session.flush()
    return LoggedIn(borrower.actor(), row.id, token.text, row.expires_at)
