"""Selects on what a borrower told of himself: profile, employment, contacts, consents."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.models import Consent, ConsentPurpose, Contact, Employment, Profile
from domain.borrowers.queries.people import box_of
from domain.shared.paging import Order
from domain.shared.secret import SecretStr

BY_GRANT = Order((Consent.granted_at, Consent.id))


@dataclass(frozen=True, slots=True)
class Identity:
    """Name and identity number in the clear, for contracts and for parties that verify them."""

    profile_id: UUID
    name: SecretStr = field(repr=False)
    id_number: SecretStr = field(repr=False)
    proven_at: datetime | None


async def current_profile(session: AsyncSession, borrower_id: UUID) -> Profile | None:
    return await session.scalar(
        select(Profile).where(Profile.borrower_id == borrower_id, Profile.superseded_at.is_(None))
    )


async def identity_of(session: AsyncSession, borrower_id: UUID) -> Identity | None:
    """Who he says he is; `proven_at` is set once card and face proved it."""
    profile = await current_profile(session, borrower_id)
    return await opened_identity(session, profile) if profile else None


async def opened_identity(session: AsyncSession, profile: Profile) -> Identity:
    box = await box_of(session, profile.borrower_id)
    return Identity(
        profile_id=profile.id,
        name=SecretStr(box.open("name", profile.name_sealed)),
        id_number=SecretStr(box.open("id_number", profile.id_number_sealed)),
        proven_at=profile.real_name_at,
    )


async def proven_elsewhere(session: AsyncSession, *, id_number_index: bytes, borrower_id: UUID) -> bool:
    """Whether another account has proved this identity number."""
    found = await session.scalar(
        select(Profile.id).where(
            Profile.id_number_index == id_number_index,
            Profile.borrower_id != borrower_id,
            Profile.superseded_at.is_(None),
            Profile.real_name_at.is_not(None),
        )
    )
    return found is not None


async def current_employment(session: AsyncSession, borrower_id: UUID) -> Employment | None:
    return await session.scalar(
        select(Employment).where(Employment.borrower_id == borrower_id, Employment.superseded_at.is_(None))
    )


async def current_contacts(session: AsyncSession, borrower_id: UUID) -> Sequence[Contact]:
    """In the order he named them."""
    return (
        await session.scalars(
            select(Contact)
            .where(Contact.borrower_id == borrower_id, Contact.superseded_at.is_(None))
            .order_by(Contact.ordinal)
        )
    ).all()


async def opted_out(session: AsyncSession, *, borrower_id: UUID, phone_index: bytes) -> datetime | None:
    """When the person behind this phone first said that he is not to be approached."""
    return await session.scalar(
        select(func.min(Contact.opted_out_at)).where(
            Contact.borrower_id == borrower_id, Contact.phone_index == phone_index
        )
    )


def consents(*, borrower_id: UUID) -> Select[Consent]:
    """Standing and revoked, for `paging.rows_in` by BY_GRANT and for `paging.total`."""
    return select(Consent).where(Consent.borrower_id == borrower_id)


async def standing_consent(session: AsyncSession, borrower_id: UUID, purpose: ConsentPurpose) -> Consent | None:
    return await session.scalar(
        consents(borrower_id=borrower_id).where(Consent.purpose == purpose, Consent.revoked_at.is_(None))
    )


async def standing_consents(session: AsyncSession, borrower_id: UUID) -> Sequence[Consent]:
    return (await session.scalars(consents(borrower_id=borrower_id).where(Consent.revoked_at.is_(None)))).all()
