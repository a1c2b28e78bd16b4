"""Selects on borrowers, their sessions, codes and login records."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.errors import AccountClosed, AccountFrozen, BorrowerNotFound
from domain.borrowers.models import (
    Borrower,
    BorrowerSession,
    BorrowerStatus,
    CodePurpose,
    LoginCode,
    LoginRecord,
)
from domain.shared.crypto import Box, keyring_of
from domain.shared.paging import Order

BY_REGISTRATION = Order((Borrower.registered_at, Borrower.id))
BY_LOGIN = Order((LoginRecord.at, LoginRecord.id))


async def borrower(session: AsyncSession, borrower_id: UUID) -> Borrower:
    """Raises BorrowerNotFound."""
    row = await session.get(Borrower, borrower_id)
    if row is None:
        raise BorrowerNotFound
    return row


async def lock_borrower(session: AsyncSession, borrower_id: UUID) -> Borrower:
    """What a person does with his own data, he does one thing after another. Raises BorrowerNotFound."""
    row = await session.get(Borrower, borrower_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise BorrowerNotFound
    return row


async def lock_active(session: AsyncSession, borrower_id: UUID) -> Borrower:
    """Raises BorrowerNotFound, AccountFrozen, AccountClosed."""
    row = await lock_borrower(session, borrower_id)
    if row.status is BorrowerStatus.FROZEN:
        raise AccountFrozen
    if row.status is BorrowerStatus.CLOSED:
        raise AccountClosed
    return row


async def box_of(session: AsyncSession, borrower_id: UUID) -> Box:
    """What opens everything sealed about him."""
    return (await borrower(session, borrower_id)).box(keyring_of(session))


async def phone_of(session: AsyncSession, borrower_id: UUID) -> str:
    """His phone in E.164, in the clear: for sending, never for showing."""
    row = await borrower(session, borrower_id)
    return row.box(keyring_of(session)).open("phone", row.phone_sealed)


async def by_phone(session: AsyncSession, phone_index: bytes) -> Borrower | None:
    return await session.scalar(select(Borrower).where(Borrower.phone_index == phone_index))


def borrowers(*, status: BorrowerStatus | None = None, phone_index: bytes | None = None) -> Select[Borrower]:
    """The staff's list, for `paging.rows_in` by BY_REGISTRATION and for `paging.total`."""
    rows = select(Borrower)
    if status is not None:
        rows = rows.where(Borrower.status == status)
    if phone_index is not None:
        rows = rows.where(Borrower.phone_index == phone_index)
    return rows


def login_records(*, borrower_id: UUID) -> Select[LoginRecord]:
    """For `paging.rows_in` by BY_LOGIN and for `paging.total`."""
    return select(LoginRecord).where(LoginRecord.borrower_id == borrower_id)


async def lock_session(session: AsyncSession, family_hash: bytes) -> BorrowerSession | None:
    return await session.scalar(
        select(BorrowerSession)
        .where(BorrowerSession.family_hash == family_hash)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def session_stands(session: AsyncSession, session_id: UUID, *, now: datetime) -> bool:
    """Whether a log-in has neither been ended nor run out."""
    row = await session.get(BorrowerSession, session_id)
    return row is not None and row.stands(now)


async def revoke_sessions(session: AsyncSession, *, borrower_id: UUID, now: datetime) -> None:
    await session.execute(
        update(BorrowerSession)
        .where(BorrowerSession.borrower_id == borrower_id, BorrowerSession.revoked_at.is_(None))
        .values(revoked_at=now)
    )


async def lock_latest_code(session: AsyncSession, *, phone_index: bytes, purpose: CodePurpose) -> LoginCode | None:
    """Only the code sent last counts."""
    return await session.scalar(
        select(LoginCode)
        .where(LoginCode.phone_index == phone_index, LoginCode.purpose == purpose)
        .order_by(LoginCode.sent_at.desc(), LoginCode.id.desc())
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def count_codes(session: AsyncSession, *, phone_index: bytes, since: datetime) -> int:
    counted = select(func.count()).where(LoginCode.phone_index == phone_index, LoginCode.sent_at > since)
    return await session.scalar(counted) or 0
