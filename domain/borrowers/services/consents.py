"""Consents: one a purpose, to a text that is named and hashed, granted and revoked apart from the others."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.borrowers.consent_texts import CURRENT
from domain.borrowers.errors import ConsentMissing, ConsentNotFound, ConsentTextChanged
from domain.borrowers.models import Consent, ConsentPurpose
from domain.borrowers.queries import facts, people


async def grant(
    session: AsyncSession, *, borrower_id: UUID, purpose: ConsentPurpose, text_version: str, at: datetime
) -> Consent:
    """Consent to the text in force, which the asker names. A consent to it that stands already is returned.

    A consent to an older text ends where the new one begins.
    Raises ConsentTextChanged, AccountFrozen, AccountClosed.
    """
    await people.lock_active(session, borrower_id)
    text = CURRENT[purpose]
    if text_version != text.version:
        raise ConsentTextChanged(version=text.version, fields=("textVersion",))
    standing = await facts.standing_consent(session, borrower_id, purpose)
    if standing is not None and standing.text_hash == text.hash:
        return standing
    if standing is not None:
        standing.revoked_at = at
        await session.flush()
    consent = Consent(
        borrower_id=borrower_id,
        purpose=purpose,
        scope=text.scope,
        text_version=text.version,
        text_hash=text.hash,
        granted_at=at,
    )
    session.add(consent)
    await session.flush()
    return consent


async def revoke(session: AsyncSession, *, borrower_id: UUID, purpose: ConsentPurpose, at: datetime) -> Consent:
    """End a consent; what was done by it while it stood stays done. A frozen account may do this too.

    Raises ConsentNotFound.
    """
    await people.lock_borrower(session, borrower_id)
    standing = await facts.standing_consent(session, borrower_id, purpose)
    if standing is None:
        raise ConsentNotFound(fields=("purpose",))
    standing.revoked_at = at
    return standing


async def need(session: AsyncSession, *, borrower_id: UUID, purpose: ConsentPurpose) -> Consent:
    """The standing consent by which something may be done. Raises ConsentMissing."""
    standing = await facts.standing_consent(session, borrower_id, purpose)
    if standing is None:
        raise ConsentMissing(purpose=purpose)
    return standing
